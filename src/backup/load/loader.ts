/**
 * Loads a backup into a database, slice by slice: checks all of it, makes its tables under other names, inserts the rows,
 * and in one transaction makes it the database that it was. The README of this folder has the argument.
 */
import type { Statements } from '../../db/database.ts'
import { lazily } from '../../util/lazy.ts'
import { sha256OfAll } from '../manifest.ts'
import { loadFailed } from './failures.ts'
import { countRows } from './load-store.ts'
import type { LoadProgress, Loading } from './loading.ts'
import { readPart } from './part-reader.ts'
import { stepsOf } from './plan.ts'
import { finishTables, readOverwritten, replaceTables } from './schema-store.ts'
import { mendingOf, mendSlice } from './mending.ts'
import { doStep } from './step.ts'

const loadMigrations = lazily(() => import('./migrations.ts'))

/** Returns the progress of a load that has not begun. */
export const beginLoad = ({ manifest }: Pick<Loading, 'manifest'>): LoadProgress => ({
  phase: 'verify',
  done: 0,
  of: manifest.parts.length,
  overwritten: null,
  dropped: null,
  mendedUpTo: null,
})

/**
 * Does the next slice of a load, which may be done again from the same progress. The database is not changed before all
 * of the backup is verified; from the phase `load` on its tables are away.
 *
 * @returns the progress with which to go on, until its phase is `loaded`
 * @throws ExpectedError `backup-object-damaged`, `backup-manifest-damaged` or `backup-newer`
 */
export async function loadSlice(loading: Loading, at: LoadProgress): Promise<LoadProgress> {
  switch (at.phase) {
    case 'verify':
      return verifySlice(loading, at)
    case 'survey':
      return { ...at, phase: 'prepare', done: 0, of: 1, overwritten: await readOverwritten(loading.db) }
    case 'prepare':
      await replaceTables(loading.db, loading.manifest, at.overwritten ?? nothing, loading)
      return { ...at, phase: 'load', done: 0, of: stepsOf(loading.manifest).length }
    case 'load':
      return stepsSlice(loading, at)
    case 'count':
      return at.dropped === null ? { ...at, dropped: await countDropped(loading) } : mendSlice(loading, at)
    case 'loaded':
      return at
  }
}

const nothing = { sequences: {}, gateToken: 0, fenceToken: 0, epoch: 0 }

/** Verifies the next parts: sizes, hashes and numbers of rows. */
async function verifySlice(loading: Loading, at: LoadProgress): Promise<LoadProgress> {
  const { manifest, limits } = loading
  if (at.done === 0) await verifyManifest(loading)
  let { done } = at
  let bytes = 0
  for (const part of manifest.parts.slice(done, done + limits.partsOfSlice)) {
    await readPart(loading, part)
    done++
    bytes += part.bytes
    if (bytes >= limits.bytesOfSlice) break
  }
  return done < manifest.parts.length ? { ...at, done } : { ...at, phase: 'survey', done: 0, of: 1 }
}

/** Verifies that a manifest fits together, and that this release knows its schema. */
async function verifyManifest({ manifest }: Pick<Loading, 'manifest'>): Promise<void> {
  const { id, schema, tables, parts, sha256 } = manifest
  const { migrations } = await loadMigrations()
  const newest = migrations.at(-1)?.name ?? ''
  if (!migrations.some(({ name }) => name === schema)) {
    throw loadFailed({ kind: 'backup-newer', backup: id, schema, newest })
  }
  const isCounted = tables.every(
    ({ name, rows }) => rows === parts.reduce((sum, part) => sum + (part.rows[name] ?? 0), 0),
  )
  if (!isCounted || (await sha256OfAll(parts)) !== sha256) {
    throw loadFailed({ kind: 'backup-manifest-damaged', backup: id })
  }
}

/** Does the next steps, until they have cost as much as a slice may. */
async function stepsSlice(loading: Loading, at: LoadProgress): Promise<LoadProgress> {
  const { limits } = loading
  const steps = stepsOf(loading.manifest)
  let { done } = at
  let cost = { statements: 0, bytes: 0 }
  for (const step of steps.slice(done, done + limits.partsOfSlice)) {
    const { statements, bytes } = await doStep(loading, step)
    done++
    cost = { statements: cost.statements + statements, bytes: cost.bytes + bytes }
    if (cost.statements >= limits.statementsOfSlice || cost.bytes >= limits.bytesOfSlice) break
  }
  return done < steps.length ? { ...at, done } : { ...at, phase: 'count', done: 0, of: 1 }
}

async function countDropped({ db, manifest }: Loading): Promise<Readonly<Record<string, number>>> {
  const counts = await countRows(
    db,
    manifest.tables.map(({ name }) => name),
  )
  return Object.fromEntries(
    manifest.tables
      .map(({ name, rows }): [string, number] => [name, rows - (counts.get(name) ?? 0)])
      .filter(([, dropped]) => dropped > 0),
  )
}

/**
 * Makes the database what the backup says, with the schema of this release, in one transaction.
 *
 * @param last statements at its end, on the tables of this release: what a restore changes in the rows, and the end of
 *   what `away` began
 */
export async function finishLoad(
  { db, manifest, guard, mended }: Loading,
  { overwritten }: LoadProgress,
  last: Statements,
): Promise<void> {
  const { migrations } = await loadMigrations()
  const mending = await mendingOf(mended)
  const sequences = { ...manifest.marks.sequences }
  for (const [table, number] of Object.entries(overwritten?.sequences ?? {})) {
    sequences[table] = Math.max(number, sequences[table] ?? 0)
  }
  await finishTables(db, manifest, guard, {
    migrations,
    sequences,
    last: { mended: mending.flatMap(({ last: own = [] }) => own), ...last },
  })
}
