/**
 * The probes by which a replica finds out whether the registry can work from where it is: DTR's four subsystems, each
 * for real and each with a time limit, so that one that hangs fails like one that refuses.
 */
import { encryptionKeysFor, keysFor } from '../auth/keys.ts'
import { issueToken, verifyToken } from '../auth/registry-token.ts'
import { probeDatabase, type ClusterRow } from '../db/cluster/cluster.ts'
import { openDatabase } from '../db/database.ts'
import type { Env } from '../env.ts'
import { probeRead, probeWrite } from '../storage/probe.ts'
import { withinTime } from '../util/timeout.ts'
import { variablesOf } from '../variables.ts'
import { subsystems, type Probe, type Subsystem } from './types.ts'

export type Probes = Readonly<Record<Subsystem, () => Promise<void>>>

/** The probes that cost money, and whether each is due. */
export interface Due {
  readonly bucketWrite: boolean
  readonly databaseWrite: boolean
}

/** Makes the probes of a replica. @param seen is told the row of the cluster when D1 has answered */
export function probesOf(
  env: Env,
  replica: string,
  due: Due,
  now: number,
  seen: (row: ClusterRow | undefined) => void,
): Probes {
  return {
    async registry() {
      await probeRead(env.BUCKET)
      if (due.bucketWrite) await probeWrite(env.BUCKET, replica)
    },
    async rethinkdb() {
      seen(await probeDatabase(openDatabase(env.DB), replica, due.databaseWrite ? now : undefined))
    },
    async garant() {
      const keys = await keysFor(variablesOf(env).secrets, 'token')
      const grant = { account: undefined, access: [] }
      await verifyToken(keys, replica, await issueToken(keys, replica, grant, now), now)
    },
    async notary() {
      const { current } = await encryptionKeysFor(variablesOf(env).secrets, 'trust')
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, current.key, iv)
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, current.key, sealed)
    },
  }
}

/** Between a probe that fails and the next one: what stalls for a moment has passed by then. */
const pauseMilliseconds = 500

/**
 * Tries all subsystems at once. Two failures in a row count, so a short stall takes no replica out of service.
 *
 * @param limit how long one try may take
 * @param clock measures the last try
 */
export async function runProbes(probes: Probes, limit: number, clock: () => number): Promise<Probe[]> {
  return Promise.all(
    subsystems.map(async (subsystem) => {
      const tryOnce = async (): Promise<Probe> => {
        const begun = clock()
        const error = await withinTime(probes[subsystem](), limit).then(() => undefined, describe)
        return { subsystem, error, milliseconds: clock() - begun }
      }
      const first = await tryOnce()
      if (first.error === undefined) return first
      await scheduler.wait(pauseMilliseconds)
      return tryOnce()
    }),
  )
}

const longestError = 300

const describe = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, longestError)
