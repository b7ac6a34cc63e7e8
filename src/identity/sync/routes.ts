/** The sync with the directory in DTR's form: where members come from, and the order to sync now. */
import { z } from '@hono/zod-openapi'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { jobsContext, requirePasswordForAction, workAfterAnswer } from '../../routes/api/background-jobs.ts'
import { jobJson, jobSchema } from '../../routes/api/job-json.ts'
import { organizationPath, teamPath } from '../../routes/enzi/schemas.ts'
import { RegistryError } from '../../errors.ts'
import { requireOrganization, requireTeam } from '../../routes/shared/guards.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { lazily } from '../../util/lazy.ts'
import { syncAction } from './action.ts'
import { memberOptionsOf, memberSyncOptions, type MemberSyncOptions } from './member-options.ts'
import { readMemberSync, writeMemberSync } from './member-syncs-store.ts'
import { syncParameters } from './parameters.ts'

const loadFilters = lazily(() => import('../ldap/filters.ts'))

export const syncRoutes = apiRouter()

/** Requires what the schema of the options cannot see. @throws directoryError `directory-settings-invalid` */
async function requireSound({ searchFilter }: MemberSyncOptions): Promise<void> {
  const { requireFilter } = await loadFilters()
  requireFilter('searchFilter', searchFilter)
}

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

syncRoutes.openapi(getTeam, async function getTeamMemberSync(c) {
  const { orgname, teamname } = c.req.valid('param')
  const deed = { kind: 'see-team-members', team: teamname } as const
  const { organization, team } = await requireTeam(c, orgname, teamname, 'manage', deed)
  return c.json(memberOptionsOf(await readMemberSync(c.get('context').db, { organization, team })), 200)
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

syncRoutes.openapi(putTeam, async function putTeamMemberSync(c) {
  const { orgname, teamname } = c.req.valid('param')
  const options = c.req.valid('json')
  const deed = { kind: 'declared-by-route', words: `sync the team ${orgname}/${teamname} with the directory` } as const
  const { account, organization, team } = await requireTeam(c, orgname, teamname, 'manage', deed)
  requirePassword(c, deed)
  const { db, now } = c.get('context')
  await requireSound(options)
  const setting = { options, isEnabled: options.enableSync }
  const isWritten = await writeMemberSync(db, { organization, team }, setting, { by: account.name, now })
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

syncRoutes.openapi(getOwners, async function getOwnersSync(c) {
  const { orgname } = c.req.valid('param')
  const deed = { kind: 'see-members', organization: orgname } as const
  const { organization } = await requireOrganization(c, orgname, 'manage', deed)
  return c.json(memberOptionsOf(await readMemberSync(c.get('context').db, { organization, team: undefined })), 200)
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

syncRoutes.openapi(putOwners, async function putOwnersSync(c) {
  const { orgname } = c.req.valid('param')
  const options = c.req.valid('json')
  const deed = { kind: 'declared-by-route', words: `sync the owners of ${orgname} with the directory` } as const
  const { account, organization } = await requireOrganization(c, orgname, 'manage', deed)
  requirePassword(c, deed)
  const { db, now } = c.get('context')
  const group = { organization, team: undefined }
  await requireSound(options)
  const setting = { options, isEnabled: options.enableSync }
  const isWritten = await writeMemberSync(db, group, setting, { by: account.name, now })
  if (!isWritten) throw new RegistryError({ kind: 'account-unknown', name: orgname })
  return c.json(options, 200)
})

const postJob = defineRoute({
  access: { administratorsMay: 'sync users and teams with the directory' },
  method: 'post',
  path: '/jobs',
  tags: ['directory'],
  summary: 'Sync with the directory now',
  description:
    'For system administrators, with a password or a session. As `POST /api/v0/jobs` with this action, which also takes the parameters `dryRun` and `force`.',
  request: { body: bodyOf(z.object({ action: z.literal(syncAction) }).openapi('DirectoryJob')) },
  responses: { 202: jsonOf(jobSchema, 'the waiting job'), ...refusals(400, 401, 403, 409, 503) },
})

syncRoutes.openapi(postJob, async function postSyncJob(c) {
  const { name: by } = requireAccount(c)
  requirePasswordForAction(c, syncAction)
  const { now } = c.get('context')
  const parameters = syncParameters.parse({})
  const order = { action: syncAction, parameters, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
  const job = await enqueueJob(jobsContext(c), order, now, { by, now })
  workAfterAnswer(c, job.id)
  return c.json(jobJson(job), 202)
})
