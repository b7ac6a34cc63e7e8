/**
 * The root by which an owner hands the roles `timestamp` and `snapshot` over to the registry, both at once. Notary's
 * command rotates one of them at a time, which needs the former server for the other.
 */
import { canonicalJson, readJson } from '../tuf/canonical-json.ts'
import { writeTime } from '../tuf/times.ts'

/** A key as documents have it. */
export interface WrittenKey {
  readonly keyId: string
  readonly key: object
}

export interface ServerKeysOfRoot {
  readonly timestamp: WrittenKey
  readonly snapshot: WrittenKey
}

/** A root as it is read, as far as this needs it. */
interface RootFields {
  readonly version: number
  readonly keys: Readonly<Record<string, object>>
  readonly roles: Readonly<Record<string, { readonly keyids: readonly string[] }>>
}

const tenYears = 3650 * 86_400_000

/** Returns the canonical form of a root that follows another one, and names the keys of the registry. */
export function adoptedRoot(former: Uint8Array, { timestamp, snapshot }: ServerKeysOfRoot, now: number): string {
  const signed = signedPart(former)
  const replaced = new Set([signed.roles['timestamp'], signed.roles['snapshot']].flatMap((role) => role?.keyids ?? []))
  const kept = Object.entries(signed.keys).filter(([keyId]) => !replaced.has(keyId))
  return canonicalJson({
    ...signed,
    version: signed.version + 1,
    expires: writeTime(now + tenYears),
    keys: Object.fromEntries([
      ...kept,
      [timestamp.keyId, timestamp.key] as const,
      [snapshot.keyId, snapshot.key] as const,
    ]),
    roles: {
      ...signed.roles,
      timestamp: { keyids: [timestamp.keyId], threshold: 1 },
      snapshot: { keyids: [snapshot.keyId], threshold: 1 },
    },
  })
}

/** Returns the canonical form of what the signatures of a document cover. */
export const signedMessageOf = (document: Uint8Array): string => canonicalJson(signedPart(document))

function signedPart(document: Uint8Array): RootFields {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry has verified the root, and verifies the next one
  return (readJson(document) as { readonly signed: RootFields }).signed
}
