/** Facts, keys and policies, made straight in D1: how signatures are verified is tested elsewhere. */
import { withSql } from '../../support/bounds.ts'

export interface Fact {
  readonly repository: string
  readonly digest: string
  readonly fingerprint?: string
  readonly issuer?: string
  readonly subject?: string
}

export const aFact = ({ repository, digest, fingerprint = '', issuer = '', subject = '' }: Fact): Promise<void> =>
  withSql(
    `INSERT INTO signature_facts (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
     SELECT id, ?, 'cosign', 'source', '', ?, ?, ?, 1 FROM repositories WHERE name = ?`,
    digest,
    fingerprint,
    issuer,
    subject,
    repository,
  )

/** A key whose fingerprint is its name. */
export const aKeyOf = (user: string, fingerprint: string): Promise<void> =>
  withSql(
    `INSERT INTO public_keys (id, account_id, fingerprint, public_key, label, created_at)
     SELECT ?, id, ?, '', '', 1 FROM accounts WHERE name = ?`,
    crypto.randomUUID(),
    fingerprint,
    user,
  )

export const anIdentityOf = (user: string, issuer: string, subject: string): Promise<void> =>
  withSql(
    `INSERT INTO signer_identities (id, account_id, issuer, subject, created_at)
     SELECT ?, id, ?, ?, 1 FROM accounts WHERE name = ?`,
    crypto.randomUUID(),
    issuer,
    subject,
    user,
  )

export const aRoot = (name: string, kind: 'sigstore' | 'x509'): Promise<void> =>
  withSql(`INSERT INTO trust_roots (name, kind, document, created_at) VALUES (?, ?, '', 1)`, name, kind)
