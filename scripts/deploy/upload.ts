/** Uploads the Worker with the secrets that it lacks, and waits until the registry answers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { send } from '../client/registry.ts'
import { must } from './wrangler.ts'

/** One of the lines that wrangler writes for programs. */
const deployment = z.object({ type: z.literal('deploy'), targets: z.array(z.string()).default([]) })

/** Uploads the Worker. @returns the addresses at which it is served, as wrangler knows them */
export async function upload(configuration: string, secrets: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-deploy-'))
  try {
    const secretsFile = join(folder, 'secrets.json')
    const report = join(folder, 'report.ndjson')
    // Only this user can read it, and it is gone after the upload.
    writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 })
    const withSecrets = Object.keys(secrets).length === 0 ? [] : ['--secrets-file', secretsFile]
    await must(['deploy', '--config', configuration, ...withSecrets], { WRANGLER_OUTPUT_FILE_PATH: report })
    return targetsIn(readFileSync(report, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const targetsIn = (report: string): string[] =>
  report
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => deployment.safeParse(JSON.parse(line)))
    .flatMap(({ data }) => data?.targets ?? [])
    .filter((target) => /^https?:\/\//.test(target) || /^[a-z0-9.-]+$/i.test(target.replace(/ \(.*\)$/, '')))
    .map((target) => (target.startsWith('http') ? target : `https://${target.replace(/ \(.*\)$/, '')}`))

const pauseMilliseconds = 2000

export interface Waiting {
  readonly url: string
  readonly limitMilliseconds: number
}

/** Waits until `/health` is 200. @returns what it said last, if that never came */
export async function waitForHealth({ url, limitMilliseconds }: Waiting): Promise<string | undefined> {
  return waitFor(limitMilliseconds, async () => {
    const response = await send(url, 'GET', '/health', { signal: AbortSignal.timeout(10_000) })
    return response.status === 200 ? undefined : `${response.status} ${(await response.text()).slice(0, 300)}`
  })
}

/** Waits until the first administrator can log in: the cron trigger makes the account. */
export async function waitForAdministrator(
  { url, limitMilliseconds }: Waiting,
  password: string,
): Promise<string | undefined> {
  const user = { name: 'admin', password }
  return waitFor(limitMilliseconds, async () => {
    const response = await send(url, 'GET', '/auth/token', { user, signal: AbortSignal.timeout(10_000) })
    return response.status === 200 ? undefined : `a login is answered with ${response.status}`
  })
}

/**
 * Waits until nothing is wrong any more, or the time is up.
 *
 * @param look returns the problem, or undefined; an error of the connection counts as one
 * @returns the last problem; undefined when there is none
 */
async function waitFor(
  limitMilliseconds: number,
  look: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const end = Date.now() + limitMilliseconds
  for (;;) {
    const wrong = await look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    if (wrong === undefined) return undefined
    if (Date.now() + pauseMilliseconds > end) return wrong
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
  }
}
