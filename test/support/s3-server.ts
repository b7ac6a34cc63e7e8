/**
 * A server that speaks S3 and checks each signature: the one of Miniflare, over a bucket of its own. Vitest starts it
 * before all tests (`globalSetup`), and tests of real clients start one themselves. It runs in Node.
 */
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import type { TestProject } from 'vitest/node'

/** What the variables of a registry name (`BACKUP_S3_…`). */
export interface S3Server {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly s3Server: S3Server
  }
}

const keys = { accessKeyId: 'a-key-of-tests', secretAccessKey: 'its/secret+for=tests' }
const bucket = 'backups-elsewhere'

/** Starts a server. @param state a folder for its data; else they are kept in memory */
export async function startS3Server(
  state?: string,
): Promise<{ readonly server: S3Server; readonly stop: () => Promise<void> }> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      log: new Log(LogLevel.WARN),
      cf: false,
      ...(state !== undefined && { resourcePersistencePath: state }),
      workers: [
        {
          name: 's3',
          modules: true,
          script: 'export default {}',
          compatibilityDate: '2026-01-01',
          r2Buckets: { ELSEWHERE: { id: bucket, s3Credentials: keys } },
        },
      ],
    }),
  )
  const { origin } = await miniflare.ready
  const server = { endpoint: `${origin}/cdn-cgi/local/r2/s3`, bucket, region: 'auto', ...keys }
  return { server, stop: () => miniflare.dispose() }
}

/** Starts the server of a run of tests. @returns what stops it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await startS3Server()
  project.provide('s3Server', server)
  return stop
}
