/** What the log of a proof tells. */
import type { Manifest } from '../manifest.ts'
import type { ProofProgress } from './progress.ts'

/** Tells what a slice completed: a phase, or another tenth of one. */
export function linesBetween(before: ProofProgress, after: ProofProgress, manifest: Manifest): readonly string[] {
  const lines = [...loadLines(before, after, manifest), ...checkLines(before, after, manifest)]
  const found = after.findings.slice(before.findings.length).map((finding) => `found: ${finding}`)
  return [...lines, ...found]
}

function loadLines({ loading: before }: ProofProgress, { loading: after }: ProofProgress, { parts }: Manifest) {
  if (before.phase === 'verify' && after.phase !== 'verify') {
    return [`the hashes of all ${parts.length} parts are right`]
  }
  if (before.phase !== 'loaded' && after.phase === 'loaded') return [`restored all rows${droppedWords(after)}`]
  const words: Partial<Record<typeof after.phase, string>> = { verify: 'checks hashes', load: 'restores' }
  const word = words[after.phase]
  if (word === undefined || after.phase !== before.phase || tenthOf(after) === tenthOf(before)) return []
  return [`${word}: ${after.done} of ${after.of} parts`]
}

function droppedWords({ dropped }: ProofProgress['loading']): string {
  const rows = Object.values(dropped ?? {}).reduce((sum, number) => sum + number, 0)
  return rows === 0 ? '' : `, but for ${rows} that name what was deleted during the backup`
}

const tenthOf = ({ done, of }: { readonly done: number; readonly of: number }): number =>
  Math.floor((done * 10) / Math.max(1, of))

function checkLines(before: ProofProgress, after: ProofProgress, { parts, content }: Manifest): readonly string[] {
  const { checked, deletedSegments } = after
  if (before.phase === after.phase) {
    const tenth = ({ done }: ProofProgress): number => tenthOf({ done, of: parts.length })
    return after.phase === 'rows' && tenth(before) !== tenth(after)
      ? [`compares: ${after.done} of ${parts.length} parts`]
      : []
  }
  const since = deletedSegments === 0 ? '' : `; garbage collection deleted ${deletedSegments} since`
  const words: Partial<Record<ProofProgress['phase'], string>> = {
    counts: `compared all ${checked.rows} rows with the backup`,
    manifests: `walked ${checked.manifests} manifests`,
    segments: `checked that ${checked.segments} objects exist with their sizes${since}`,
    sample: `hashed ${checked.sampledBlobs} blobs of ${checked.sampledBytes} bytes again`,
    ...(content !== null && {
      'kept-copies': `found ${checked.copies} objects of its content with their sizes`,
      'hash-copies': `hashed ${checked.hashedCopies} blobs of its content`,
    }),
    finish: 'made the indexes, triggers and migrations',
    empty: 'emptied the database of the drill',
  }
  const word = words[before.phase]
  return word === undefined ? [] : [word]
}
