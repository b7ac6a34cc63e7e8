/** Lists of names, page by page: the tags of a repository, and the repositories of the registry. */
import type { Context } from '../context.ts'
import type { HeldRepository } from '../db/access/rights.ts'
import { listTags } from '../db/content/tags.ts'
import { allNames, listVisibleNames, startingAt, type Viewer } from '../db/repositories/visible-repositories.ts'
import { RegistryError } from '../errors.ts'

export interface PageRequest {
  /** The most names to return; zero is an empty page. */
  readonly limit: number
  /** The page starts after this name, which need not exist. */
  readonly last: string
}

export interface Names {
  readonly names: readonly string[]
  readonly more: boolean
}

/** Lists the tags of a repository (OCI end-8). @throws RegistryError `name-unknown` */
export async function tagsPage(context: Context, held: HeldRepository, { limit, last }: PageRequest): Promise<Names> {
  const names = await listTags(context.db, held, last, limit + 1)
  if (names === undefined) throw new RegistryError({ kind: 'name-unknown', repository: held.repository })
  return cut(names, limit)
}

/** Lists the repositories that the viewer may see. */
export async function catalogPage(context: Context, viewer: Viewer, { limit, last }: PageRequest): Promise<Names> {
  // The page begins after `last`: a space comes before whatever could go on in a name.
  return cut(await listVisibleNames(context.db, viewer, startingAt(allNames, `${last} `), limit + 1), limit)
}

/** Cuts off the extra name that was read to learn whether there is a next page. An empty page has none. */
function cut(names: readonly string[], limit: number): Names {
  return { names: names.slice(0, limit), more: limit > 0 && names.length > limit }
}
