/**
 * The registry with requests that fill its database, and that do one slice of an export and of a load into the database of
 * the drill. Only `npm run backup:scale` runs this entry point.
 */
import * as z from 'zod'
import { usualLimits } from '../../../src/backup/boundaries.ts'
import { usualCopyLimits } from '../../../src/backup/content/copied.ts'
import { ContentPages } from '../../../src/backup/content/pages.ts'
import { beginExport, exportProgress, exportSlice } from '../../../src/backup/exporter.ts'
import { beginLoad, finishLoad, loadSlice } from '../../../src/backup/load/loader.ts'
import { loadProgress, usualLoadLimits, type Loading } from '../../../src/backup/load/loading.ts'
import { readManifest } from '../../../src/backup/load/manifest-reader.ts'
import { noProtection } from '../../../src/backup/sealing/protection.ts'
import { plainSealing } from '../../../src/backup/sealing/sealing.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { exportOrder } from '../../../src/db/tables.ts'
import { tables } from '../../../src/installed.ts'
import type { ReplicaEnv } from '../../../src/replicas/types.ts'
import { interceptedBucket } from '../../support/intercepted-bucket.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { fill, withoutTriggers } from './filling.ts'

export { Replica } from '../../../src/worker.ts'

const id = 'scale'

/** What a request asked of D1 and R2. */
const asked = { statements: 0, subrequests: 0 }

const counted = (database: D1Database): D1Database =>
  interceptedDatabase(async (statements, run) => {
    asked.statements += statements.length
    asked.subrequests++
    return run()
  }, database)

const order = z.object({ from: z.int(), to: z.int() })

/** Does one slice. @returns null when nothing is left to do */
async function slice(path: string, body: unknown, env: ReplicaEnv): Promise<unknown> {
  const backups = interceptedBucket(async (_name, _parameters, run) => {
    asked.subrequests++
    return run()
  }, env.BACKUPS)
  const content = {
    db: openDatabase(counted(env.DB)),
    bucket: env.BUCKET,
    backups,
    limits: usualCopyLimits,
    id,
    pages: new ContentPages(openDatabase(env.DB), usualCopyLimits.rowsOfPage),
  }
  const exporting = {
    ...content,
    limits: usualLimits,
    order: exportOrder(tables),
    now: Date.now(),
    lockToken: 1,
    protection: noProtection,
    content,
  }
  switch (path) {
    case '/fill':
      return fill(env.DB, order.parse(body))
    case '/triggers':
      return withoutTriggers(env.DB)
    case '/export': {
      const progress = body === null ? await beginExport(exporting) : exportProgress.parse(body)
      const done = await exportSlice(exporting, progress)
      return done.manifest === undefined ? done.progress : null
    }
    case '/load': {
      const manifest = await readManifest(backups, id)
      if (manifest === undefined) throw new Error('there is no backup')
      const db = openDatabase(counted(env.DRILL))
      const limits = usualLoadLimits
      const loading: Loading = {
        db,
        backups,
        manifest,
        sealing: plainSealing,
        limits,
        guard: {},
        away: {},
        mended: tables,
      }
      const progress = body === null ? beginLoad(loading) : loadProgress.parse(body)
      if (progress.phase !== 'loaded') return loadSlice(loading, progress)
      await finishLoad(loading, progress, {})
      return null
    }
  }
  throw new Error(`there is no slice ${path}`)
}

export default {
  async fetch(request: Request, env: ReplicaEnv): Promise<Response> {
    Object.assign(asked, { statements: 0, subrequests: 0 })
    const text = await request.text()
    const progress = await slice(new URL(request.url).pathname, text === '' ? null : JSON.parse(text), env)
    return Response.json({ ...asked, progress })
  },
} satisfies ExportedHandler<ReplicaEnv>
