/** Tests a provider step by step, before users depend on it, and says what to do about the step that fails. */
import { ExpectedError } from '../../failures/failure.ts'
import { Issuers } from '../issuers/issuers.ts'
import { redirectUriOf, whyClientRefused } from './code-flow.ts'
import type { Provider } from './provider.ts'

/** A step, in the order in which they are taken. */
export const steps = ['discovery', 'endpoints', 'keys', 'client'] as const

export interface TriedStep {
  readonly step: (typeof steps)[number]
  readonly ok: boolean
  readonly message: string
}

/** Takes the steps until one fails. The issuer is asked again, whatever is known of it. */
export async function tryProvider(provider: Provider, issuers: Issuers = new Issuers()): Promise<TriedStep[]> {
  const tried: TriedStep[] = []
  for (const step of steps) {
    const result = { step, ...(await resultOf(() => take[step](provider, issuers))) }
    tried.push(result)
    if (!result.ok) break
  }
  return tried
}

type Step = (provider: Provider, issuers: Issuers) => Promise<string>

/** Each says what is well, or throws `StepFailed` or a failure. */
const take: Readonly<Record<TriedStep['step'], Step>> = {
  async discovery({ settings }, issuers) {
    const { issuer } = await issuers.metadataOf(settings.issuer)
    return `the provider answers as ${issuer}`
  },

  async endpoints({ settings }, issuers) {
    const metadata = await issuers.metadataOf(settings.issuer)
    if (metadata.authorization_endpoint === undefined || metadata.token_endpoint === undefined) {
      throw new StepFailed('the provider has no authorization_endpoint or no token_endpoint: use another issuer')
    }
    const challenges = metadata.code_challenge_methods_supported
    if (challenges !== undefined && !challenges.includes('S256')) {
      throw new StepFailed('the provider does not know PKCE with S256, which logins need: update it')
    }
    const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    if (!methods.includes(settings.clientAuthMethod)) {
      throw new StepFailed(
        `the provider knows no ${settings.clientAuthMethod}: set clientAuthMethod to one of ${methods.join(', ')}`,
      )
    }
    return 'the provider has what logins need'
  },

  async keys({ settings }, issuers) {
    const { keys } = await issuers.keySetOf(settings.issuer)
    if (keys.length === 0) throw new StepFailed('the provider publishes no usable key: give it an RSA or EC key')
    return `the provider publishes ${keys.length} keys`
  },

  async client(provider, issuers) {
    const code = await whyClientRefused(provider, await issuers.metadataOf(provider.settings.issuer))
    if (code !== undefined) {
      throw new StepFailed(
        `the provider refuses this registry (${code}): check clientID, clientSecret and clientAuthMethod, and allow ${redirectUriOf(provider)} there`,
      )
    }
    return `the provider knows this registry; allow ${redirectUriOf(provider)} there`
  },
}

/** A step whose message says what to do. */
class StepFailed extends Error {
  override readonly name = 'StepFailed'
}

async function resultOf(work: () => Promise<string>): Promise<Pick<TriedStep, 'ok' | 'message'>> {
  try {
    return { ok: true, message: await work() }
  } catch (error) {
    if (error instanceof StepFailed || error instanceof ExpectedError) return { ok: false, message: error.message }
    throw error
  }
}
