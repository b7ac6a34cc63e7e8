/** Who signs without a registered key, and the roots that vouch for them: administrators decide both. */
import * as z from 'zod'
import { isForeignKeyViolation, isUniqueViolation, type Database } from '../../db/database.ts'
import { findAccount } from '../../db/accounts/accounts.ts'
import type { Attribution } from '../../db/events/events.ts'
import { RegistryError } from '../../errors.ts'
import { apiJson, mostSignerIdentities, mostTrustRoots } from '../../limits.ts'
import type { AccountName } from '../../names.ts'
import { parseJson } from '../../util/json.ts'
import { SignatureRefused } from '../signatures/types.ts'
import { readCertificates } from '../tuf/certificates.ts'
import { policyError } from './failures.ts'
import { requireUser } from './public-keys.ts'
import {
  deleteIdentity,
  deleteRoot,
  findRoot,
  insertIdentity,
  putRoot,
  type IdentityRecord,
  type RootRecord,
} from './signer-store.ts'
import { lazily } from '../../util/lazy.ts'

const loadBundles = lazily(() => import('../signatures/bundles.ts'))

/**
 * Adds an identity of a user.
 *
 * @throws `signer-not-a-user`, `signer-identity-exists`, `too-many-signer-identities`, or RegistryError `account-unknown`
 */
export async function addIdentity(
  db: Database,
  {
    account: name,
    issuer,
    subject,
  }: { readonly account: AccountName; readonly issuer: string; readonly subject: string },
  attribution: Attribution,
): Promise<IdentityRecord> {
  const account = await findAccount(db, name)
  if (account === undefined) throw new RegistryError({ kind: 'account-unknown', name })
  requireUser(account)
  try {
    const made = await insertIdentity(db, { accountId: account.id, issuer, subject }, mostSignerIdentities, attribution)
    if (made !== undefined) return made
  } catch (error) {
    if (isUniqueViolation(error)) throw policyError({ kind: 'signer-identity-exists', name }, { cause: error })
    if (!isForeignKeyViolation(error)) throw error
    throw new RegistryError({ kind: 'account-unknown', name }, { cause: error })
  }
  throw policyError({ kind: 'too-many-signer-identities', limit: mostSignerIdentities })
}

/** Deletes an identity: what it signed no longer counts. @throws `signer-identity-unknown` */
export async function removeIdentity(db: Database, id: string, attribution: Attribution): Promise<void> {
  if (!(await deleteIdentity(db, id, attribution))) throw policyError({ kind: 'signer-identity-unknown', id })
}

/** Stores a root. @throws `trust-root-invalid` or `too-many-trust-roots` */
export async function setRoot(
  db: Database,
  root: Omit<RootRecord, 'createdAt'>,
  attribution: Attribution,
): Promise<RootRecord> {
  await requireDocument(root)
  const stored = await putRoot(db, root, mostTrustRoots, attribution)
  if (stored === undefined) throw policyError({ kind: 'too-many-trust-roots', limit: mostTrustRoots })
  return stored
}

/** The parts of sigstore's trusted root that verifying needs. */
const trustedRoot = z.object({
  certificateAuthorities: z.array(z.looseObject({})).min(1),
  tlogs: z.array(z.looseObject({})),
})

/** Refuses a root by which nothing could be verified. @throws `trust-root-invalid` */
async function requireDocument({ kind, document }: Omit<RootRecord, 'createdAt'>): Promise<void> {
  if (kind === 'x509') {
    const certificates = await readCertificates(new TextEncoder().encode(document))
    if (certificates === undefined) {
      throw policyError({ kind: 'trust-root-invalid', reason: { kind: 'no-certificates' } })
    }
    return
  }
  const parsed = parseJson(document, apiJson)
  if ('refused' in parsed || !trustedRoot.safeParse(parsed.value).success) {
    throw policyError({ kind: 'trust-root-invalid', reason: { kind: 'no-trusted-root' } })
  }
  // Needed by the few requests that set a root.
  const { loadSigstore, readTrustedRoot } = await loadBundles()
  if (readTrustedRoot(await loadSigstore(), parsed.value) instanceof SignatureRefused) {
    throw policyError({ kind: 'trust-root-invalid', reason: { kind: 'unusable-root' } })
  }
}

/** Returns a root. @throws `trust-root-unknown` */
export async function getRoot(db: Database, name: string): Promise<RootRecord> {
  const found = await findRoot(db, name)
  if (found === undefined) throw policyError({ kind: 'trust-root-unknown', name })
  return found
}

/** Deletes a root: what only it vouches for no longer counts. @throws `trust-root-unknown` */
export async function removeRoot(db: Database, name: string, attribution: Attribution): Promise<void> {
  if (!(await deleteRoot(db, name, attribution))) throw policyError({ kind: 'trust-root-unknown', name })
}
