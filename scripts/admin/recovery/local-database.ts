/** Opens the D1 of a registry of this machine without the registry, with all migrations applied. */
import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { unstable_readConfig as readConfig } from 'wrangler'
import * as z from 'zod'
import { root } from '../../local/build.ts'
import { runtimePids, watchOver } from '../../local/children.ts'
import { applyMigrations } from '../../local/migrate.ts'

const databaseConfig = z.object({
  compatibility_date: z.string(),
  d1_databases: z.tuple([z.object({ binding: z.string(), database_name: z.string(), migrations_dir: z.string() })]),
})

type LocalDatabase = Awaited<ReturnType<Miniflare['getD1Database']>>

/** @param state as in `scripts/local/runtime.ts`, where the same folder is served from */
export async function openLocalDatabase(
  state: string,
): Promise<{ database: LocalDatabase; close: () => Promise<void> }> {
  const config = databaseConfig.parse(readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true }))
  const [{ binding, database_name: name, migrations_dir: migrations }] = config.d1_databases
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.WARN),
      cf: false,
      resourcePersistencePath: join(state, 'data'),
      workers: [
        {
          name: 'recovery',
          modules: true,
          script: 'export default {}',
          compatibilityDate: config.compatibility_date,
          d1Databases: { [binding]: name },
        },
      ],
    }),
  )
  try {
    await miniflare.ready
    watchOver(runtimePids())
    const database = await miniflare.getD1Database(binding)
    await applyMigrations(database, join(root, migrations))
    return { database, close: () => miniflare.dispose() }
  } catch (error) {
    await miniflare.dispose()
    throw error
  }
}
