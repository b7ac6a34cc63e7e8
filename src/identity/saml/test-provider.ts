/** Tests settings before users depend on them, and shows what to tell the identity provider. */
import type { Context } from '../../context.ts'
import { ExpectedError } from '../../failures/failure.ts'
import { requireOrigin } from '../sso/origin.ts'
import type { SamlSettings } from './document.ts'
import { KnownMetadata } from './known-metadata.ts'
import { acsUrlOf, entityIdOf } from './service-provider.ts'
import { requireSound } from './settings.ts'

export interface TestedProvider {
  readonly ok: boolean
  readonly message: string
  readonly registryEntityID: string
  readonly acsURL: string
  readonly entityID: string
  readonly ssoURL: string
  readonly certificates: readonly { readonly subject: string; readonly until: string }[]
}

/**
 * Reads the metadata again, whatever is known of them, and says what is wrong.
 *
 * @throws RegistryError `saml-settings-invalid` or `sso-no-origin`
 */
export async function testSaml(
  context: Pick<Context, 'db' | 'now'>,
  settings: SamlSettings,
  known: KnownMetadata = new KnownMetadata(),
): Promise<TestedProvider> {
  await requireSound(context, { ...settings, enabled: true })
  const origin = await requireOrigin(context)
  const ours = { registryEntityID: entityIdOf(origin), acsURL: acsUrlOf(origin) }
  try {
    const {
      entityId: entityID,
      ssoUrl: ssoURL,
      keys,
      wantsSignedRequests,
    } = await known.find(settings, { origin, now: context.now })
    const certificates = keys.map(({ subject, until }) => ({ subject, until }))
    const hint = wantsSignedRequests
      ? '; it asks for signed requests: turn that off there, as the registry signs none'
      : ''
    const message = `users log in at ${ssoURL}; let the provider know ${ours.registryEntityID}${hint}`
    return { ok: true, message, ...ours, entityID, ssoURL, certificates }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    return { ok: false, message: error.message, ...ours, entityID: '', ssoURL: '', certificates: [] }
  }
}
