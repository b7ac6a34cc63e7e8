/** Opens the D1 of a registry of this machine without the registry, with all migrations applied. */
import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { readConfiguration } from '../../local/configuration.ts'
import { refuseDamage, writeBack } from '../../local/data-files.ts'
import { guardRuntime } from '../../local/guard.ts'
import { applyMigrations, readMigrations } from '../../local/migrate.ts'

type LocalDatabase = Awaited<ReturnType<Miniflare['getD1Database']>>

/**
 * Opens the database of a local registry that does not run.
 *
 * @param state the folder of the registry (see `scripts/local/runtime.ts`); its lock must be held
 * @throws Error when its data is damaged
 */
export async function openLocalDatabase(
  state: string,
): Promise<{ database: LocalDatabase; close: () => Promise<void> }> {
  const endGuard = await guardRuntime(state)
  if (refuseDamage(state) === 'being-restored') {
    endGuard()
    throw new Error(
      'a restore of this registry has not ended: start the registry, which goes on with it, then try again',
    )
  }
  const config = readConfiguration()
  const [{ binding, database_name: name }] = config.d1_databases
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
  const close = async (): Promise<void> => {
    await miniflare.dispose()
    writeBack(state)
    endGuard()
  }
  try {
    await miniflare.ready
    const database = await miniflare.getD1Database(binding)
    await applyMigrations(database, readMigrations())
    return { database, close }
  } catch (error) {
    await close()
    throw error
  }
}
