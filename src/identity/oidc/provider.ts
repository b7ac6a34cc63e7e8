/** The OpenID provider of this registry: what an administrator has set, and the secret that goes with it. */
import { encryptionKeysFor } from '../../auth/keys.ts'
import { reseal, sealText, unsealText } from '../../auth/sealing.ts'
import type { Context } from '../../context.ts'
import type { Attribution } from '../../db/events/events.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { identitySettings } from '../settings.ts'
import { oidcError } from './failures.ts'
import { noProvider, parseProvider, whyNoProvider, type ProviderSettings } from './provider-settings.ts'
import { findProvider, replaceSealed, writeProvider, type StoredProvider } from './provider-store.ts'

type ProviderContext = Pick<Context, 'db' | 'secrets' | 'now'>

/** What the secret is sealed for. */
const place = 'oidc|client secret'

/** The provider as administrators see it. */
export interface ShownProvider extends ProviderSettings {
  /** Whether a secret is stored: it is shown to no one. */
  readonly clientSecretSet: boolean
}

/** Reads the settings of the provider. */
export async function showProvider({ db }: Pick<Context, 'db'>): Promise<ShownProvider> {
  const stored = await findProvider(db)
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
  const stored = await findProvider(db)
  requireConsistent(settings, clientSecret, stored)
  const kept = { sealed: stored?.sealed ?? '', sealedWith: stored?.sealedWith ?? '' }
  const sealed = clientSecret === undefined ? kept : await sealText(secrets, 'identity', place, clientSecret)
  const content = { ...settings, ...(clientSecret !== undefined && { clientSecret: 'changed' }) }
  await writeProvider(db, { settings: JSON.stringify(settings), ...sealed }, content, { by, now })
  return { ...settings, clientSecretSet: sealed.sealed !== '' }
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
  const { db, now } = context
  const stored = await findProvider(db)
  const settings = settingsOf(stored)
  if (!settings.enabled) throw oidcError({ kind: 'sso-off' })
  const { publicOrigin: origin } = await currentSettingsOf(db, now, identitySettings)
  if (origin === '') throw oidcError({ kind: 'sso-no-origin' })
  return { settings, origin, clientSecret: await openSecret(context, settings, stored) }
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
  const { db, now } = context
  const stored = await findProvider(db)
  requireConsistent({ ...settings, enabled: true }, clientSecret, stored)
  const { publicOrigin: origin } = await currentSettingsOf(db, now, identitySettings)
  if (origin === '') throw oidcError({ kind: 'sso-no-origin' })
  return { settings, origin, clientSecret: clientSecret ?? (await openSecret(context, settings, stored)) }
}

function requireConsistent(
  settings: ProviderSettings,
  clientSecret: string | undefined,
  stored: StoredProvider | undefined,
): void {
  const storedFor = (stored?.sealed ?? '') === '' ? undefined : settingsOf(stored)
  const reason = whyNoProvider(settings, { sent: clientSecret !== undefined, storedFor })
  if (reason !== undefined) throw oidcError({ kind: 'sso-settings-invalid', reason })
}

async function openSecret(
  { secrets }: ProviderContext,
  { clientAuthMethod }: ProviderSettings,
  stored: StoredProvider | undefined,
): Promise<string | undefined> {
  if (clientAuthMethod === 'none' || stored === undefined) return undefined
  const opened = await unsealText(secrets, 'identity', place, stored)
  if (opened === undefined) throw oidcError({ kind: 'sso-secret-lost' })
  return opened
}

const settingsOf = (stored: StoredProvider | undefined): ProviderSettings =>
  stored === undefined ? noProvider : parseProvider(JSON.parse(stored.settings))

/** Seals the secret under the current secret of the registry, if it needs the previous one. */
export async function resealProvider({ db, secrets }: Pick<Context, 'db' | 'secrets'>): Promise<void> {
  const stored = await sealedWithPrevious({ db, secrets })
  const fresh = stored && (await reseal(secrets, 'identity', place, stored))
  if (stored !== undefined && fresh !== undefined) await replaceSealed(db, stored, fresh)
}

/** Counts the secrets that open with the previous secret of the registry alone. */
export const providerSecretsInDanger = async (context: Pick<Context, 'db' | 'secrets'>): Promise<number> =>
  Number((await sealedWithPrevious(context)) !== undefined)

/** Finds the provider if its secret needs the previous secret. Asks D1 only where there is one. */
async function sealedWithPrevious({
  db,
  secrets,
}: Pick<Context, 'db' | 'secrets'>): Promise<StoredProvider | undefined> {
  const { previous } = await encryptionKeysFor(secrets, 'identity')
  if (previous === undefined) return undefined
  const stored = await findProvider(db)
  return stored?.sealedWith === previous.name ? stored : undefined
}
