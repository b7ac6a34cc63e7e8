/**
 * The rotation of REGISTRY_SECRET. Each step finds out by itself whether it is done, so a rotation that broke off anywhere is
 * continued by the next call: the previous secret exists exactly while one is under way.
 */
import { sessionSeconds } from '../../../src/limits.ts'
import type { Schemas } from '../api.ts'
import type { Show } from '../progress.ts'

/** Where the secrets of a registry are kept. */
export interface SecretPlace {
  /** Tells whether the previous secret is set. */
  readonly isRotating: () => Promise<boolean>
  /** Makes the current secret the previous one, and a new one the current one, both or neither. */
  readonly begin: (now: number) => Promise<void>
  /** Returns when that was; undefined where it is not known. */
  readonly begunAt: () => Promise<number | undefined>
  /** Removes the previous secret. */
  readonly finish: () => Promise<void>
  /** What has to be done so that the registry takes what was changed; empty where nothing has. */
  readonly restart: string
  /** How long nothing may need the previous secret before it can go: what runs yet may be a Worker of before. */
  readonly settledMilliseconds: number
}

export type SecretState = Schemas['Installation']['secret']

export interface Rotation {
  readonly place: SecretPlace
  /** Asks the registry. @throws Error when it does not answer */
  readonly look: () => Promise<SecretState>
  /** Removes the previous secret though uploads may have begun under it. */
  readonly atOnce: boolean
  readonly clock: () => number
  readonly pause: () => Promise<unknown>
  readonly show: Show
  readonly say: (line: string) => void
}

/** A registry that is not started again within this time is not waited for any longer. */
const patienceMilliseconds = 30 * 60_000

/** Rotates the secret, or goes on where a call before broke off. @returns whether the previous secret is gone */
export async function rotateSecret(rotation: Rotation): Promise<boolean> {
  const { place, clock, say, atOnce } = rotation
  if (await place.isRotating()) {
    say('REGISTRY_SECRET_PREVIOUS is set: the rotation that was begun before goes on.')
  } else {
    await place.begin(clock())
    say(`REGISTRY_SECRET is a new one, and the old one is REGISTRY_SECRET_PREVIOUS. ${place.restart}`.trim())
  }
  await untilSettled(rotation)
  say('The registry uses the new secret, and nothing that it keeps needs the previous one.')
  const mayGo = whenMayGo(await place.begunAt())
  if (!atOnce && (mayGo === undefined || clock() < mayGo)) {
    say(laterWords(mayGo))
    return false
  }
  await place.finish()
  say(`REGISTRY_SECRET_PREVIOUS is gone. ${place.restart}`.trim())
  return true
}

/** Returns when no upload is left that began under the previous secret; undefined where its beginning is not known. */
export const whenMayGo = (begunAt: number | undefined): number | undefined =>
  begunAt === undefined ? undefined : begunAt + sessionSeconds * 1000

const laterWords = (mayGo: number | undefined): string =>
  `Uploads that began before may go on for a day, so REGISTRY_SECRET_PREVIOUS can go ${
    mayGo === undefined ? 'a day after the rotation began' : `at ${new Date(mayGo).toISOString()}`
  }: run "secret rotate${mayGo === undefined ? ' --at-once' : ''}" again then. With --at-once it goes now, and those uploads begin again.`

/** Waits until the registry has both secrets and needs only the new one, for so long that no Worker of before is left. */
async function untilSettled({ place, look, clock, pause, show }: Rotation): Promise<void> {
  const begun = clock()
  let since: number | undefined
  let problem = ''
  for (;;) {
    const state = await look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    problem = problemOf(state, place)
    if (problem !== '') since = undefined
    else since ??= clock()
    if (since !== undefined && clock() - since >= place.settledMilliseconds) return
    if (since === undefined && clock() - begun > patienceMilliseconds) {
      throw new Error(`the rotation is not complete: ${problem}; run the command again to go on`)
    }
    show(problem === '' ? 'Making sure that no Worker of before is left' : `Waiting: ${problem}`)
    await pause()
  }
}

function problemOf(state: SecretState | string, { restart }: SecretPlace): string {
  if (typeof state === 'string') return state
  if (state.previousName === null) return `the registry has the old secret only. ${restart}`.trim()
  return state.needPrevious === 0 ? '' : `${state.needPrevious} keys are still to be encrypted under the new secret`
}
