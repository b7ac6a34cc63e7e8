/**
 * The job that deletes the tags that policies are for. It goes through the repositories that have policies, and through
 * the tags of each, in slices of bounded work, and can be broken off after any of them.
 */
import * as z from 'zod'
import type { LastingContext } from '../context.ts'
import { isReadOnly, type Database } from '../db/database.ts'
import { deleteCondemned, nextPrunedRepository, type EnabledPolicy, type PrunedRepository } from './tag-store.ts'
import { isRepositoryName, type RepositoryName } from '../names.ts'
import { evaluateTags, type PolicyMatcher } from './evaluate.ts'
import { matcherOf, rules } from './rules.ts'

/** A slice ends with so many tags looked at, or after so many looks at a repository. */
const tagsInSlice = 1000
const tagsInVisit = 250
const visitsInSlice = 20
/** A request that works on after its answer has half a minute: a slice that begins late must end in time. */
const pruningSliceMilliseconds = 1000

/** The parameters of the job. */
export const pruningParameters = z.strictObject({
  /** The one repository to go through; else all. */
  repository: z.string().refine(isRepositoryName).optional(),
})

/** Returns the key of which one job runs at a time; null for a job of one repository, which runs beside any other. */
export const pruningExclusion = (given: unknown): string | null =>
  pruningParameters.parse(given).repository === undefined ? 'tag_pruning' : null

/** The place where the next slice continues, and the counts so far. */
const progress = z.object({
  repositoryId: z.int().default(0),
  /** The first tag of the repository to look at. */
  tag: z.string().default(''),
  repositories: z.int().default(0),
  lookedAt: z.int().default(0),
  pruned: z.int().default(0),
})
type Progress = z.infer<typeof progress>

export interface PruneSlice {
  /** JSON for the next slice. */
  readonly checkpoint: Progress
  readonly isDone: boolean
  /** Lines for the log of the job. */
  readonly lines: readonly string[]
}

/**
 * Evaluates the next tags and deletes those that policies condemn.
 *
 * @param context with the parameters of the job, see `pruningParameters`
 * @param checkpoint of the slice before; undefined or null for the first one
 * @throws ZodError when the parameters are not as they should be
 */
export async function pruneSlice(
  { db, clock, parameters }: Pick<LastingContext, 'db' | 'clock'> & { readonly parameters: unknown },
  checkpoint: unknown,
): Promise<PruneSlice> {
  const { repository: only } = pruningParameters.parse(parameters ?? {})
  const start = progress.parse(checkpoint ?? {})
  const lines: string[] = []
  let at = start
  const endsAt = clock() + pruningSliceMilliseconds
  for (let visits = 0; visits < visitsInSlice && at.lookedAt - start.lookedAt < tagsInSlice; visits++) {
    if (visits > 0 && clock() >= endsAt) break
    const repository = await nextPrunedRepository(db, at.repositoryId, only)
    if (repository === undefined) return ended(at, [...lines, sumOf(at, only)])
    try {
      const visited = await visit(db, repository, repository.id === at.repositoryId ? at : { ...at, tag: '' }, clock())
      lines.push(...visited.lines)
      at = visited.at
    } catch (error) {
      // Stops here; the worker checks read-only mode before each slice and continues when it ends.
      if (!isReadOnly(error)) throw error
      break
    }
  }
  return { checkpoint: at, isDone: false, lines }
}

const ended = (at: Progress, lines: readonly string[]): PruneSlice => ({ checkpoint: at, isDone: true, lines })

interface Visited {
  readonly at: Progress
  readonly lines: readonly string[]
}

/** Looks at a page of the tags of a repository, and deletes those that are to go. */
async function visit(db: Database, repository: PrunedRepository, at: Progress, now: number): Promise<Visited> {
  const { id, name, immutableTags, policies } = repository
  const afterwards = { ...at, repositoryId: id + 1, tag: '', repositories: at.repositories + 1 }
  if (immutableTags) {
    return { at: afterwards, lines: [`${name}: its tags are immutable, so its policies delete nothing`] }
  }
  const { judges, lines } = judgesOf(repository, policies)
  const found = await evaluateTags(db, id, judges, { from: at.tag, limit: tagsInVisit }, now)
  const gone = new Set(await deleteCondemned(db, { id, name }, found.condemned, now))
  const counted = { lookedAt: at.lookedAt + found.lookedAt, pruned: at.pruned + gone.size }
  return {
    at:
      found.next === undefined
        ? { ...afterwards, ...counted }
        : { ...at, repositoryId: id, tag: found.next, ...counted },
    lines: [
      ...lines,
      ...found.condemned
        .filter((tag) => gone.has(tag.name))
        .map((tag) => `deleted the tag ${name}:${tag.name} (${tag.digest}) by the policy ${tag.policy.id}`),
      ...(found.kept === 0
        ? []
        : [`${name}: kept ${countOf(found.kept, 'tag')} that match, as they are signed or signatures`]),
    ],
  }
}

/** Reads the rules of policies. One with unsupported rules judges nothing, so that half a policy deletes nothing. */
function judgesOf(
  { name }: PrunedRepository,
  policies: readonly EnabledPolicy[],
): { readonly judges: readonly PolicyMatcher[]; readonly lines: readonly string[] } {
  const read = policies.map((policy) => ({ policy, understood: rules.safeParse(parsed(policy.rules)).data }))
  return {
    judges: read.flatMap(({ policy: { id, version, tagsSince }, understood }) =>
      understood === undefined ? [] : [{ id, version, tagsSince, matches: matcherOf(understood) }],
    ),
    lines: read.flatMap(({ policy: { id }, understood }) =>
      understood === undefined ? [`${name}: the policy ${id} has unsupported rules, so it deletes nothing`] : [],
    ),
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function sumOf({ repositories, lookedAt, pruned }: Progress, only: RepositoryName | undefined): string {
  if (only !== undefined && repositories === 0) return `${only} has no enabled policy`
  const where = only ?? countOf(repositories, 'repository').replace(/repositorys$/, 'repositories')
  return `looked at ${countOf(lookedAt, 'tag')} of ${where}, deleted ${pruned}`
}
