/**
 * R2 only where it belongs: code above `src/storage` passes the bucket on and calls none of its methods. The rules of
 * imports cannot see this, as the bucket comes from a binding. So the sources are read: the bucket keeps its name
 * wherever it goes, and nothing is called on that name.
 */
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

const uses: Readonly<Record<string, RegExp>> = {
  'calls R2': /(?<!\/)\b(?:bucket|backups)\s*[?!]?\.\s*\w+/gi,
  'reads a method by name': /\b(?:bucket|backups)\s*(?:\?\.)?\[/gi,
  'takes methods out': /\{[^{}]*\}\s*=\s*(?:[\w.]+\.)?(?:bucket|backups)\b/gi,
  'gives the bucket another name':
    /\b(?!(?:bucket|backups)\b)\w+\??\s*:\s*(?:R2|Backup)Bucket\b|\bbucket\s*:\s*(?!(?:R2|Backup)Bucket\b)\w+\s*[,}]|\b\w+\s*=\s*(?:[\w.]+\.)?bucket\s*(?=$|[;\n)])/gim,
  'writes a key': /['"`]segments\//g,
}

const withoutComments = (source: string): string => source.replaceAll(/\/\*.*?\*\/|(?<!:)\/\/.*?$/gms, '')

const findings = (source: string): string[] =>
  Object.entries(uses).flatMap(([what, use]) =>
    [...withoutComments(source).matchAll(use)].map(([text]) => `${what}: ${text.trim()}`),
  )

it('code outside src/storage calls no method of the bucket, and knows no key', () => {
  const outside = Object.entries(sources).filter(([path]) => !path.startsWith('../../src/storage/'))
  expect(outside.length).toBeGreaterThan(100)
  expect(outside.flatMap(([path, source]) => findings(source).map((finding) => `${path} ${finding}`))).toEqual([])
})

it('the calls of src/storage are seen', () => {
  const inside = Object.entries(sources).filter(([path]) => path.startsWith('../../src/storage/'))
  expect(inside.flatMap(([, source]) => findings(source))).toEqual(
    expect.arrayContaining(['calls R2: bucket.get', 'calls R2: bucket.put', 'calls R2: bucket.delete']),
  )
})

const sending = /\b(?:bucket|backups)\s*\??\.\s*(?:get|put|head|list|delete|createMultipartUpload)\(/g

/** Returns the places of a source that are between the parentheses of `askStorage( … )`. */
function asked(source: string): readonly { readonly from: number; readonly to: number }[] {
  return [...source.matchAll(/\baskStorage\(/g)].map(({ index }) => {
    let depth = 0
    let at = source.indexOf('(', index)
    do {
      if (source[at] === '(') depth++
      if (source[at] === ')') depth--
      at++
    } while (depth > 0 && at < source.length)
    return { from: index, to: at }
  })
}

/** Finds the calls that R2's passing errors would end at once, as raw errors. */
function unasked(source: string): string[] {
  const code = withoutComments(source)
  const spans = asked(code)
  return [...code.matchAll(sending)]
    .filter(({ index }) => !spans.some(({ from, to }) => from < index && index < to))
    .map(({ index }) => code.slice(index, code.indexOf('\n', index)).trim())
}

it('the calls of src/storage are tried again, but for those whose stream cannot be and those of the probe', () => {
  const found = Object.entries(sources)
    .filter(([path]) => path.startsWith('../../src/storage/'))
    .flatMap(([path, source]) => unasked(source).map((call) => `${path.replace('../../src/storage/', '')}: ${call}`))
  expect(found.sort()).toEqual([
    // The function that it is given to asks.
    'copying.ts: bucket.put(key, content, options))',
    // The health of a replica is how R2 answers once.
    'probe.ts: bucket.createMultipartUpload(`${probedKey}/${replica}`)',
    'probe.ts: bucket.head(probedKey)',
    // `complete` asks with it.
    'storing.ts: bucket.head(key))',
    // A stream, which can be sent once.
    'storing.ts: bucket.put(key, readable)',
  ])
})

it.each([
  ['const page = await bucket.list({ limit })\n', 1],
  ['const page = await askStorage(() => bucket.list(wanted(limit)))\n', 0],
  ['return askStorage(async () => {\n  await backups.head(key)\n})\nawait backups.get(key)\n', 1],
])('a call that is not tried again is found: %j', (source, count) => {
  expect(unasked(source)).toHaveLength(count)
})

it.each([
  'await context.bucket.get(key)',
  'await env.BUCKET.head(key)',
  'await context.backups.get(key)',
  "bucket\n    .list({ prefix: 'x' })",
  'bucket?.delete(key)',
  "bucket['put'](key, bytes)",
  'const { get, put } = context.bucket',
  'async function read(storage: R2Bucket) {}',
  'async function read(storage: BackupBucket) {}',
  'const { bucket: storage, db } = context',
  'const storage = env.BUCKET\n',
  'const key = `segments/${id}`',
])('a use of R2 is found: %s', (source) => {
  expect(findings(source)).not.toEqual([])
})

it.each([
  'await storeBytes(context.bucket, key, bytes, digest)',
  'const run = { db: context.db, bucket: context.bucket, policy }',
  'function sweep({ bucket, db }: Stores): Promise<void>',
  '// the bucket. It has objects',
  'readonly BUCKET: R2Bucket',
  'readonly BACKUPS: R2Bucket',
  "import { findBackups } from './backups.ts'",
])('passing the bucket on is no use of R2: %s', (source) => {
  expect(findings(source)).toEqual([])
})
