/** The settings of SAML: what an administrator has set, and where this registry is. */
import type { Context } from '../../context.ts'
import type { Attribution } from '../../db/events/events.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { findDocument, noSecret, putDocument } from '../documents/document-store.ts'
import { identitySettings } from '../settings.ts'
import { requireOrigin } from '../sso/origin.ts'
import { noSaml, parseSaml, type SamlSettings } from './document.ts'
import { samlError, type WhySettingsInvalid } from './failures.ts'
import { readMetadata } from './metadata.ts'

type Stores = Pick<Context, 'db' | 'now'>

/** Reads the settings. */
export async function readSaml({ db }: Pick<Context, 'db'>): Promise<SamlSettings> {
  const stored = await findDocument(db, 'saml')
  return stored === undefined ? noSaml : parseSaml(JSON.parse(stored.document))
}

/** Stores the settings. @throws RegistryError `saml-settings-invalid` */
export async function setSaml(context: Stores, settings: SamlSettings, by: Attribution['by']): Promise<void> {
  const { db, now } = context
  await requireSound(context, settings)
  // The event tells who may get in: the whole text of the metadata would be most of it.
  const { idpMetadata, ...told } = settings
  const content = { ...told, idpMetadata: idpMetadata === '' ? '' : `${idpMetadata.length} characters` }
  const event = { objectType: 'settings', objectName: 'SAML', content } as const
  await putDocument(db, 'saml', { document: JSON.stringify(settings), ...noSecret }, event, { by, now })
}

/** Logins by SAML that are on. */
export interface SamlLogins {
  readonly settings: SamlSettings
  /** Where browsers find the registry. */
  readonly origin: string
}

/** Returns the settings, to log in by. @throws RegistryError `saml-off` or `sso-no-origin` */
export async function requireSaml(context: Stores): Promise<SamlLogins> {
  const settings = await readSaml(context)
  if (!settings.enabled) throw samlError({ kind: 'saml-off' })
  return { settings, origin: await requireOrigin(context) }
}

/** Requires what a schema cannot see. @throws RegistryError `saml-settings-invalid` */
export async function requireSound({ db, now }: Stores, settings: SamlSettings): Promise<void> {
  const { enabled, idpMetadataURL, idpMetadata, spHost, requiredAttribute, requiredValue } = settings
  if (requiredAttribute !== '' && requiredValue === '') throw invalid({ kind: 'value-missing' })
  if (idpMetadataURL !== '' && idpMetadata !== '') throw invalid({ kind: 'metadata-twice' })
  if (enabled && idpMetadataURL === '' && idpMetadata === '') throw invalid({ kind: 'metadata-missing' })
  const { publicOrigin: origin } = await currentSettingsOf(db, now, identitySettings)
  const host = origin === '' ? '' : new URL(origin).host
  if (!['', host, origin].includes(spHost.replace(/\/$/, ''))) throw invalid({ kind: 'other-host', host })
  if (idpMetadata === '') return
  const read = await readMetadata(idpMetadata, { origin, now })
  if ('refusal' in read) throw invalid({ kind: 'metadata-unusable', reason: read.refusal })
}

const invalid = (reason: WhySettingsInvalid) => samlError({ kind: 'saml-settings-invalid', reason })
