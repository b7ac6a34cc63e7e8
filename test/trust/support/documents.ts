/** Documents as the clients of Notary make them, and in every way wrong. */
import { canonicalJson } from '../../../src/trust/tuf/canonical-json.ts'
import { toBase64 } from '../../../src/trust/tuf/base64.ts'
import type { BaseRole, Delegation } from '../../../src/trust/tuf/roles.ts'
import type { TestKey } from './keys.ts'

export type Bytes = Uint8Array<ArrayBuffer>

export const day = 86_400_000

export const bytesOf = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text))

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

interface Common {
  readonly version?: number
  /** RFC 3339. */
  readonly expires?: string
  /** Who signs, where it is not those who should. */
  readonly signers?: readonly TestKey[]
  /** What becomes of the part that is signed. */
  readonly change?: (signed: Fields) => object
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests change what they like in it
export type Fields = Record<string, any>

export type RootKeys = Readonly<Record<BaseRole, readonly TestKey[]>>

/** Signs a document and writes it as Go's clients do, with what HTML gives a meaning escaped on the wire. */
export async function seal(signed: object, signers: readonly TestKey[]): Promise<Bytes> {
  const message = canonicalJson(signed)
  const signatures = await Promise.all(signers.map((key) => signatureBy(key, bytesOf(message))))
  const escaped = message.replaceAll(
    // oxlint-disable-next-line no-control-regex -- canonical JSON has control characters as they are
    /[\u0000-\u001F<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return bytesOf(`{"signed":${escaped},"signatures":${JSON.stringify(signatures)}}`)
}

export const signatureBy = async (key: TestKey, message: Bytes): Promise<object> => ({
  keyid: key.id,
  method: key.method,
  sig: toBase64(await key.sign(message)),
})

/** A key as it stands in documents. */
export const written = (...keys: readonly TestKey[]): Fields =>
  Object.fromEntries(
    keys.map(({ id, publicKey: { type, bytes } }) => [
      id,
      { keytype: type, keyval: { private: null, public: toBase64(bytes) } },
    ]),
  )

export const idsOf = (keys: readonly TestKey[]): string[] => keys.map(({ id }) => id)

const make = (defaults: Fields, common: Common, signers: readonly TestKey[]): Promise<Bytes> => {
  const { version = 1, expires = '2046-11-20T11:22:01.599005664Z', change = (signed) => signed } = common
  return seal(change({ ...defaults, version, expires }), common.signers ?? signers)
}

export interface RootOptions extends Common {
  readonly keys: RootKeys
  /** Certificates of former versions, which stay in the document. */
  readonly former?: readonly TestKey[]
  readonly threshold?: number
}

export function aRoot({ keys, former = [], threshold = 1, ...common }: RootOptions): Promise<Bytes> {
  const { root, targets, snapshot, timestamp } = keys
  const role = (of: readonly TestKey[], least = 1): Fields => ({ keyids: idsOf(of), threshold: least })
  const signed = {
    _type: 'Root',
    consistent_snapshot: false,
    keys: written(...former, ...root, ...targets, ...snapshot, ...timestamp),
    roles: {
      root: role(root, threshold),
      targets: role(targets),
      snapshot: role(snapshot),
      timestamp: role(timestamp),
    },
  }
  return make(signed, common, root)
}

export interface DelegationOptions {
  readonly name: Delegation
  readonly keys: readonly TestKey[]
  readonly threshold?: number
  readonly paths?: readonly string[]
}

export interface TargetsOptions extends Common {
  readonly signers: readonly TestKey[]
  /** Digests (sha256, in hexadecimal digits) by tag. */
  readonly targets?: Readonly<Record<string, string>>
  readonly delegations?: readonly DelegationOptions[]
}

/** The document of `targets`, or of a delegation. Docker's first has version 2. */
export function aTargets({ targets = {}, delegations = [], ...common }: TargetsOptions): Promise<Bytes> {
  const signed = {
    _type: 'Targets',
    delegations: {
      keys: written(...delegations.flatMap(({ keys }) => keys)),
      roles: delegations.map(({ name, keys, threshold = 1, paths = [''] }) => ({
        keyids: idsOf(keys),
        name,
        paths,
        threshold,
      })),
    },
    targets: Object.fromEntries(
      Object.entries(targets).map(([tag, sha256]) => [tag, { hashes: { sha256: base64OfHex(sha256) }, length: 528 }]),
    ),
  }
  return make(signed, { version: 2, ...common }, common.signers)
}

export interface SnapshotOptions extends Common {
  readonly signers: readonly TestKey[]
  /** The files that it names, by role. */
  readonly files: Readonly<Record<string, Bytes>>
}

export async function aSnapshot({ files, ...common }: SnapshotOptions): Promise<Bytes> {
  const entries = Object.entries(files).map(async ([role, bytes]) => [role, await metaOf(bytes)] as const)
  return make({ _type: 'Snapshot', meta: Object.fromEntries(await Promise.all(entries)) }, common, common.signers)
}

export async function metaOf(bytes: Bytes): Promise<Fields> {
  const digest = async (algorithm: string): Promise<string> =>
    toBase64(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)))
  return { hashes: { sha256: await digest('SHA-256'), sha512: await digest('SHA-512') }, length: bytes.length }
}

const base64OfHex = (hex: string): string =>
  toBase64(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))
