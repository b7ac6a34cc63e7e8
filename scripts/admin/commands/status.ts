/** `status`: one screen about the registry, for a person or a monitor. */
import * as z from 'zod'
import { answer, type Api } from '../api.ts'
import { command } from '../command.ts'
import { urlOf } from '../connection.ts'
import { capabilityStatus } from '../capability-groups.ts'
import { listJobs } from '../jobs.ts'
import {
  alertFields,
  installationFields,
  isCritical,
  jobFields,
  readOnlyFields,
  replicaFields,
  statusOf,
  type Found,
  type Health,
  type StatusPart,
} from '../status.ts'

const mostJobs = 20
const patienceMilliseconds = 10_000

const ofCore: readonly StatusPart[] = [
  {
    name: 'installation',
    async read(api) {
      const data = await answer(api.GET('/api/v0/admin/installation'))
      return { data, fields: installationFields(data) }
    },
  },
  {
    name: 'replicas',
    async read(api) {
      const data = await answer(api.GET('/api/v0/admin/replicas'))
      return { data, fields: replicaFields(data), isBad: !data.hasMajority }
    },
  },
  {
    name: 'readOnly',
    async read(api) {
      const data = await answer(api.GET('/api/v0/admin/read_only'))
      return { data, fields: readOnlyFields(data) }
    },
  },
  {
    name: 'jobs',
    async read(api) {
      const data = await listJobs(api, { running: 'true' }, mostJobs)
      return { data, fields: jobFields(data) }
    },
  },
]

/** Comes last, as it is what an operator has to act on. */
const alerts: StatusPart = {
  name: 'alerts',
  async read(api) {
    const data = await answer(api.GET('/api/v0/meta/alerts'))
    return { data, fields: alertFields(data), isBad: data.some(isCritical) }
  },
}

export const status = command({
  name: 'status',
  summary: 'Show on one screen how the registry is; ends with 1 when it needs an operator',
  example: 'status --json',
  async run(_args, _options, context) {
    const { origin } = urlOf(context.destination)
    const health = await askHealth(origin)
    if ('unreachable' in health) return statusOf(origin, health, [])
    const parts: Found[] = []
    for (const part of [...ofCore, ...capabilityStatus, alerts]) parts.push(await find(part, () => context.api))
    return statusOf(origin, health, parts)
  },
})

async function find(part: StatusPart, connected: () => Api): Promise<Found> {
  const { name } = part
  try {
    return { name, told: await part.read(connected()) }
  } catch (error) {
    return { name, unknown: error instanceof Error ? error.message : String(error) }
  }
}

const healthAnswer = z.object({ Healthy: z.boolean(), Error: z.string() })

/** Asks for what no login is needed for. */
async function askHealth(origin: string): Promise<Health> {
  try {
    const signal = AbortSignal.timeout(patienceMilliseconds)
    const response = await fetch(`${origin}/health`, { redirect: 'manual', signal })
    const { Healthy: healthy, Error: error } = healthAnswer.parse(await response.json())
    return { healthy, error }
  } catch (error) {
    return { unreachable: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'what answers there is no Breakwater registry'
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
