/**
 * Verifies documents against those above them, each check in the order in which the Go server makes it, as the first that
 * fails is the one that a client prints. Whether a document has expired is asked last, by `verifyExpiry`.
 */
import { flawOf, readCertificates, readRootKey } from './certificates.ts'
import {
  readRoot,
  readSnapshot,
  readTargets,
  readTimestamp,
  type Index,
  type Keys,
  type Root,
  type Targets,
} from './documents.ts'
import { signedMessage, type Envelope } from './envelope.ts'
import { InvalidMetadata } from './invalid-metadata.ts'
import { hasSigned, isCertificate, keyIdOf, type PublicKey } from './keys.ts'
import { parentOf, type BaseRole, type Delegation, type TargetsRole } from './roles.ts'

/** A role with the keys that may sign for it, by their ID. */
export interface Authority {
  readonly name: string
  readonly keys: Keys
  readonly threshold: number
}

/** A document of type Targets, and the keys by which it is signed as its role demands. */
export interface VerifiedTargets {
  readonly targets: Targets
  readonly signers: readonly PublicKey[]
}

/** Where and when a root is looked at. */
export interface RootContext {
  readonly gun: string
  /** In milliseconds since 1970; undefined where its certificates may have expired. */
  readonly now: number | undefined
}

/**
 * Verifies a root by the certificates in it, and by those of the root before it, if there is one.
 *
 * @throws InvalidMetadata
 */
export async function verifyRoot(envelope: Envelope, previous: Root | undefined, context: RootContext): Promise<Root> {
  const root = readRoot(envelope)
  const own = await rootAuthority(root, context.gun, context.now)
  if (own.keys.size === 0) throw pathError('unable to retrieve valid leaf certificates')
  if (previous !== undefined) await verifyRotation(envelope, previous, context.gun)
  await replacing(verifySignatures(envelope, own), () => pathError('failed to validate integrity of roots'))
  return root
}

/**
 * Verifies the document of `targets` by the keys of the root.
 *
 * @throws InvalidMetadata
 */
export async function verifyTopTargets(envelope: Envelope, root: Root): Promise<VerifiedTargets> {
  const signers = await verifySignatures(envelope, authorityOf(root, 'targets'))
  return { targets: readTargets(envelope, 'targets'), signers }
}

/**
 * Verifies the document of a delegation by the keys that its parent lists.
 *
 * @param loaded those that were verified before, its parent among them
 * @throws InvalidMetadata
 */
export async function verifyDelegation(
  envelope: Envelope,
  role: Delegation,
  loaded: ReadonlyMap<TargetsRole, VerifiedTargets>,
): Promise<VerifiedTargets> {
  if (!loaded.has('targets')) throw new InvalidMetadata('targets must be loaded first')
  const authority = await delegatedAuthority(role, loaded.get(parentOf(role))?.targets)
  const targets = readTargets(envelope, role)
  return { targets, signers: await verifySignatures(envelope, authority) }
}

/**
 * Verifies a timestamp by the keys of the root.
 *
 * @throws InvalidMetadata
 */
export async function verifyTimestamp(envelope: Envelope, root: Root): Promise<Index> {
  await verifySignatures(envelope, authorityOf(root, 'timestamp'))
  return readTimestamp(envelope)
}

/**
 * Verifies a snapshot by the keys of the root.
 *
 * @throws InvalidMetadata
 */
export async function verifySnapshot(envelope: Envelope, root: Root): Promise<Index> {
  await verifySignatures(envelope, authorityOf(root, 'snapshot'))
  return readSnapshot(envelope)
}

/**
 * Refuses what has expired.
 *
 * @throws InvalidMetadata
 */
export function verifyExpiry({ expires }: Envelope, role: string, now: number): void {
  if (isExpired(expires.milliseconds, now)) throw new InvalidMetadata(`${role} expired at ${expires.printed}`)
}

