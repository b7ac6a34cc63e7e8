/** Points the tags of a repository at its manifests again. */
import { firstPlace, type CurrentRepository } from './progress.ts'
import { reasonIn } from './manifests.ts'
import type { RepositoryStep, StepDone } from './steps.ts'
import { partsWith, readRows, tagRow } from './rows.ts'
import { pointTags, type LeftTag, type RestoredTag } from './store.ts'

const tagsOfSlice = 500

/** Points the next tags. */
export async function tagsSlice(step: RepositoryStep, at: CurrentRepository): Promise<StepDone> {
  const { source, wanted, target } = step
  const part = partsWith(source.manifest, 'tags', wanted.id)[at.place.part]
  if (part === undefined) return { current: { ...at, stage: 'returned', place: firstPlace }, lines: [] }
  const own = (await readRows(source, part, tagRow)).filter(
    ({ row }) => row.repository_id === wanted.id && row.name > at.place.after,
  )
  const page = own.slice(0, tagsOfSlice).map(({ row }): RestoredTag => ({
    name: row.name,
    digest: row.digest,
    createdAt: row.created_at,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
  const { pointed, left } = await pointOrRefuse(step, page)
  const last = page.at(-1)?.name
  const isEnd = own.length <= tagsOfSlice || last === undefined
  const failed = left.filter(({ now }) => now === null)
  return {
    current: {
      ...at,
      place: isEnd ? { part: at.place.part + 1, after: '' } : { ...at.place, after: last },
      counts: { ...at.counts, tags: at.counts.tags + pointed, left: at.counts.left + failed.length },
    },
    lines: left.map((tag) => lineOf(`${target.name}:${tag.name}`, tag)),
  }
}

interface RefusedTag extends LeftTag {
  readonly why?: string
}

async function pointOrRefuse(
  { context, target, order }: RepositoryStep,
  tags: readonly RestoredTag[],
): Promise<{ readonly pointed: number; readonly left: readonly RefusedTag[] }> {
  try {
    return await pointTags(context.db, target, tags, order.movesTags, context.now)
  } catch (error) {
    const why = reasonIn(error)
    return { pointed: 0, left: tags.map(({ name, digest }) => ({ name, digest, hasImage: 1, now: null, why })) }
  }
}

function lineOf(tag: string, { digest, hasImage, now, why }: RefusedTag): string {
  if (now !== null) return `${tag} stays at ${now}; in the backup it is at ${digest}`
  if (why !== undefined) return `${tag} is not restored: ${why}`
  if (hasImage === 0) return `${tag} is not restored: the repository lacks its image ${digest}`
  return `${tag} is not restored: the repository has as many tags as its limit allows`
}
