/** The locations of replicas, and how the object of a replica is found. */
import { toHex } from '../util/hex.ts'
import type { Member } from './consensus/quorum.ts'
import type { ReplicaRpc } from './types.ts'

/** Location hints in the order in which a cluster uses them: three replicas are on three continents. */
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

/** Returns the first location that no member has, or the one that the fewest have. */
export function nextLocation(members: readonly Member[]): Location {
  const [best] = locations
    .map((location) => ({ location, used: members.filter((member) => member.location === location).length }))
    .sort((one, other) => one.used - other.used)
  return best?.location ?? 'weur'
}

/** Makes an id of twelve hexadecimal digits, as DTR names its replicas. */
export function freshReplicaId(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(6)))
}

/** Returns the stub of a replica. The platform places an object where its first caller wished, once and for all. */
export function stubOf(
  namespace: DurableObjectNamespace<ReplicaRpc>,
  { id, location }: Member,
): DurableObjectStub<ReplicaRpc> {
  return namespace.get(namespace.idFromName(id), isLocation(location) ? { locationHint: location } : {})
}
