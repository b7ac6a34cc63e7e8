/** The replicas of the registry: what they report, and what an operator does with them. All works without a majority. */
import { z } from '@hono/zod-openapi'
import { longestDrillSeconds } from '../../limits.ts'
import { clusterStatus } from './cluster-status-json.ts'
import { recordReplicaChange, type ReplicaChange } from '../../replicas/log.ts'
import { locations } from '../../replicas/locations.ts'
import { drillReplica, emergencyRepair, joinReplica, removeReplica } from '../../replicas/membership.ts'
import { currentReadOnly } from '../../replicas/read-only.ts'
import { forgetClusterView } from '../../replicas/view-cache.ts'
import type { ClusterView } from '../../replicas/views.ts'
import { isoTime } from '../../util/iso-time.ts'
import { type AppContext } from '../app-context.ts'
import { freshClusterView } from '../majority.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals, time } from '../shared/schemas.ts'

export const cluster = apiRouter()

/** Drops the cached view, so that the next request sees the change. */
async function noteChange(c: AppContext, change: ReplicaChange): Promise<void> {
  forgetClusterView(c.env.REPLICAS)
  await recordReplicaChange(c.get('context'), change)
}

const rows = z.array(z.record(z.string(), z.unknown()))
const status = z
  .object({
    rethink_system_tables: z.object({
      cluster_config: rows,
      current_issues: rows,
      db_config: rows,
      server_status: rows,
      stats: rows,
      table_config: rows,
      table_status: rows,
    }),
    replica_health: z.record(z.string(), z.string()),
    replica_timestamp: z.record(z.string(), time),
    replica_readonly: z.record(z.string(), z.boolean()),
    gc_lock_holder: z.string(),
  })
  .openapi('ClusterStatus')

const getStatusRoute = defineRoute({
  access: { administratorsMay: 'see the state of the cluster' },
  method: 'get',
  path: '/meta/cluster_status',
  tags: ['meta'],
  summary: 'Get the reports of the replicas about themselves and each other',
  description: 'For system administrators. Load balancers should use `/health` instead.',
  responses: { 200: jsonOf(status, 'the state of the cluster'), ...refusals(401, 403, 503) },
})

cluster.openapi(getStatusRoute, async function getStatus(c) {
  const { db, now } = c.get('context')
  const [view, mode] = await Promise.all([freshClusterView(c), currentReadOnly(db, now)])
  return c.json(clusterStatus(view, mode.on, now), 200)
})

const replicaId = z
  .string()
  .regex(/^[0-9a-f]{12}$/, { error: 'the id of a replica is twelve hexadecimal digits' })
  .openapi({ param: { name: 'id', in: 'path' }, example: '0123456789ab' })
const replicaPath = z.object({ id: replicaId })
const location = z.enum(locations).openapi('ReplicaLocation')

const replica = z
  .object({
    id: z.string(),
    location: z.string(),
    healthy: z.boolean(),
    error: z.string().openapi({ description: 'empty if healthy' }),
    answers: z.boolean().openapi({ description: 'whether it answered this request' }),
    reportedAt: time.optional().openapi({ description: 'when it last checked its subsystems, if known' }),
    startedAt: time.optional(),
    probes: z.array(z.object({ subsystem: z.string(), error: z.string(), milliseconds: z.number() })),
  })
  .openapi('Replica')

const replicas = z
  .object({
    epoch: z.int(),
    healthy: z.int(),
    majority: z.int(),
    hasMajority: z.boolean(),
    error: z.string().openapi({ description: 'the problem of the cluster; empty while it has a majority' }),
    replicas: z.array(replica),
  })
  .openapi('Replicas')

function shown({ epoch, members, views, verdicts }: ClusterView): z.infer<typeof replicas> {
  const { healthyCount: healthy, majority, hasMajority, error } = verdicts
  const each = members.map((member) => {
    const view = views.get(member.id)
    const verdict = verdicts.replicas[member.id] ?? { healthy: false, error: '', at: 0 }
    return {
      id: member.id,
      location: member.location,
      healthy: verdict.healthy,
      error: verdict.error,
      answers: view !== undefined,
      ...(verdict.at === 0 ? {} : { reportedAt: isoTime(verdict.at) }),
      ...(view === undefined ? {} : { startedAt: isoTime(view.startedAt) }),
      probes: (view?.probes ?? []).map(({ subsystem, error: why = '', milliseconds }) => ({
        subsystem,
        error: why,
        milliseconds,
      })),
    }
  })
  return { epoch, healthy, majority, hasMajority, error, replicas: each }
}

const getReplicasRoute = defineRoute({
  access: { administratorsMay: 'see the replicas' },
  method: 'get',
  path: '/admin/replicas',
  tags: ['admin'],
  summary: 'List the replicas and their health',
  description: 'For system administrators.',
  responses: { 200: jsonOf(replicas, 'the replicas'), ...refusals(401, 403, 503) },
})

