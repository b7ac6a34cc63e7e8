/** Reads and changes the configuration of the directory. The passwords of its readers are written, and never shown. */
import type { Alert } from '../../capability.ts'
import type { Context } from '../../context.ts'
import type { Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import { parseSchedule } from '../../jobs/schedule.ts'
import { lazily } from '../../util/lazy.ts'
import { findDocument, putDocument, type SettingsDocument } from '../documents/document-store.ts'
import { openSecret, sealSecret } from '../documents/secrets.ts'
import { dnKeyOf } from '../links/dn.ts'
import type { DirectoryConfiguration, ServerConfiguration } from './configuration.ts'
import { directoryError, type WhySettingsInvalid } from './failures.ts'
import type { DirectorySettings } from './document.ts'

export const directoryObject = declareObjectType('directory', { isForAdministrators: true })

type Stores = Pick<Context, 'db' | 'secrets'>

/** Passwords of readers by `dnKeyOf` of the domain; the default server has the empty one. */
type Passwords = Readonly<Record<string, string>>

const loadSchema = lazily(() => import('./document.ts'))
const loadFilters = lazily(() => import('./filters.ts'))

/** Returns the settings document, without passwords: that of a registry without a directory, when there is none. */
export async function readSettings({ db }: Pick<Context, 'db'>): Promise<DirectorySettings> {
  const { directorySettings, noDirectory } = await loadSchema()
  const stored = await findDocument(db, 'ldap')
  return stored === undefined ? noDirectory : directorySettings.parse(JSON.parse(stored.document))
}

/**
 * Returns the configuration with the passwords of the readers; undefined where no directory is configured.
 *
 * @throws directoryError `directory-passwords-lost`
 */
export async function readConfiguration(stores: Stores): Promise<DirectoryConfiguration | undefined> {
  const stored = await findDocument(stores.db, 'ldap')
  if (stored === undefined) return undefined
  const { directorySettings } = await loadSchema()
  const settings = directorySettings.parse(JSON.parse(stored.document))
  return settings.serverURL === '' ? undefined : withPasswords(settings, await passwordsOf(stores, stored))
}

/**
 * Replaces the settings. A password that is left out stays, while its server and its reader are the same ones: a password
 * is never sent to another server than the one that it was given for, nor in clear text in place of StartTLS.
 *
 * @throws directoryError `directory-settings-invalid`
 */
export async function changeSettings(
  context: Context,
  settings: DirectorySettings,
  by: Attribution['by'],
): Promise<void> {
  const { db, secrets, now } = context
  await requireSound(settings, now)
  const configuration = await completed(context, settings)
  const passwords = Object.fromEntries(
    serversOf(configuration).map(({ key, server }) => [key, server.readerPassword] as const),
  )
  const sealed = await sealSecret({ secrets }, 'ldap', JSON.stringify(passwords))
  const document = JSON.stringify(withoutPasswords(settings))
  const content = { serverURL: settings.serverURL, searches: settings.userSearchConfigs.length }
  const told = { objectType: directoryObject.name, objectName: 'ldap', content }
  await putDocument(db, 'ldap', { document, ...sealed }, told, { by, now })
}

/** Returns the settings with passwords: those that were sent, and kept ones in place of what was left out. */
export async function completed(stores: Stores, settings: DirectorySettings): Promise<DirectoryConfiguration> {
  const stored = await findDocument(stores.db, 'ldap')
  const kept = new Map<string, ServerConfiguration>()
  if (stored !== undefined && serversOf(settings).some(({ server }) => isLeftOut(server))) {
    const { directorySettings } = await loadSchema()
    const before = withPasswords(
      directorySettings.parse(JSON.parse(stored.document)),
      await passwordsOf(stores, stored),
    )
    for (const { key, server } of serversOf(before)) kept.set(key, server)
  }
  const passwords: Record<string, string> = {}
  for (const { key, server, name } of serversOf(settings)) {
    passwords[key] = isLeftOut(server) ? passwordFrom(kept.get(key), server, name) : (server.readerPassword ?? '')
  }
  return withPasswords(settings, passwords)
}

/** Tells whether no password was sent. An empty one is none that a reader could have: forms send it in place of an unknown one. */
const isLeftOut = ({ readerPassword = '' }: { readonly readerPassword?: string | undefined }): boolean =>
  readerPassword === ''

function passwordFrom(
  kept: ServerConfiguration | undefined,
  { serverURL, readerDN, startTLS }: Pick<ServerConfiguration, 'serverURL' | 'readerDN' | 'startTLS'>,
  name: string,
): string {
  if (readerDN === '') return ''
  if (kept?.serverURL !== serverURL || kept.readerDN !== readerDN) throw passwordMissing(name)
  // In clear text it would reach all who listen on the way.
  if (kept.startTLS && !startTLS) throw passwordMissing(name)
  return kept.readerPassword
}

const passwordMissing = (domain: string) => invalid({ kind: 'password-missing', domain })

/** Lists the servers of settings: the default one and those of the domains. */
function serversOf<Server extends object, Domain extends { readonly domain: string }>(
  settings: Server & { readonly additionalDomains: readonly Domain[] },
) {
  return [
    { key: '', name: '', server: settings },
    ...settings.additionalDomains.map((server) => ({ key: dnKeyOf(server.domain), name: server.domain, server })),
  ]
}

const withPasswords = (settings: DirectorySettings, passwords: Passwords): DirectoryConfiguration => ({
  ...settings,
  readerPassword: passwords[''] ?? '',
  additionalDomains: settings.additionalDomains.map((domain) => ({
    ...domain,
    readerPassword: passwords[dnKeyOf(domain.domain)] ?? '',
  })),
})

/** Leaves out what is secret, and what only DTR's form knew. */
export function withoutPasswords(settings: DirectorySettings): DirectorySettings {
  const { readerPassword: _, lastReaderDN: _dn, lastReaderPassword: _password, ...rest } = settings
  return {
    ...rest,
    additionalDomains: settings.additionalDomains.map(
      ({ readerPassword: _own, lastReaderDN: _ownDn, lastReaderPassword: _ownPassword, ...domain }) => domain,
    ),
  }
}

/** Requires what a schema cannot see. @throws directoryError `directory-settings-invalid` */
export async function requireSound(settings: DirectorySettings, now: number): Promise<void> {
  const { requireFilter } = await loadFilters()
  const filters = [
    ...settings.userSearchConfigs.map(({ filter }, at) => ({ place: `userSearchConfigs.${at}.filter`, filter })),
    { place: 'adminSyncOpts.searchFilter', filter: settings.adminSyncOpts.searchFilter },
  ]
  for (const { place: where, filter } of filters) requireFilter(where, filter)
  const keys = settings.additionalDomains.map(({ domain }) => dnKeyOf(domain))
  if (new Set(keys).size < keys.length) throw invalid({ kind: 'domain-twice' })
  if (settings.serverURL !== '' && settings.userSearchConfigs.length === 0) {
    throw invalid({ kind: 'no-search' })
  }
  if (settings.syncSchedule === '') return
  if (parseSchedule(settings.syncSchedule, now).kind === 'invalid') {
    throw invalid({ kind: 'schedule-wrong' })
  }
}

const invalid = (reason: WhySettingsInvalid) => directoryError({ kind: 'directory-settings-invalid', reason })

async function passwordsOf(stores: Pick<Context, 'secrets'>, stored: SettingsDocument): Promise<Passwords> {
  const text = await openSecret(stores, 'ldap', stored)
  if (text === undefined) throw directoryError({ kind: 'directory-passwords-lost' })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `changeSettings`, and sealed since
  return JSON.parse(text) as Passwords
}

/** Tells administrators that no user of the directory can log in, as its passwords do not open. */
export async function passwordAlerts({ db, secrets }: Stores): Promise<readonly Alert[]> {
  const stored = await findDocument(db, 'ldap')
  if (stored === undefined || (await openSecret({ secrets }, 'ldap', stored)) !== undefined) return []
  const { message } = directoryError({ kind: 'directory-passwords-lost' })
  return [{ id: 'directory_passwords_lost', class: 'critical', message }]
}
