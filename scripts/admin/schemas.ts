/** What the API answers, as far as it is shown; whatever else it says goes into the JSON as it is. */
import * as z from 'zod'

export const account = z.looseObject({
  id: z.string(),
  name: z.string(),
  fullName: z.string(),
  isOrg: z.boolean(),
  isActive: z.boolean(),
  isAdmin: z.boolean(),
  membersCount: z.number().optional(),
  teamsCount: z.number().optional(),
})
export type Account = z.infer<typeof account>
export const accounts = z.object({ accounts: z.array(account) })

export const memberOrganizations = z.object({
  memberOrgs: z.array(z.looseObject({ org: account, isAdmin: z.boolean() })),
})

export const member = z.looseObject({ member: account, isAdmin: z.boolean() })
export type Member = z.infer<typeof member>
export const members = z.object({ members: z.array(member) })

export const team = z.looseObject({ name: z.string(), description: z.string(), membersCount: z.number() })
export const teams = z.object({ teams: z.array(team) })

export const teamAccess = z.looseObject({ accessLevel: z.string(), team: z.looseObject({ name: z.string() }) })
export const teamAccessList = z.object({ teamAccessList: z.array(teamAccess) })

export const repository = z.looseObject({
  namespace: z.string(),
  name: z.string(),
  shortDescription: z.string(),
  longDescription: z.string(),
  visibility: z.string(),
  immutableTags: z.boolean(),
  tagLimit: z.number(),
  pulls: z.number(),
  pushes: z.number(),
})
export type Repository = z.infer<typeof repository>
export const repositories = z.object({ repositories: z.array(repository) })

export const tag = z.looseObject({
  name: z.string(),
  digest: z.string(),
  author: z.string(),
  updatedAt: z.string(),
  manifest: z.looseObject({ os: z.string(), architecture: z.string(), size: z.number() }).nullable(),
})
export type Tag = z.infer<typeof tag>

export const pruningPolicy = z.looseObject({
  id: z.string(),
  enabled: z.boolean(),
  rules: z.array(z.object({ field: z.string(), operator: z.string(), values: z.array(z.string()) })),
  lastPrunedAt: z.string(),
  tagsSince: z.string().optional(),
})
export type PruningPolicy = z.infer<typeof pruningPolicy>
export const prunedTag = z.object({ name: z.string(), digest: z.string() })

export const repositoryAccessList = z.object({
  repositoryAccessList: z.array(z.looseObject({ accessLevel: z.string(), repository })),
})

export const token = z.looseObject({
  hashedToken: z.string(),
  tokenLabel: z.string(),
  isActive: z.boolean(),
  createdAt: z.string(),
  createdBy: z.string(),
  lastUsed: z.string(),
  creatorUa: z.string(),
})
export type Token = z.infer<typeof token>
export const newToken = token.extend({ token: z.string() })

export const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

export const event = z.looseObject({
  publishedAt: z.string(),
  actorName: z.string(),
  type: z.string(),
  object: z.looseObject({ type: z.string(), name: z.string(), content: z.string().optional() }),
  repository: z.string(),
})
export const events = z.object({ events: z.array(event) })

export const replicas = z.looseObject({
  healthy: z.number(),
  majority: z.number(),
  hasMajority: z.boolean(),
  error: z.string(),
  replicas: z.array(
    z.looseObject({
      id: z.string(),
      location: z.string(),
      healthy: z.boolean(),
      answers: z.boolean(),
      error: z.string(),
      reportedAt: z.string().optional(),
    }),
  ),
})
export type Replicas = z.infer<typeof replicas>
export const replicaMembers = z.looseObject({
  epoch: z.number(),
  members: z.array(z.looseObject({ id: z.string(), location: z.string() })),
})
export const joinedReplica = replicaMembers.extend({ id: z.string(), location: z.string() })
export const replicaDrill = z.looseObject({ id: z.string(), until: z.string().optional() })

export const readOnlyMode = z.looseObject({
  on: z.boolean(),
  reason: z.string(),
  until: z.string().optional(),
  by: z.string(),
})
export type ReadOnlyMode = z.infer<typeof readOnlyMode>

export const fsckPage = z.looseObject({
  findings: z.array(z.looseObject({ kind: z.string(), subject: z.string(), repository: z.string(), why: z.string() })),
  checked: z.record(z.string(), z.number()),
  next: z.string().optional(),
})
export type AuditFinding = z.infer<typeof fsckPage>['findings'][number]

export const job = z.looseObject({
  id: z.string(),
  retryFromID: z.string(),
  workerID: z.string(),
  status: z.string(),
  waitingFor: z.string().optional(),
  action: z.string(),
  scheduledAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  retriesLeft: z.number(),
  retriesTotal: z.number(),
  parameters: z.record(z.string(), z.unknown()),
  deadline: z.string(),
})
export type Job = z.infer<typeof job>
export const jobs = z.object({ jobs: z.array(job) })
export const jobLog = z.array(z.object({ data: z.string(), lineNum: z.number() }))

export const cron = z.looseObject({
  action: z.string(),
  schedule: z.string(),
  deadline: z.string(),
  nextRun: z.string(),
})
export type Cron = z.infer<typeof cron>
export const crons = z.object({ crons: z.array(cron) })
