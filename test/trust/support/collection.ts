/** A collection of a publisher, whose documents have nothing wrong with them unless they are told. */
import type { TestKey } from './keys.ts'
import { aCertifiedKey, aKey } from './keys.ts'
import {
  aRoot,
  aSnapshot,
  aTargets,
  type Bytes,
  type RootKeys,
  type RootOptions,
  type SnapshotOptions,
  type TargetsOptions,
} from './documents.ts'
import { MemoryServer } from './memory-server.ts'

export const gun = 'registry.example.com/acme/app'

export interface TestCollection {
  readonly gun: string
  readonly server: MemoryServer
  readonly keys: RootKeys
  readonly rootKey: TestKey
  readonly targetsKey: TestKey
  readonly root: (options?: Partial<RootOptions>) => Promise<Bytes>
  readonly targets: (options?: Partial<TargetsOptions>) => Promise<Bytes>
  /** A snapshot by the client's key; what it names has to be said. */
  readonly snapshot: (options: Partial<SnapshotOptions> & Pick<SnapshotOptions, 'files'>) => Promise<Bytes>
}

export interface CollectionOptions {
  readonly gun?: string
  readonly now?: number
  /** Docker leaves the snapshot to the server, while the notary command keeps it, until told. */
  readonly snapshotBy?: 'server' | 'client'
}

/** Makes the keys of a collection, those of the server too. Nothing is published yet. */
export async function aCollection(options: CollectionOptions = {}): Promise<TestCollection> {
  const server = new MemoryServer(options.gun ?? gun, options.now ?? Date.now())
  const [rootKey, targetsKey] = [await aCertifiedKey(server.gun), await aKey('ecdsa')]
  const snapshotKey = options.snapshotBy === 'client' ? await aKey('ecdsa') : await server.newKey()
  const timestampKey = await server.newKey()
  const keys = { root: [rootKey], targets: [targetsKey], snapshot: [snapshotKey], timestamp: [timestampKey] }
  return {
    gun: server.gun,
    server,
    keys,
    rootKey,
    targetsKey,
    root: (fields) => aRoot({ keys, ...fields }),
    targets: (fields) => aTargets({ signers: [targetsKey], ...fields }),
    snapshot: (fields) => aSnapshot({ signers: [snapshotKey], ...fields }),
  }
}

/** A collection after Docker's first push: root, and the second version of targets. */
export async function aPublishedCollection(
  options: CollectionOptions & Partial<TargetsOptions> = {},
): Promise<TestCollection> {
  const { gun: name, now, snapshotBy, ...targetsOptions } = options
  const collection = await aCollection({
    ...(name !== undefined && { gun: name }),
    ...(now !== undefined && { now }),
    ...(snapshotBy !== undefined && { snapshotBy }),
  })
  const [root, targets] = [await collection.root(), await collection.targets(targetsOptions)]
  const files = { root, targets }
  const snapshot = snapshotBy === 'client' ? { snapshot: await collection.snapshot({ files }) } : {}
  const outcome = await collection.server.publish({ ...files, ...snapshot })
  if ('refusal' in outcome) throw new Error(`the first push is refused: ${JSON.stringify(outcome.refusal)}`)
  return collection
}
