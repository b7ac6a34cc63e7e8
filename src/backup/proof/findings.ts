/** What a proof finds wrong, and its sentences. */
import { phrase, type PhraseOf } from '../../failures/failure.ts'

const findings = {
  /** The sentence of a failure of the loader, which names the object. */
  'not-loaded': ({ sentence }: { readonly sentence: string }) => sentence,
  'row-differs': ({ table, key }: { readonly table: string; readonly key: string }) =>
    `the row ${key} of ${table} is not the same once it is restored`,
  'row-added': ({ table, key }: { readonly table: string; readonly key: string }) =>
    `the restored database has a row ${key} of ${table} that the backup has not`,
  'rows-missing': ({
    table,
    missing,
    dropped,
  }: {
    readonly table: string
    readonly missing: number
    readonly dropped: number
  }) => `the restored database lacks ${missing} rows of ${table}, and ${dropped} were to be left out`,
  'row-count': ({
    table,
    found,
    wanted,
  }: {
    readonly table: string
    readonly found: number
    readonly wanted: number
  }) => `the restored database has ${found} rows of ${table} in place of ${wanted}`,
  'manifest-content': ({ repository, digest }: Image) =>
    `the manifest ${digest} of ${repository} has content with another digest`,
  'reference-missing': ({ repository, digest, reference }: Image & { readonly reference: string }) =>
    `the manifest ${digest} of ${repository} names ${reference}, which is not among its references`,
  'segment-missing': ({ key, owner }: Segment) => `the object ${key} of ${owner} is missing in the registry's bucket`,
  'segment-size': ({ key, owner, found, wanted }: Segment & { readonly found: number; readonly wanted: number }) =>
    `the object ${key} of ${owner} has ${found} bytes in the registry's bucket in place of ${wanted}`,
  'blob-content': ({ digest, actual }: { readonly digest: string; readonly actual: string }) =>
    `the bytes of the blob ${digest} have the digest ${actual}`,
  'blob-unreadable': ({ digest, key }: { readonly digest: string; readonly key: string }) =>
    `the object ${key} of the blob ${digest} cannot be read`,
  /** Of the content of the backup itself; the name is a digest, or the key of a document. */
  'copy-missing': ({ name }: { readonly name: string }) => `the content of ${name} is missing in the bucket of backups`,
  'copy-size': ({ name, found, wanted }: { readonly name: string; readonly found: number; readonly wanted: number }) =>
    `the content of ${name} has ${found} bytes in the bucket of backups in place of ${wanted}`,
  'copy-unreadable': ({ digest }: { readonly digest: string }) =>
    `the bucket of backups has the blob ${digest} and fails each time to give it: prove the backup again later, and make another one if that finds the same`,
  'copy-content': ({ digest, actual }: { readonly digest: string; readonly actual: string }) =>
    `the bytes of the blob ${digest} in the bucket of backups have the digest ${actual}; the next backup with content copies it again`,
}

interface Image {
  readonly repository: string
  readonly digest: string
}

interface Segment {
  readonly key: string
  readonly owner: string
}

export type Finding = PhraseOf<typeof findings>

/** Writes a finding as a sentence. */
export const sentenceOf = (finding: Finding): string => phrase(findings, finding)

/** What was found, in the form of a checkpoint: a few sentences, however much is wrong. */
export interface Findings {
  readonly findings: readonly string[]
  readonly findingCount: number
}

const mostKept = 20
/** A name in a sentence may be long. */
const longestKept = 400

/** Adds findings to what was found before. */
export const withFindings = ({ findings: before, findingCount }: Findings, found: readonly Finding[]) => ({
  findings: [
    ...before,
    ...found.slice(0, Math.max(0, mostKept - before.length)).map((one) => sentenceOf(one).slice(0, longestKept)),
  ],
  findingCount: findingCount + found.length,
})
