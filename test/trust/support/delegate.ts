/** A collection in memory with signers, of which the registry is one: it looks as its job does, without a database. */
import { expect } from 'vitest'
import {
  decideDelegate,
  signDelegated,
  type AcceptedImage,
  type DelegateDecision,
  type DelegatedDocument,
} from '../../../src/trust/bridge/delegate.ts'
import { readTargets } from '../../../src/trust/tuf/documents.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { isDelegation, type Delegation } from '../../../src/trust/tuf/roles.ts'
import { verifyDelegation } from '../../../src/trust/tuf/verify.ts'
import { aPublishedCollection, type CollectionOptions, type TestCollection } from './collection.ts'
import { aTargets, type DelegationOptions, type Fields, type TargetsOptions } from './documents.ts'
import type { TestKey } from './keys.ts'

export interface Images {
  /** Digests (sha256, in hexadecimal digits) by tag. */
  readonly [tag: string]: string
}

export const imageLength = 528

/** What the registry accepts, each with the length that test targets have. */
export const acceptedOf = (images: Images): ReadonlyMap<string, AcceptedImage> =>
  new Map(
    Object.entries(images).map(([tag, sha256]) => [tag, { sha256: Uint8Array.fromHex(sha256), length: imageLength }]),
  )

export class SignedCollection {
  readonly collection: TestCollection
  readonly registry: TestKey
  /** Those that it had before. */
  readonly former: readonly TestKey[]
  /** Roles whose documents are damaged. */
  unreadable: readonly Delegation[] = []

  private constructor(collection: TestCollection, registry: TestKey, former: readonly TestKey[]) {
    this.collection = collection
    this.registry = registry
    this.former = former
  }

  static async with(
    registry: TestKey,
    delegations: readonly DelegationOptions[],
    options: CollectionOptions & Pick<TargetsOptions, 'targets'> & { readonly former?: readonly TestKey[] } = {},
  ): Promise<SignedCollection> {
    const { former = [], ...others } = options
    return new SignedCollection(await aPublishedCollection({ delegations, ...others }), registry, former)
  }

  get server() {
    return this.collection.server
  }

  /** Decides on what is stored. */
  async decide(images: Images): Promise<DelegateDecision> {
    const { server, registry, former } = this
    const targets = readTargets(readEnvelope(server.bytesOf('targets')), 'targets')
    const top = new Map([['targets', { targets, signers: [] }] as const])
    const documents = new Map<Delegation, DelegatedDocument | undefined>(
      this.unreadable.map((name) => [name, undefined]),
    )
    for (const { name } of targets.delegations.roles) {
      const bytes = server.newest(name)?.bytes
      if (bytes === undefined || this.unreadable.includes(name)) continue
      const envelope = readEnvelope(bytes)
      const isSigned = await verifyDelegation(envelope, name, top).then(
        () => true,
        () => false,
      )
      documents.set(name, { envelope, targets: readTargets(envelope, name), isSigned })
    }
    return decideDelegate({
      targets,
      documents,
      versions: new Map(Object.entries(server.versions())),
      ownKeyIds: new Set([registry, ...former].map(({ id }) => id)),
      signingKeyIds: new Set([registry.id]),
      accepted: acceptedOf(images),
      now: server.now,
    })
  }

  /** Looks and publishes. @returns the roles that were signed, or why none was */
  async look(images: Images): Promise<readonly string[] | string> {
    const decision = await this.decide(images)
    if (decision.kind !== 'signs') return decision.kind === 'stuck' ? decision.problem : decision.kind
    if (decision.documents.length === 0) return []
    const parts = await Promise.all(decision.documents.map((document) => signDelegated(document, this.registry.sign)))
    const outcome = await this.server.publish(parts)
    expect(outcome).not.toHaveProperty('refusal')
    return decision.documents.map(({ role }) => role)
  }

  /** Another signer publishes in roles. */
  async sign(
    signer: TestKey,
    role: 'targets' | Delegation,
    change: (targets: Fields) => Fields,
    more: Partial<TargetsOptions> = {},
  ): Promise<void> {
    const { server } = this
    const before = server.newest(role)
    const version = (before?.version ?? 0) + 1
    const signed = before === undefined ? {} : server.signed(role)
    const bytes = await aTargets({
      signers: [signer],
      version,
      change: (fields) => ({
        ...fields,
        ...(isDelegation(role) ? {} : { delegations: signed['delegations'] }),
        targets: change(signed['targets'] ?? {}),
      }),
      ...more,
    })
    expect(await server.publish({ [role]: bytes })).not.toHaveProperty('refusal')
  }

  /** What a role lists, with all that stands there of each target. */
  targetsOf(role: 'targets' | Delegation): Fields {
    return this.server.newest(role) === undefined ? {} : this.server.signed(role)['targets']
  }

  /** Digests in hexadecimal digits. */
  imagesOf(role: 'targets' | Delegation): Images {
    return Object.fromEntries(
      Object.entries(this.targetsOf(role)).map(([tag, { hashes }]) => [
        tag,
        Uint8Array.fromBase64(hashes.sha256).toHex(),
      ]),
    )
  }
}

/** A target as `docker trust sign` writes it. */
export const aTarget = (sha256: string, more: object = {}): Fields => ({
  hashes: { sha256: Uint8Array.fromHex(sha256).toBase64() },
  length: imageLength,
  ...more,
})