cluster.openapi(getReplicasRoute, async function getReplicas(c) {
  return c.json(shown(await freshClusterView(c)), 200)
})

const members = z
  .object({ epoch: z.int(), members: z.array(z.object({ id: z.string(), location: z.string() })) })
  .openapi('ReplicaMembers')

const joined = z
  .object({ id: z.string(), location: z.string(), epoch: z.int(), members: members.shape.members })
  .openapi('JoinedReplica')

const membersOf = (state: { readonly members: readonly { readonly id: string; readonly location: string }[] }) =>
  state.members.map(({ id, location: where }) => ({ id, location: where }))

const postReplicaRoute = defineRoute({
  access: { administratorsMay: 'join a replica', worksWithoutMajority: true },
  method: 'post',
  path: '/admin/replicas',
  tags: ['admin'],
  summary: 'Add a new replica to the cluster',
  description:
    'For system administrators. Without a location, the registry chooses one where no other replica is. A cluster has at most seven replicas.',
  request: { body: { ...bodyOf(z.strictObject({ location: location.optional() })), required: false } },
  responses: { 201: jsonOf(joined, 'the new replica'), ...refusals(400, 401, 403, 409, 429, 503) },
})

cluster.openapi(postReplicaRoute, async function postReplica(c) {
  const { name: by } = requireAccount(c)
  const { location: where } = c.req.valid('json')
  const { member, state } = await joinReplica(c.get('context'), where)
  await noteChange(c, { by, replica: member.id, operation: 'join', details: { location: member.location } })
  return c.json({ id: member.id, location: member.location, epoch: state.epoch, members: membersOf(state) }, 201)
})

const deleteReplicaRoute = defineRoute({
  access: { administratorsMay: 'remove a replica', worksWithoutMajority: true },
  method: 'delete',
  path: '/admin/replicas/{id}',
  tags: ['admin'],
  summary: 'Remove a replica from the cluster',
  description: 'For system administrators. A removed replica cannot return; add a new one in its place.',
  request: { params: replicaPath },
  responses: { 200: jsonOf(members, 'the remaining replicas'), ...refusals(400, 401, 403, 404, 409, 429, 503) },
})

cluster.openapi(deleteReplicaRoute, async function deleteReplica(c) {
  const { name: by } = requireAccount(c)
  const { id } = c.req.valid('param')
  const state = await removeReplica(c.get('context'), id)
  await noteChange(c, { by, replica: id, operation: 'remove' })
  return c.json({ epoch: state.epoch, members: membersOf(state) }, 200)
})

const repairRoute = defineRoute({
  access: { administratorsMay: 'repair the cluster', worksWithoutMajority: true },
  method: 'post',
  path: '/admin/replicas/{id}/emergency_repair',
  tags: ['admin'],
  summary: 'Make one replica the whole cluster after the majority is lost for good',
  description:
    'For system administrators. Evicts all other replicas, which can never vote again; then add new ones, one by one. Refused while a majority is healthy, unless forced.',
  request: {
    params: replicaPath,
    body: { ...bodyOf(z.strictObject({ force: z.boolean().default(false) })), required: false },
  },
  responses: { 200: jsonOf(members, 'the new cluster'), ...refusals(400, 401, 403, 404, 409, 429, 503) },
})

cluster.openapi(repairRoute, async function repair(c) {
  const { name: by } = requireAccount(c)
  const { id } = c.req.valid('param')
  const { force } = c.req.valid('json')
  const state = await emergencyRepair(c.get('context'), id, force)
  await noteChange(c, { by, replica: id, operation: 'emergency-repair', details: { epoch: state.epoch } })
  return c.json({ epoch: state.epoch, members: membersOf(state) }, 200)
})

const drillRoute = defineRoute({
  access: { administratorsMay: 'take a replica out of service', worksWithoutMajority: true },
  method: 'post',
  path: '/admin/replicas/{id}/drill',
  tags: ['admin'],
  summary: 'Take a replica out of service temporarily, as a drill',
  description: 'For system administrators. Zero seconds return it to service.',
  request: {
    params: replicaPath,
    body: bodyOf(z.strictObject({ seconds: z.int().min(0).max(longestDrillSeconds) })),
  },
  responses: {
    200: jsonOf(
      z.object({ id: z.string(), until: time.optional() }),
      'when it returns to service; without `until` it is in service',
    ),
    ...refusals(400, 401, 403, 404, 409, 503),
  },
})

cluster.openapi(drillRoute, async function drill(c) {
  const { name: by } = requireAccount(c)
  const { id } = c.req.valid('param')
  const { seconds } = c.req.valid('json')
  const until = seconds === 0 ? 0 : Date.now() + seconds * 1000
  await drillReplica(c.get('context'), id, until)
  await noteChange(c, { by, replica: id, operation: 'drill', details: { seconds } })
  return c.json({ id, ...(until === 0 ? {} : { until: isoTime(until) }) }, 200)
})
