/** Compares rows of D1 with one another. Each page is one statement, so it sees one state of the database. */
import type { Stores } from '../context.ts'
import {
  checkedBlobs,
  checkedChildren,
  checkedLinks,
  checkedManifestBlobs,
  checkedManifests,
  checkedTags,
  type CheckedManifest,
  type CheckedReference,
} from './store.ts'
import {
  dangling,
  markedBlob,
  unreviewed,
  wrongBlobSize,
  wrongManifestSize,
  type Checked,
  type Finding,
  type Key,
  type Step,
} from './findings.ts'

export async function checkBlobRows({ db }: Stores, [after = '']: Key, limit: number): Promise<Step> {
  const rows = await checkedBlobs(db, String(after), limit)
  return step(
    'blobs',
    rows,
    limit,
    ({ digest }) => [digest],
    ({ digest, sizeBytes, end, isUnreviewed, lostAt }) => [
      ...(sizeBytes === end ? [] : [wrongBlobSize(digest, sizeBytes, end)]),
      ...(isUnreviewed === 1 ? [unreviewed(`blob ${digest}`, '')] : []),
      ...(lostAt === null ? [] : [markedBlob(digest, lostAt)]),
    ],
  )
}

export async function checkLinkRows({ db }: Stores, [id = 0, after = '']: Key, limit: number): Promise<Step> {
  const rows = await checkedLinks(db, Number(id), String(after), limit)
  return step(
    'links',
    rows,
    limit,
    ({ repositoryId, digest }) => [repositoryId, digest],
    (row) => [
      ...inRepository(row, `blob ${row.digest} of a repository`),
      ...(row.isDangling === 1
        ? [dangling(`blob ${row.digest} of a repository`, row.repository ?? '', `blob ${row.digest}`)]
        : []),
      ...(row.isUnreviewed === 1 ? [unreviewed(`blob ${row.digest} of a repository`, row.repository ?? '')] : []),
    ],
  )
}

export async function checkManifestRows({ db }: Stores, [id = 0, after = '']: Key, limit: number): Promise<Step> {
  const rows = await checkedManifests(db, Number(id), String(after), limit)
  return step(
    'manifests',
    rows,
    limit,
    ({ repositoryId, digest }) => [repositoryId, digest],
    (row) => [
      ...inRepository(row, `manifest ${row.digest}`),
      ...wrongBody(row),
      ...(row.isUnreviewed === 1 ? [unreviewed(`manifest ${row.digest}`, row.repository ?? '')] : []),
    ],
  )
}

function wrongBody({ digest, repository, sizeBytes, bodyBytes }: CheckedManifest): Finding[] {
  if (bodyBytes === null) return [dangling(`manifest ${digest}`, repository ?? '', 'its bytes')]
  return bodyBytes === sizeBytes ? [] : [wrongManifestSize(digest, repository ?? '', sizeBytes, bodyBytes)]
}

export async function checkBlobReferences(
  { db }: Stores,
  [id = 0, from = '', to = '']: Key,
  limit: number,
): Promise<Step> {
  return references(await checkedManifestBlobs(db, Number(id), String(from), String(to), limit), limit, 'blob')
}

export async function checkChildReferences(
  { db }: Stores,
  [id = 0, from = '', to = '']: Key,
  limit: number,
): Promise<Step> {
  return references(await checkedChildren(db, Number(id), String(from), String(to), limit), limit, 'manifest')
}

const references = (rows: readonly CheckedReference[], limit: number, what: string): Step =>
  step(
    'references',
    rows,
    limit,
    ({ repositoryId, from, to }) => [repositoryId, from, to],
    (row) => [
      ...(row.fromIsMissing === 1
        ? [dangling(`reference to ${what} ${row.to}`, row.repository ?? '', `manifest ${row.from}`)]
        : []),
      ...(row.toIsMissing === 1 ? [dangling(`manifest ${row.from}`, row.repository ?? '', `${what} ${row.to}`)] : []),
    ],
  )

export async function checkTagRows({ db }: Stores, [id = 0, after = '']: Key, limit: number): Promise<Step> {
  const rows = await checkedTags(db, Number(id), String(after), limit)
  return step(
    'tags',
    rows,
    limit,
    ({ repositoryId, name }) => [repositoryId, name],
    (row) =>
      row.isDangling === 1 ? [dangling(`tag ${row.name}`, row.repository ?? '', `manifest ${row.digest}`)] : [],
  )
}

const inRepository = (row: { readonly repositoryId: number; readonly repository: string | null }, subject: string) =>
  row.repository === null ? [dangling(subject, '', `the repository with the id ${row.repositoryId}`)] : []

function step<Row>(
  what: keyof Checked,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => Key,
  findingsOf: (row: Row) => readonly Finding[],
): Step {
  const lastRow = rows.length === limit ? rows.at(-1) : undefined
  return {
    findings: rows.flatMap((row) => findingsOf(row)),
    checked: { [what]: rows.length },
    last: lastRow === undefined ? undefined : keyOf(lastRow),
  }
}
