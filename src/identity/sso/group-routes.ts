/** The group of the provider that a team follows, under DTR's path. */
import { z } from '@hono/zod-openapi'
import { longestGroupName } from '../../limits.ts'
import { requireTeam } from '../../routes/shared/guards.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requirePassword } from '../../routes/shared/router.ts'
import { accountParameter, bodyOf, jsonOf, lineText, refusals, teamParameter } from '../../routes/shared/schemas.ts'
import { findGroup } from './group-store.ts'
import { linkGroup } from './teams.ts'

export const groupRoutes = apiRouter()

const path = '/accounts/{orgname}/teams/{teamname}/groupLinkConfig'
const params = z.object({ orgname: accountParameter('orgname'), teamname: teamParameter })

const link = z
  .object({
    enableLink: z.boolean().openapi({ description: 'whether the team follows a group of the provider' }),
    groupName: lineText(longestGroupName).default('').openapi({
      description: 'the group, as it stands in the claim or the attribute of groups',
      example: 'registry-developers',
    }),
  })
  .openapi('GroupLinkConfig')

const linkOf = (groupName: string | undefined): z.infer<typeof link> => ({
  enableLink: groupName !== undefined,
  groupName: groupName ?? '',
})

const getLinkRoute = defineRoute({
  access: 'users',
  method: 'get',
  path,
  tags: ['single sign-on'],
  summary: 'Get the group of the provider of single sign-on that a team follows',
  description: 'For owners of the organization.',
  request: { params },
  responses: { 200: jsonOf(link, 'the link'), ...refusals(400, 401, 403, 404) },
})

groupRoutes.openapi(getLinkRoute, async function getGroupLink(c) {
  const { orgname, teamname } = c.req.valid('param')
  const { team } = await requireTeam(c, orgname, teamname, 'manage', { kind: 'change-teams', organization: orgname })
  return c.json(linkOf(await findGroup(c.get('context').db, team.id)), 200)
})

const putLinkRoute = defineRoute({
  access: 'users',
  method: 'put',
  path,
  tags: ['single sign-on'],
  summary: 'Let a team follow a group of the provider of single sign-on',
  description:
    'For owners of the organization, with a password or a session. At each single sign-on the user joins the linked teams of the groups that the provider names, and leaves the other linked teams. Users who log in with a password alone stay.',
  request: { params, body: bodyOf(link) },
  responses: { 200: jsonOf(link, 'the link'), ...refusals(400, 401, 403, 404, 405, 409, 503) },
})

groupRoutes.openapi(putLinkRoute, async function putGroupLink(c) {
  const { orgname, teamname } = c.req.valid('param')
  const deed = { kind: 'change-teams', organization: orgname } as const
  const { account, ...seen } = await requireTeam(c, orgname, teamname, 'manage', deed)
  requirePassword(c, deed)
  const { enableLink, groupName } = c.req.valid('json')
  const { db, now } = c.get('context')
  return c.json(linkOf(await linkGroup(db, seen, { enableLink, groupName }, { by: account.name, now })), 200)
})
