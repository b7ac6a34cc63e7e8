/** The JSON of teams' grants, and of pages of them. */
import { z } from '@hono/zod-openapi'
import type { Listed, NamePage, RepositoryGrant, SeenTeam, TeamGrant } from '../../db/access/grants.ts'
import type { AppContext } from '../app-context.ts'
import { announcePage, cutPage, type pageQuery } from '../shared/paging.ts'
import { repository, repositoryJson } from './repository-json.ts'
import { accessLevel } from '../shared/schemas.ts'

export const team = z
  .object({
    id: z.string(),
    orgID: z.string(),
    name: z.string(),
    clientUserIsMember: z.boolean().openapi({ description: 'whether the caller is in the team' }),
  })
  .openapi('SeenTeam')

export const teamAccessItem = z.object({ accessLevel, team }).openapi('TeamAccess')
export const repositoryAccessItem = z.object({ accessLevel, repository }).openapi('RepositoryAccess')

/** The body of a request that gives something. */
export const givenAccess = z.object({ accessLevel }).openapi('GivenAccess')

export const teamJson = ({ id, organizationId, name, isMember }: SeenTeam): z.infer<typeof team> => ({
  id,
  orgID: organizationId,
  name,
  clientUserIsMember: isMember,
})

export const teamAccessJson = (grant: TeamGrant): z.infer<typeof teamAccessItem> => ({
  accessLevel: grant.level,
  team: teamJson(grant.team),
})

export const repositoryAccessJson = (grant: RepositoryGrant): z.infer<typeof repositoryAccessItem> => ({
  accessLevel: grant.level,
  repository: repositoryJson(grant.repository),
})

type PageQuery = z.infer<z.ZodObject<typeof pageQuery>>

/** Returns what to read for a page: one item more than wanted, and the total if requested. */
export const namePage = ({ pageStart, pageSize, count }: PageQuery): NamePage => ({
  from: pageStart,
  limit: pageSize + 1,
  isCounted: count === 'true',
})

/** Cuts the page and announces the next one. @returns what is on it */
export function cutNamePage<Item>(
  c: AppContext,
  listed: Listed<Item>,
  { pageSize }: PageQuery,
  nameOf: (item: Item) => string,
): Item[] {
  const page = cutPage(listed.items, pageSize, nameOf)
  announcePage(c, page, listed.total)
  return [...page.items]
}
