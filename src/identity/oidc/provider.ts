/** The OpenID provider of this registry: what an administrator has set, and the secret that goes with it. */
import type { Context } from '../../context.ts'
import type { Attribution } from '../../db/events/events.ts'
import { findDocument, noSecret, putDocument, type SettingsDocument } from '../documents/document-store.ts'
import { openSecret, sealSecret } from '../documents/secrets.ts'
import { ssoError } from '../sso/failures.ts'
import { requireOrigin } from '../sso/origin.ts'
import { oidcError } from './failures.ts'
import { noProvider, parseProvider, whyNoProvider, type ProviderSettings } from './provider-settings.ts'

type ProviderContext = Pick<Context, 'db' | 'secrets' | 'now'>

/** The provider as administrators see it. */
export interface ShownProvider extends ProviderSettings {
  /** Whether a secret is stored: it is shown to no one. */
  readonly clientSecretSet: boolean
}

/** Reads the settings of the provider. */
export async function showProvider({ db }: Pick<Context, 'db'>): Promise<ShownProvider> {
  const stored = await findDocument(db, 'oidc')
  return { ...settingsOf(stored), clientSecretSet: (stored?.sealed ?? '') !== '' }
}

/** Settings with the secret, if one is sent. */
export interface SentProvider {
  readonly settings: ProviderSettings
  /** Undefined keeps what is stored. */
  readonly clientSecret: string | undefined
}

/** Stores the settings of the provider. @throws RegistryError `sso-settings-invalid` */
export async function setProvider(
  { db, secrets, now }: ProviderContext,
  { settings, clientSecret }: SentProvider,
  by: Attribution['by'],
): Promise<ShownProvider> {
  const stored = await findDocument(db, 'oidc')
  requireConsistent(settings, clientSecret, stored)
  const { sealed, sealedWith } =
    clientSecret === undefined ? (stored ?? noSecret) : await sealSecret({ secrets }, 'oidc', clientSecret)
  const content = { ...settings, ...(clientSecret !== undefined && { clientSecret: 'changed' }) }
  const document = { document: JSON.stringify(settings), sealed, sealedWith }
  const told = { objectType: 'settings', objectName: 'single sign-on', content } as const
  await putDocument(db, 'oidc', document, told, { by, now })
  return { ...settings, clientSecretSet: sealed !== '' }
}

/** A provider that users can log in at. */
export interface Provider {
  readonly settings: ProviderSettings
  /** Undefined for a registry that proves nothing of itself to the provider. */
  readonly clientSecret: string | undefined
  /** Where browsers find the registry. */
  readonly origin: string
}

/** Returns the provider, to log in at. @throws RegistryError `sso-off`, `sso-no-origin` or `sso-secret-lost` */
export async function requireProvider(context: ProviderContext): Promise<Provider> {
  const { db } = context
  const stored = await findDocument(db, 'oidc')
  const settings = settingsOf(stored)
  if (!settings.enabled) throw ssoError({ kind: 'sso-off' })
  const origin = await requireOrigin(context)
  return { settings, origin, clientSecret: await clientSecretOf(context, settings, stored) }
}

/**
 * Returns settings that were sent as a provider, to test them before they are stored.
 *
 * @throws RegistryError `sso-settings-invalid`, `sso-no-origin` or `sso-secret-lost`
 */
export async function providerToTest(
  context: ProviderContext,
  { settings, clientSecret }: SentProvider,
): Promise<Provider> {
  const { db } = context
  const stored = await findDocument(db, 'oidc')
  requireConsistent({ ...settings, enabled: true }, clientSecret, stored)
  const origin = await requireOrigin(context)
  return { settings, origin, clientSecret: clientSecret ?? (await clientSecretOf(context, settings, stored)) }
}

function requireConsistent(
  settings: ProviderSettings,
  clientSecret: string | undefined,
  stored: SettingsDocument | undefined,
): void {
  const storedFor = (stored?.sealed ?? '') === '' ? undefined : settingsOf(stored)
  const reason = whyNoProvider(settings, { sent: clientSecret !== undefined, storedFor })
  if (reason !== undefined) throw oidcError({ kind: 'sso-settings-invalid', reason })
}

async function clientSecretOf(
  { secrets }: ProviderContext,
  { clientAuthMethod }: ProviderSettings,
  stored: SettingsDocument | undefined,
): Promise<string | undefined> {
  if (clientAuthMethod === 'none' || stored === undefined) return undefined
  const opened = await openSecret({ secrets }, 'oidc', stored)
  if (opened === undefined) throw oidcError({ kind: 'sso-secret-lost' })
  return opened
}

const settingsOf = (stored: SettingsDocument | undefined): ProviderSettings =>
  stored === undefined ? noProvider : parseProvider(JSON.parse(stored.document))
