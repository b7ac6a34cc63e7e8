/**
 * What a change of the secret of the registry asks: a job encrypts the keys again that need the previous secret, and
 * alerts say which keys need it still, or need one that is lost. Stored metadata is served in any case.
 */
import * as z from 'zod'
import { encryptionKeysFor } from '../../auth/keys.ts'
import type { Alert } from '../../capability.ts'
import type { Context } from '../../context.ts'
import type { JobContext, JobsContext, JobSlice } from '../../jobs/job-type.ts'
import { resealedKey } from '../bridge/registry-key.ts'
import { findRegistryKey, resealRegistryKey } from '../bridge/registry-key-store.ts'
import { ownJob } from '../own-job.ts'
import { insertResealJob, keysSealedWith, replaceSealed, secretsInUse, type PlacedKey } from './key-store.ts'
import { resealKey } from './server-keys.ts'

export const resealAction = 'trust_reseal'

/** Keys of one slice: two statements, and some milliseconds of AES. */
const keysOfSlice = 200

const progress = z.object({ resealed: z.int().default(0), broken: z.int().default(0) })

/** Stands in for the secret of a key that was changed in D1, and opens with none. */
const noSecret = 'none'

/** Encrypts some keys again under the current secret. The first slice begins with the registry's own. */
export async function resealSlice({ db, secrets }: JobContext, checkpoint: unknown): Promise<JobSlice> {
  const { resealed, broken } = progress.parse(checkpoint ?? (await resealOwnKey({ db, secrets })))
  const { previous } = await encryptionKeysFor(secrets, 'trust')
  const keys = previous === undefined ? [] : await keysSealedWith(db, previous.name, keysOfSlice)
  const fresh = await Promise.all(
    keys.map(async ({ collectionId, keyId, ...key }) => ({
      collectionId,
      keyId,
      ...((await resealKey(secrets, collectionId, { keyId, ...key })) ?? unopened(key)),
    })),
  )
  if (previous !== undefined && fresh.length > 0) await replaceSealed(db, previous.name, fresh)
  const brokenNow = fresh.filter(({ sealedWith }) => sealedWith === noSecret)
  const done = { resealed: resealed + fresh.length - brokenNow.length, broken: broken + brokenNow.length }
  const isDone = keys.length < keysOfSlice
  const lines = brokenNow.map(
    ({ collectionId, keyId }) => `the key ${keyId} of collection ${collectionId} does not open`,
  )
  return {
    checkpoint: done,
    isDone,
    lines: isDone ? [...lines, `encrypted ${done.resealed} keys again; ${done.broken} did not open`] : lines,
  }
}

/** Encrypts the registry's own key again, if it needs the previous secret. */
async function resealOwnKey({ db, secrets }: Pick<JobContext, 'db' | 'secrets'>): Promise<z.input<typeof progress>> {
  const { previous } = await encryptionKeysFor(secrets, 'trust')
  const key = await findRegistryKey(db)
  if (key === undefined || key.sealedWith !== previous?.name) return {}
  const fresh = await resealedKey({ secrets }, key)
  await resealRegistryKey(db, key, fresh ?? unopened(key))
  return fresh === undefined ? { broken: 1 } : { resealed: 1 }
}

const unopened = ({ sealedPrivate }: Pick<PlacedKey, 'sealedPrivate'>) => ({ sealedPrivate, sealedWith: noSecret })

/** Makes the job while a key needs the previous secret. Asks D1 only where there is a previous secret. */
export async function makeResealJob({
  db,
  clock,
  secrets,
}: Pick<JobsContext, 'db' | 'clock' | 'secrets'>): Promise<void> {
  const { previous } = await encryptionKeysFor(secrets, 'trust')
  if (previous === undefined) return
  const now = clock()
  await insertResealJob(db, ownJob(resealAction, now), previous.name, now)
}

/** The keys that do not open with the current secret. */
export interface KeysInDanger {
  /** Those that open with the previous one. */
  readonly needPrevious: number
  /** Those that open with neither. */
  readonly lost: number
  /** Whether the registry's own key is lost, which is not among `lost`. */
  readonly isOwnLost: boolean
}

export async function keysInDanger({ db, secrets }: Pick<Context, 'db' | 'secrets'>): Promise<KeysInDanger> {
  const { current, previous } = await encryptionKeysFor(secrets, 'trust')
  const { ofCollections, ofRegistry } = await secretsInUse(db, current.name)
  const needsOther = ofRegistry !== undefined && ofRegistry !== current.name
  const ownNeedsPrevious = needsOther && ofRegistry === previous?.name
  const countWhere = (isCounted: (sealedWith: string) => boolean): number =>
    ofCollections.filter(({ sealedWith }) => isCounted(sealedWith)).reduce((sum, { keys }) => sum + keys, 0)
  return {
    needPrevious: countWhere((name) => name === previous?.name) + Number(ownNeedsPrevious),
    lost: countWhere((name) => name !== previous?.name),
    isOwnLost: needsOther && !ownNeedsPrevious,
  }
}

/** Lists what administrators should know of the keys. */
export async function keyAlerts(context: Pick<Context, 'db' | 'secrets'>): Promise<readonly Alert[]> {
  const { needPrevious, lost, isOwnLost } = await keysInDanger(context)
  const waiting = {
    id: 'trust_keys_previous_secret',
    class: 'warning',
    message: sentenceOfWaiting(needPrevious),
  } as const
  const isLost = { id: 'trust_keys_lost', class: 'critical', message: sentenceOfLost(lost) } as const
  const isOwn = { id: 'registry_key_lost', class: 'critical', message: sentenceOfOwn } as const
  return [...(needPrevious > 0 ? [waiting] : []), ...(lost > 0 ? [isLost] : []), ...(isOwnLost ? [isOwn] : [])]
}

export const sentenceOfWaiting = (waiting: number): string =>
  `${waiting} keys of trust data need the previous secret: keep REGISTRY_SECRET_PREVIOUS until the job "${resealAction}" has encrypted them again`

export const sentenceOfOwn =
  'the registry’s own signing key opens with neither secret: set REGISTRY_SECRET_PREVIOUS to the secret that it was made under, or make another with "breakwater trust registry-key rotate"; until then nothing more is signed with it'

export const sentenceOfLost = (lost: number): string =>
  `${lost} keys of trust data open with neither secret: set REGISTRY_SECRET_PREVIOUS to the secret that they were made under; until then their timestamps cannot be renewed, and what is published stays as it is`
