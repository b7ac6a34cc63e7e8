/** Where the members of a team and the owners of an organization come from, in DTR's form. */
import { organizationPath, teamPath } from '../../routes/enzi/schemas.ts'
import { RegistryError } from '../../errors.ts'
import { requireOrganization, requireTeam } from '../../routes/shared/guards.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requirePassword } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { memberSyncOptions } from './member-options.ts'
import { readMemberSync, writeMemberSync } from './member-syncs-store.ts'

export const memberSyncRoutes = apiRouter()

const answer = jsonOf(memberSyncOptions, 'how the members are found')

const getTeam = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/teams/{teamname}/memberSyncConfig',
  tags: ['directory'],
  summary: 'Get how the members of a team are found in the directory',
  description: 'For owners of the organization and administrators.',
  request: { params: teamPath },
  responses: { 200: answer, ...refusals(400, 401, 403, 404) },
})

memberSyncRoutes.openapi(getTeam, async function getTeamMemberSync(c) {
  const { orgname, teamname } = c.req.valid('param')
  const deed = { kind: 'see-team-members', team: teamname } as const
  const { organization, team } = await requireTeam(c, orgname, teamname, 'manage', deed)
  return c.json(await readMemberSync(c.get('context').db, { organization, team }), 200)
})

const putTeam = defineRoute({
  access: 'users',
  method: 'put',
  path: '/accounts/{orgname}/teams/{teamname}/memberSyncConfig',
  tags: ['directory'],
  summary: 'Set how the members of a team are found in the directory',
  description:
    'For owners of the organization and administrators, with a password or a session. While it is on, users of the directory come to the team and leave it by the job `ldap-sync` alone; other users can still be added and removed.',
  request: { params: teamPath, body: bodyOf(memberSyncOptions) },
  responses: { 200: answer, ...refusals(400, 401, 403, 404) },
})

memberSyncRoutes.openapi(putTeam, async function putTeamMemberSync(c) {
  const { orgname, teamname } = c.req.valid('param')
  const options = c.req.valid('json')
  const deed = { kind: 'declared-by-route', words: `sync the team ${orgname}/${teamname} with the directory` } as const
  const { account, organization, team } = await requireTeam(c, orgname, teamname, 'manage', deed)
  requirePassword(c, deed)
  const { db, now } = c.get('context')
  const isWritten = await writeMemberSync(db, { organization, team }, options, { by: account.name, now })
  if (!isWritten) throw new RegistryError({ kind: 'team-unknown', organization: orgname, name: teamname })
  return c.json(options, 200)
})

const getOwners = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/adminMemberSyncConfig',
  tags: ['directory'],
  summary: 'Get how the owners of an organization are found in the directory',
  description: 'For owners of the organization and administrators.',
  request: { params: organizationPath },
  responses: { 200: answer, ...refusals(400, 401, 403, 404) },
})

memberSyncRoutes.openapi(getOwners, async function getOwnersSync(c) {
  const { orgname } = c.req.valid('param')
  const deed = { kind: 'see-members', organization: orgname } as const
  const { organization } = await requireOrganization(c, orgname, 'manage', deed)
  return c.json(await readMemberSync(c.get('context').db, { organization, team: undefined }), 200)
})

const putOwners = defineRoute({
  access: 'users',
  method: 'put',
  path: '/accounts/{orgname}/adminMemberSyncConfig',
  tags: ['directory'],
  summary: 'Set how the owners of an organization are found in the directory',
  description:
    'For owners of the organization and administrators, with a password or a session. While it is on, users of the directory are members of the organization as its owners, by the job `ldap-sync`, or through a team.',
  request: { params: organizationPath, body: bodyOf(memberSyncOptions) },
  responses: { 200: answer, ...refusals(400, 401, 403, 404) },
})

memberSyncRoutes.openapi(putOwners, async function putOwnersSync(c) {
  const { orgname } = c.req.valid('param')
  const options = c.req.valid('json')
  const deed = { kind: 'declared-by-route', words: `sync the owners of ${orgname} with the directory` } as const
  const { account, organization } = await requireOrganization(c, orgname, 'manage', deed)
  requirePassword(c, deed)
  const { db, now } = c.get('context')
  const group = { organization, team: undefined }
  const isWritten = await writeMemberSync(db, group, options, { by: account.name, now })
  if (!isWritten) throw new RegistryError({ kind: 'account-unknown', name: orgname })
  return c.json(options, 200)
})