export const isExpired = (expires: number, now: number): boolean => expires < now

/**
 * Verifies the signatures of a document, of which its role demands so many.
 *
 * @returns the keys that have signed, each once
 * @throws InvalidMetadata when they are fewer than the role demands
 */
export async function verifySignatures(envelope: Envelope, authority: Authority): Promise<readonly PublicKey[]> {
  if (envelope.signatures.length === 0) throw new InvalidMetadata('tuf: data has no signatures')
  const message = signedMessage(envelope)
  const signers = new Map<string, PublicKey>()
  for (const signature of envelope.signatures) {
    const key = authority.keys.get(signature.keyId)
    if (key === undefined || signers.has(signature.keyId)) continue
    if ((await keyIdOf(key)) !== signature.keyId) throw new InvalidMetadata('key ID is not valid for key content')
    if (await hasSigned(key, signature, message)) signers.set(signature.keyId, key)
  }
  if (signers.size >= authority.threshold) return [...signers.values()]
  throw new InvalidMetadata(`valid signatures did not meet threshold for ${authority.name}`)
}

/** Returns who signs for a base role, as a root says. For the role root itself this is `rootAuthority`. */
export function authorityOf(root: Root, name: Exclude<BaseRole, 'root'>): Authority {
  const { keyIds, threshold } = root.roles[name]
  return { name, threshold, keys: pick(root.keys, keyIds) }
}

/**
 * Returns the keys of certificates that may sign a root.
 *
 * @param now undefined for a root that has been trusted before: its certificates may have expired since
 */
async function rootAuthority(root: Root, gun: string, now: number | undefined): Promise<Authority> {
  const keys = new Map<string, PublicKey>()
  for (const declared of pick(root.keys, root.roles.root.keyIds).values()) {
    const key = isCertificate(declared) ? await readRootKey(declared.bytes, gun, now) : undefined
    if (key !== undefined) keys.set(await keyIdOf(key), key)
  }
  return { name: 'root', keys, threshold: root.roles.root.threshold }
}

async function verifyRotation(envelope: Envelope, previous: Root, gun: string): Promise<void> {
  const trusted = await rootAuthority(previous, gun, undefined)
  await replacing(
    verifySignatures(envelope, trusted),
    () =>
      new InvalidMetadata(
        'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
      ),
  )
}

/**
 * Returns who signs for a delegation.
 *
 * @throws InvalidMetadata when the role does not exist, or a certificate is none that Notary takes
 */
async function delegatedAuthority(role: Delegation, parent: Targets | undefined): Promise<Authority> {
  const delegated = parent?.delegations.roles.find(({ name }) => name === role)
  if (parent === undefined || delegated === undefined) {
    throw new InvalidMetadata(`tuf: invalid role ${role}. delegation does not exist`)
  }
  const keys = pick(parent.delegations.keys, delegated.keyIds)
  for (const key of keys.values()) {
    const [leaf] = (isCertificate(key) ? await readCertificates(key.bytes) : undefined) ?? []
    // Whether it has expired is asked when it is added, by the client.
    const flaw = leaf === undefined ? undefined : flawOf(leaf, undefined)
    if (flaw !== undefined) throw new InvalidMetadata(flaw)
  }
  return { name: role, keys, threshold: delegated.threshold }
}

const pick = (keys: Keys, keyIds: readonly string[]): Keys =>
  new Map(
    keyIds.flatMap((keyId) => {
      const key = keys.get(keyId)
      return key === undefined ? [] : [[keyId, key] as const]
    }),
  )

const pathError = (why: string): InvalidMetadata =>
  new InvalidMetadata(`could not validate the path to a trusted root: ${why}`)

/** Tells another reason than the one of a check that fails. */
async function replacing(check: Promise<unknown>, reason: () => InvalidMetadata): Promise<void> {
  try {
    await check
  } catch (error) {
    throw error instanceof InvalidMetadata ? reason() : error
  }
}
