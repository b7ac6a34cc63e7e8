/**
 * A server that speaks S3 and checks each signature: the one of Miniflare, over buckets of its own. Vitest starts it
 * before all tests (`globalSetup`), and tests of real clients start one themselves. It runs in Node.
 */
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import type { TestProject } from 'vitest/node'
import { bucketOf } from './s3-bucket-names.ts'

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

/**
 * Starts a server.
 *
 * @param state a folder for its data; else they are kept in memory
 * @param buckets how many buckets it has; the answer names the first
 */
export async function startS3Server(
  state?: string,
  buckets = 1,
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
          r2Buckets: Object.fromEntries(
            Array.from({ length: buckets }, (_, at) => [
              `ELSEWHERE_${at + 1}`,
              { id: bucketOf(at + 1), s3Credentials: keys },
            ]),
          ),
        },
      ],
    }),
  )
  const { origin } = await miniflare.ready
  const server = { endpoint: `${origin}/cdn-cgi/local/r2/s3`, bucket: bucketOf(1), region: 'auto', ...keys }
  return { server, stop: () => miniflare.dispose() }
}

/** Starts the server of a run of tests. @returns what stops it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await startS3Server(undefined, project.config.maxWorkers)
  project.provide('s3Server', server)
  return stop
}
