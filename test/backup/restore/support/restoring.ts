/** Restores a backup as the command does: over HTTP, slice after slice. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { openDatabase } from '../../../../src/db/database.ts'
import { findRestoration } from '../../../../src/backup/restore/restoration.ts'
import { tables } from '../../../../src/installed.ts'
import worker from '../../../../src/worker.ts'
import { origin, type Problem } from '../../../support/client.ts'
import { bringTablesBack } from '../../../support/restoration.ts'
import { rowsOf } from '../../../support/schema.ts'

/** Other tests have none: with it a registry without users is not healthy. */
export const recoverySecret = 'a recovery secret for tests alone, 32 characters or more'

export interface Restore {
  readonly id: string
  readonly state: 'running' | 'done'
  readonly step: string | null
  readonly busy: boolean
  readonly report: {
    readonly rows: number
    readonly dropped: Readonly<Record<string, number>>
    readonly revoked: readonly object[]
    readonly segmentsPutBack: number
    readonly missingSegments: number
    readonly lostImages: readonly { readonly repository: string; readonly digest: string }[]
    readonly epoch: number
  } | null
}

/** One request with the recovery secret, or with the token of a restore. */
export async function recover(method: string, path: string, body?: object, secret = recoverySecret): Promise<Response> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    'x-breakwater-recovery': secret,
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(text.length) }),
  }
  const request = new Request(new URL(path, origin), { method, headers, body: text ?? null })
  const context = createExecutionContext()
  const response = await worker.fetch(request, { ...env, BREAKWATER_RECOVERY_SECRET: recoverySecret }, context)
  await waitOnExecutionContext(context)
  return response
}

/** The answer, or the status with the first problem. */
export async function answerOf<Answer>(asked: Promise<Response>): Promise<Answer> {
  const response = await asked
  if (response.ok) return response.json<Answer>()
  const { errors } = await response.json<{ errors: Problem[] }>()
  throw new Error(`${response.status} ${errors[0]?.code ?? ''}: ${errors[0]?.message ?? ''}`)
}

export const begin = (backup: string, more: object = {}): Promise<Restore & { readonly token: string }> =>
  answerOf(recover('POST', '/api/v0/restores', { backup, overwrite: true, ...more }))

export const slice = (id: string, secret = recoverySecret): Promise<Restore> =>
  answerOf(recover('POST', `/api/v0/restores/${id}/slices`, undefined, secret))

/** Restores a backup to the end. @param most the slices after which it stops, as if the command had died */
export async function restore(backup: string, most = 1000): Promise<Restore> {
  let at: Restore = await begin(backup)
  for (let slices = 0; at.state === 'running' && slices < most; slices++) at = await slice(at.id)
  return at
}

/** Tables whose rows change by the backup or the restore itself; counts are made again, also those that are zero. */
const ofItself = new Set(['jobs', 'job_logs', 'events', 'event_consumers', 'crons', 'trust_counts'])

/** All rows that a restore has to bring back. */
export async function allRows(): Promise<Map<string, unknown[]>> {
  const all = new Map<string, unknown[]>()
  for (const table of tables) {
    if (!('key' in table) || ofItself.has(table.name)) continue
    // Pulls are counted some time after they were answered.
    if (table.name === 'repositories') await env.DB.prepare('UPDATE repositories SET pulls = 0').run()
    all.set(table.name, await rowsOf(`SELECT * FROM ${table.name} ORDER BY ${table.key.join()}`))
  }
  return all
}

/** For `afterEach`: what a restore that was not ended has taken away. */
export async function endRestore(): Promise<void> {
  const found = await findRestoration(openDatabase(env.DB)).catch(() => undefined)
  const accounts = await rowsOf(`SELECT 1 FROM sqlite_schema WHERE name = 'accounts'`)
  if (found?.tablesAreAway === true || accounts.length === 0) await bringTablesBack()
}
