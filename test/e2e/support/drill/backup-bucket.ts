/** The bucket of backups of a registry that is stopped. */
import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { readConfiguration } from '../../../../scripts/local/configuration.ts'
import { bucketOf } from './losses.ts'

export type Bucket = Awaited<ReturnType<Miniflare['getR2Bucket']>>

/** Opens the bucket, and closes it again. */
export async function withBackups<Result>(state: string, use: (bucket: Bucket) => Promise<Result>): Promise<Result> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.WARN),
      cf: false,
      resourcePersistencePath: join(state, 'data'),
      workers: [
        {
          name: 'damage',
          modules: true,
          script: 'export default {}',
          compatibilityDate: readConfiguration().compatibility_date,
          r2Buckets: { BACKUPS: bucketOf('BACKUPS') },
        },
      ],
    }),
  )
  try {
    return await use(await miniflare.getR2Bucket('BACKUPS'))
  } finally {
    await miniflare.dispose()
  }
}
