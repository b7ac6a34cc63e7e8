/** What the log of a backup says of content. */
import type { Content } from './described.ts'

export function linesOfContent(content: Content | null): readonly string[] {
  if (content === null) return ['the content of images is not in it']
  const { all, copied, missing, repositories } = content
  const lines = [
    `the content of ${repositories} repositories is in it, not encrypted: ${all.objects} blobs and manifests, ${all.bytes} bytes`,
    `${copied.objects} of them were copied, ${copied.bytes} bytes; the others are those of earlier backups`,
  ]
  if (missing.objects === 0) return lines
  return [
    ...lines,
    `${missing.objects} blobs are not in it, as the storage of the registry has lost them or has other bytes: run "fsck"`,
    ...missing.names.map((name) => `not in it: ${name}`),
  ]
}
