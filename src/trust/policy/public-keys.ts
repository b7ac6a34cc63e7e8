/**
 * Public keys that users register: a signature by one of them is the user's.
 *
 * A key counts for each account that has registered it, and none proves that it has the private half: DTR's API asks for no
 * proof, and a public key is no secret. So a member of a team may register the key of a stranger, or of a member of another
 * team, and from then on a signature of the one counts for the other: the member approves in advance what the other signs.
 * It is the member's own signature that is given away, which the member could give to each image as well, and tags name each
 * account of a key. A caller who belongs to no demanded team gains nothing.
 *
 * Were a key of one account alone, a stranger who registers it first would lock its owner out of signing, and learn from the
 * refusal which keys are registered. That is worse, as it takes no member of a team.
 */
import { isForeignKeyViolation, type Database } from '../../db/database.ts'
import type { Attribution } from '../../db/events/events.ts'
import type { AccountRecord } from '../../db/accounts/accounts.ts'
import { RegistryError } from '../../errors.ts'
import { mostPublicKeys } from '../../limits.ts'
import { policyError } from './failures.ts'
import { deletePublicKey, findPublicKey, insertPublicKey, updatePublicKey, type PublicKeyRecord } from './key-store.ts'
import { fingerprintOfPem } from './read-key.ts'

/** The user whose keys are managed. */
export type Signer = Pick<AccountRecord, 'id' | 'name' | 'isOrganization'>

/**
 * Registers a key.
 *
 * @throws `public-key-invalid`, `signer-not-a-user`, `public-key-exists`, `too-many-public-keys`, or
 *   RegistryError `account-unknown`
 */
export async function registerKey(
  db: Database,
  signer: Signer,
  { publicKey, label }: { readonly publicKey: string; readonly label: string },
  attribution: Attribution,
): Promise<PublicKeyRecord> {
  requireUser(signer)
  const read = await fingerprintOfPem(publicKey)
  if ('kind' in read) throw policyError({ kind: 'public-key-invalid', reason: read })
  const made = await insert(db, signer, { ...read, publicKey, label }, attribution)
  switch (made) {
    case 'own':
      throw policyError({ kind: 'public-key-exists', name: signer.name })
    case 'of-registry':
      throw policyError({ kind: 'public-key-invalid', reason: { kind: 'registry' } })
    case 'too-many':
      throw policyError({ kind: 'too-many-public-keys', limit: mostPublicKeys })
    default:
      return made
  }
}

/** Refuses an organization. @throws `signer-not-a-user` */
export function requireUser({ name, isOrganization }: Signer): void {
  if (isOrganization) throw policyError({ kind: 'signer-not-a-user', name })
}

async function insert(
  db: Database,
  { id: accountId, name }: Signer,
  key: Pick<PublicKeyRecord, 'fingerprint' | 'publicKey' | 'label'>,
  attribution: Attribution,
) {
  try {
    return await insertPublicKey(db, { accountId, ...key }, mostPublicKeys, attribution)
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new RegistryError({ kind: 'account-unknown', name }, { cause: error })
  }
}

/** Returns a key of the user. @throws `public-key-unknown` */
export async function getKey(db: Database, signer: Signer, id: string): Promise<PublicKeyRecord> {
  return (await findPublicKey(db, signer.id, id)) ?? unknown(signer, id)
}

/** Changes the label of a key. @throws `public-key-unknown` */
export async function relabelKey(
  db: Database,
  signer: Signer,
  id: string,
  label: string,
  attribution: Attribution,
): Promise<PublicKeyRecord> {
  return (await updatePublicKey(db, signer.id, id, label, attribution)) ?? unknown(signer, id)
}

/** Deletes a key: what it signed no longer counts. @throws `public-key-unknown` */
export async function removeKey(db: Database, signer: Signer, id: string, attribution: Attribution): Promise<void> {
  if (!(await deletePublicKey(db, signer.id, id, attribution))) unknown(signer, id)
}

function unknown({ name }: Signer, id: string): never {
  throw policyError({ kind: 'public-key-unknown', name, id })
}
