/** Reads until when trust data holds that was published before the registry kept it, for the job `trust_facts`. */
import type { Context } from '../../context.ts'
import { isOutrun } from '../../db/database.ts'
import { RegistryError } from '../../errors.ts'
import { readRoot } from '../tuf/documents.ts'
import { readEnvelope, type Envelope } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import { isRole, isTargetsRole, type Role } from '../tuf/roles.ts'
import { CurrentDocuments, pointers } from './current.ts'
import { bytesOf } from './documents.ts'
import { findUnknown, storeKnown, type Expiry } from './expiries-store.ts'
import { findKeys, findNewestOf } from './notary-store.ts'

/** A collection has a few documents, and up to a few hundred. */
const collectionsOfSlice = 5

/** Learns of some collections until when they hold. @returns how many were looked at */
export async function learnExpiries(context: Context): Promise<number> {
  const unknown = await findUnknown(context.db, collectionsOfSlice)
  for (const collection of unknown) {
    const expiries = await readExpiries(context, collection.id)
    try {
      await storeKnown(context.db, collection, expiries)
    } catch (error) {
      // What was published meanwhile is read in the next slice.
      if (!isOutrun(error)) throw error
    }
  }
  return unknown.length
}

async function readExpiries(context: Context, collectionId: number): Promise<readonly Expiry[]> {
  const newest = await findNewestOf(context.db, collectionId, pointers)
  const current = new CurrentDocuments(context, collectionId, newest)
  const { meta = new Map<string, unknown>() } = (await current.snapshot()) ?? {}
  const roles = new Set<Role>([...pointers, ...[...meta.keys()].filter(isRole).filter(isTargetsRole)])
  const read = new Map<Role, Envelope>()
  for (const role of roles) {
    const envelope = await readDocument(context, current, role)
    if (envelope !== undefined) read.set(role, envelope)
  }
  const root = read.get('root')
  // Clients cannot read such a root either.
  if (root === undefined) return [{ role: 'root', expiresAt: 0 }]
  const ours = await rolesOfRegistry(context, collectionId, root)
  return Array.from(read, ([role, { expires }]) => ({
    role,
    expiresAt: ours.has(role) ? undefined : expires.milliseconds,
  }))
}

/** Reads a document; undefined for one that is not there or cannot be read. */
async function readDocument(context: Context, current: CurrentDocuments, role: Role): Promise<Envelope | undefined> {
  try {
    const document = await current.find(role)
    return document && readEnvelope(await bytesOf(context, document))
  } catch (error) {
    const isLost = error instanceof RegistryError && error.failure.kind === 'content-lost'
    if (isLost || error instanceof InvalidMetadata) return undefined
    throw error
  }
}

/** Tells for which roles the registry holds a key. */
async function rolesOfRegistry({ db }: Context, collectionId: number, root: Envelope): Promise<ReadonlySet<Role>> {
  const held = new Set((await findKeys(db, collectionId)).map(({ keyId }) => keyId))
  const { roles } = readRoot(root)
  return new Set((['snapshot', 'timestamp'] as const).filter((role) => roles[role].keyIds.some((id) => held.has(id))))
}
