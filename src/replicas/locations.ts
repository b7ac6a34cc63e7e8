/** Where replicas run, and how one is found. */
import { toHex } from '../util/hex.ts'
import type { Member } from './consensus/quorum.ts'
import type { ReplicaRpc } from './types.ts'

/** In the order in which a cluster uses them: three replicas are on three continents. */
export const locations = [
  'weur',
  'enam',
  'apac',
  'eeur',
  'wnam',
  'oc',
  'sam',
] as const satisfies DurableObjectLocationHint[]
export type Location = (typeof locations)[number]

export const isLocation = (text: string): text is Location => locations.some((location) => location === text)

/** Far from the others: the first location that none of them has, or the one that the fewest have. */
export function nextLocation(members: readonly Member[]): Location {
  const [best] = locations
    .map((location) => ({ location, used: members.filter((member) => member.location === location).length }))
    .sort((one, other) => one.used - other.used)
  return best?.location ?? 'weur'
}

/** Twelve hexadecimal digits, as DTR names its replicas. */
export function freshReplicaId(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(6)))
}

/** The platform places an object where its first caller wished, once and for all. */
export function stubOf(
  namespace: DurableObjectNamespace<ReplicaRpc>,
  { id, location }: Member,
): DurableObjectStub<ReplicaRpc> {
  return namespace.get(namespace.idFromName(id), isLocation(location) ? { locationHint: location } : {})
}
