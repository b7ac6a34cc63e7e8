/** What `breakwater status` says of a registry: one screen, and whether an operator has to do something. Pure. */
import type { Api, Schemas } from './api.ts'
import { printable, shown, type Cell, type Output } from './output.ts'
import { sizeOf } from '../../src/util/size.ts'

/** A part of the screen. Capabilities have theirs in `commands.ts`, as `status`. */
export interface StatusPart {
  /** The name of the part in the JSON. */
  readonly name: string
  read(api: Api): Promise<Told>
}

export interface Told {
  /** The answer of the API, for programs. */
  readonly data: unknown
  /** The lines of the screen. */
  readonly fields: Readonly<Record<string, Cell>>
  /** Something is wrong that needs an operator. */
  readonly isBad?: boolean
}

/** What was found of a part, or why it cannot be told. */
export type Found = { readonly name: string; readonly told: Told } | { readonly name: string; readonly unknown: string }

/** The answer of `/health`, which anyone may ask for; an error when there is none. */
export type Health = { readonly healthy: boolean; readonly error: string } | { readonly unreachable: string }

/** Puts the parts together. Bad is a registry that is not healthy, has a critical alert, or does not tell all. */
export function statusOf(url: string, health: Health, parts: readonly Found[]): Output {
  const isReachable = !('unreachable' in health)
  const isHealthy = isReachable && health.healthy
  const fields = Object.fromEntries(parts.flatMap((part) => ('told' in part ? Object.entries(part.told.fields) : [])))
  const unknown = parts.flatMap((part) => ('unknown' in part ? [`${part.name} is not known: ${part.unknown}`] : []))
  const screen = shown({}, { registry: url, health: healthWords(health), ...fields })
  return {
    data: {
      url,
      reachable: isReachable,
      healthy: isHealthy,
      error: isReachable ? health.error : health.unreachable,
      ...Object.fromEntries(parts.map((part) => [part.name, 'told' in part ? part.told.data : null])),
      unknown,
    },
    lines: [...screen.lines, ...unknown.map(printable)],
    isBad: !isHealthy || unknown.length > 0 || parts.some((part) => 'told' in part && part.told.isBad === true),
  }
}

function healthWords(health: Health): string {
  if ('unreachable' in health) return `NOT REACHABLE: ${health.unreachable}`
  return health.healthy ? 'healthy' : `NOT HEALTHY: ${health.error}`
}

export const installationFields = ({
  version,
  databaseBytes,
  databaseLimitBytes,
  secret,
}: Schemas['Installation']) => ({
  version,
  database: `${sizeOf(databaseBytes)}, ${percentOf(databaseBytes, databaseLimitBytes)} of what D1 takes`,
  // A secret that is not being changed is no news.
  ...(secret.previousName === null ? {} : { secret: `is being changed: ${secret.needPrevious} keys need the old one` }),
})

const percentOf = (part: number, whole: number): string => `${((part / whole) * 100).toFixed(1)} %`

export function replicaFields({ healthy, majority, hasMajority, error, epoch, replicas }: Schemas['Replicas']) {
  const count = `${healthy} of ${replicas.length} healthy, ${majority} needed`
  return {
    ...subsystemFields(replicas),
    replicas: hasMajority ? `${count}: there is a majority (epoch ${epoch})` : `${count}: NO MAJORITY: ${error}`,
  }
}

/** Tells of each subsystem whether the replicas find it working. */
function subsystemFields(replicas: readonly Schemas['Replica'][]): Record<string, string> {
  const probes = replicas.flatMap((replica) => replica.probes)
  return Object.fromEntries(
    [...new Set(probes.map(({ subsystem }) => subsystem))].map((name) => {
      const own = probes.filter(({ subsystem }) => subsystem === name)
      const failed = own.filter(({ error }) => error !== '')
      const why = [...new Set(failed.map(({ error }) => error))].join('; ')
      return [name, failed.length === 0 ? 'works' : `FAILS for ${failed.length} of ${own.length} replicas: ${why}`]
    }),
  )
}

export const readOnlyFields = ({ on, reason, until }: Schemas['ReadOnlyMode']) => ({
  'read-only': on ? `YES, until ${until ?? 'an administrator ends it'}${reason === '' ? '' : `: ${reason}`}` : 'no',
})

export const jobFields = (running: readonly Schemas['Job'][]) => ({
  'running jobs':
    running.length === 0 ? 'none' : running.map(({ id, action, status }) => `${action} (${id}, ${status})`).join(', '),
})

/** Shows the alerts, the critical ones first. */
export function alertFields(alerts: readonly Schemas['Alert'][]): Record<string, string> {
  if (alerts.length === 0) return { alerts: 'none' }
  const critical = alerts.filter(isCritical)
  const sorted = [...critical, ...alerts.filter((alert) => !isCritical(alert))]
  return Object.fromEntries(
    sorted.map((alert, at) => [`alert ${at + 1}`, `${isCritical(alert) ? 'CRITICAL' : alert.class}: ${alert.message}`]),
  )
}

export const isCritical = (alert: Pick<Schemas['Alert'], 'class'>): boolean => alert.class === 'critical'
