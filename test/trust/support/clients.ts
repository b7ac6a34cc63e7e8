/** Clients of Notary, who speak to the registry as Docker and the notary command do. */
import { expect } from 'vitest'
import { fromBase64 } from '../../../src/trust/tuf/base64.ts'
import { keyIdOf } from '../../../src/trust/tuf/keys.ts'
import type { Delegation, ServerRole } from '../../../src/trust/tuf/roles.ts'
import { host, withToken, type Send } from '../../support/client.ts'
import { aLogin } from '../../support/people.ts'
import {
  aRoot,
  aTargets,
  textOf,
  type Bytes,
  type RootKeys,
  type RootOptions,
  type TargetsOptions,
} from './documents.ts'
import { aCertifiedKey, aKey, type TestKey } from './keys.ts'

export const gunOf = (repository: string): string => `${host}/${repository}`
export const trustPath = (gun: string): string => `/v2/${gun}/_trust/tuf/`

/** A client with a token for a GUN, as the endpoint of tokens gives it to a user. */
export async function notaryClient(user: string, gun: string, actions = 'pull,push,*'): Promise<Send> {
  const login = await aLogin(user)
  const scope = encodeURIComponent(`repository:${gun}:${actions}`)
  const response = await login('GET', `/auth/token?service=${host}&scope=${scope}`)
  return withToken((await response.json<{ token: string }>()).token)
}

const boundary = '40818ddd738f40818ddd738f40818ddd738f'

export type Files = Readonly<Record<string, Bytes>> | readonly (readonly [filename: string, bytes: Bytes])[]

/** Uploads documents in the form in which Go's clients write it. */
export function upload(client: Send, gun: string, files: Files): Promise<Response> {
  const parts = Array.isArray(files) ? files : Object.entries(files)
  const pieces = parts.flatMap(([filename, bytes]) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    bytes,
    '\r\n',
  ])
  return sendForm(client, gun, [...pieces, `--${boundary}--\r\n`])
}

export async function sendForm(client: Send, gun: string, pieces: readonly (string | Bytes)[]): Promise<Response> {
  const body = new Uint8Array(await new Blob([...pieces]).arrayBuffer())
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  return client('POST', trustPath(gun), { headers, body })
}

/** Asks for a key that the registry holds. */
export async function serverKey(client: Send, gun: string, role: ServerRole, method = 'GET'): Promise<TestKey> {
  const response = await client(method, `${trustPath(gun)}${role}.key`)
  expect(response.status).toBe(200)
  const { keytype, keyval } = await response.json<{ keytype: string; keyval: { public: string; private: null } }>()
  const publicKey = { type: keytype, bytes: fromBase64(keyval.public) ?? new Uint8Array() }
  const sign = () => Promise.reject(new Error('only the registry has this key'))
  return { id: await keyIdOf(publicKey), publicKey, method: keytype, pair: await pairOfNothing(), sign }
}

/** No test looks at it. */
const pairOfNothing = async (): Promise<CryptoKeyPair> => (await aKey()).pair

/** A publisher who has its keys, and those of the server. */
export interface Publisher {
  readonly client: Send
  readonly gun: string
  readonly keys: RootKeys
  readonly targetsKey: TestKey
  readonly root: (options?: Partial<RootOptions>) => Promise<Bytes>
  readonly targets: (options?: Partial<TargetsOptions>) => Promise<Bytes>
  readonly publish: (files: Files) => Promise<Response>
  readonly get: (file: string) => Promise<Response>
}

/** Begins as Docker does: the registry holds the keys of timestamp and snapshot. @param held keys in their place */
export async function aPublisher(client: Send, gun: string, held: Partial<RootKeys> = {}): Promise<Publisher> {
  const [rootKey, targetsKey] = [await aCertifiedKey(gun), await aKey()]
  const keys = {
    root: [rootKey],
    targets: [targetsKey],
    timestamp: held.timestamp ?? [await serverKey(client, gun, 'timestamp')],
    snapshot: held.snapshot ?? [await serverKey(client, gun, 'snapshot')],
  }
  return {
    client,
    gun,
    keys,
    targetsKey,
    root: (options) => aRoot({ keys, ...options }),
    targets: (options) => aTargets({ signers: [targetsKey], ...options }),
    publish: (files) => upload(client, gun, files),
    get: (file) => client('GET', `${trustPath(gun)}${file}`),
  }
}

/** After Docker's first push: root, and targets with the version 2. */
export async function aPublishedCollection(
  client: Send,
  gun: string,
  targets: Partial<TargetsOptions> = {},
): Promise<Publisher> {
  const publisher = await aPublisher(client, gun)
  await expectOk(publisher.publish({ root: await publisher.root(), targets: await publisher.targets(targets) }))
  return publisher
}

export async function expectOk(sent: Promise<Response>): Promise<void> {
  const response = await sent
  expect([response.status, await response.text()]).toEqual([200, ''])
}

/** What a client reads in a document. */
export interface ReadDocument {
  readonly bytes: Bytes
  readonly version: number
  readonly expires: string
  /** Hashes by role in base64, of a snapshot or a timestamp. */
  readonly hashes: Readonly<Record<string, string>>
}

export async function readFile({ get }: Pick<Publisher, 'get'>, file: string): Promise<ReadDocument> {
  const response = await get(file)
  expect([file, response.status]).toEqual([file, 200])
  const bytes = new Uint8Array(await response.arrayBuffer())
  const { signed } = JSON.parse(textOf(bytes)) as {
    signed: { version: number; expires: string; meta?: Record<string, { hashes: { sha256: string } }> }
  }
  const hashes = Object.entries(signed.meta ?? {}).map(([role, meta]) => [role, meta.hashes.sha256])
  return { bytes, version: signed.version, expires: signed.expires, hashes: Object.fromEntries(hashes) }
}

/** The SHA-256 of a tag's manifest, which a target names. */
export const digestFor = (seed: number): string => seed.toString(16).padStart(64, '0')

/** A delegation that one key signs for. */
export const aDelegation = async (name: Delegation) => ({ name, keys: [await aKey()] })
