/** The failures of signature policies, and of the keys, identities and roots by which they judge. */
import type { AccountName, Digest, RepositoryName } from '../../names.ts'
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote, some } from '../../failures/text.ts'

const whyNoKey = {
  unreadable: () => 'it is not one public key, or a certificate with its intermediates; send it in PEM',
  private: () => 'it is a private key, which must never leave its owner; make another pair, and send its public key',
  registry: () => 'it is the key of the registry itself, which signs for no user; use a key of your own',
  unsupported: () => 'it is of a kind that is not supported; use ECDSA P-256, Ed25519, or RSA of 2048 bits or more',
} as const

export type WhyNoKey = PhraseOf<typeof whyNoKey>

const whyNoRoot = {
  'no-certificates': () => 'an x509 root is one or more certificates in PEM',
  'no-trusted-root': () => 'a sigstore root is the JSON of trusted_root.json, with certificateAuthorities and tlogs',
  'unusable-root': () => 'sigstore cannot use what is in it; send the whole trusted_root.json as it was published',
} as const

export type WhyNoRoot = PhraseOf<typeof whyNoRoot>

interface MissingSignatures {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly teams: readonly { readonly name: string; readonly exists: boolean }[]
}

/** Says who must sign, and who can help where a team is gone. */
function whatIsMissing({ repository, digest, teams }: MissingSignatures): string {
  const namesOf = (those: MissingSignatures['teams']): string[] => [...new Set(those.map(({ name }) => name))]
  const there = namesOf(teams.filter(({ exists }) => exists))
  const gone = namesOf(teams.filter(({ exists }) => !exists))
  const asks: string[] = []
  if (there.length > 0) asks.push(`ask a member of ${some(there)} to sign it with docker trust, cosign or notation`)
  if (gone.length > 0) {
    asks.push(`ask an administrator of the repository to change its policy, as ${some(gone)} was deleted`)
  }
  const names = some(namesOf(teams))
  return `the signature policy of ${repository} demands a signature by ${names}, and ${digest} has none: ${asks.join(', and ')}`
}

export const policyFailures = {
  'signatures-missing': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'SIGNATURES_MISSING',
    sentence: whatIsMissing,
  },
  'signature-policy-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_SIGNATURE_POLICY',
    sentence: ({ name }: { name: string }) =>
      `${name} has no signature policy of its own: set one with "breakwater trust policy set", or with PUT`,
  },
  'public-key-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PUBLIC_KEY',
    sentence: ({ reason }: { reason: WhyNoKey }) => `the public key is not valid: ${phrase(whyNoKey, reason)}`,
  },
  /** Only users are members of teams, so a key of an organization would never count. */
  'signer-not-a-user': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NOT_A_USER',
    sentence: ({ name }: { name: AccountName }) =>
      `${name} is an organization, and only users sign: name the user whose key it is`,
  },
  'public-key-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_PUBLIC_KEY',
    sentence: ({ name, id }: { name: AccountName; id: string }) =>
      `${name} has no public key ${quote(id)}: list the public keys to find the right id`,
  },
  'public-key-exists': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'PUBLIC_KEY_EXISTS',
    sentence: ({ name }: { name: AccountName }) =>
      `${name} has this public key already: change its label, or delete it first`,
  },
  'too-many-public-keys': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_PUBLIC_KEYS',
    sentence: ({ limit }: { limit: number }) => `a user may have at most ${limit} public keys: delete unused ones`,
  },
  'signer-identity-exists': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'SIGNER_IDENTITY_EXISTS',
    sentence: ({ name }: { name: AccountName }) => `${name} has this identity already: nothing needs to be added`,
  },
  'too-many-signer-identities': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_SIGNER_IDENTITIES',
    sentence: ({ limit }: { limit: number }) => `a user may have at most ${limit} identities: delete unused ones`,
  },
  'signer-identity-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_SIGNER_IDENTITY',
    sentence: ({ id }: { id: string }) => `there is no signer identity ${quote(id)}: list them to find the right id`,
  },
  'trust-root-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_TRUST_ROOT',
    sentence: ({ reason }: { reason: WhyNoRoot }) => `the trust root is not valid: ${phrase(whyNoRoot, reason)}`,
  },
  'too-many-trust-roots': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_TRUST_ROOTS',
    sentence: ({ limit }: { limit: number }) => `there may be at most ${limit} trust roots: delete unused ones`,
  },
  'trust-root-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_TRUST_ROOT',
    sentence: ({ name }: { name: string }) => `there is no trust root ${quote(name)}: list them to find the right name`,
  },
} as const satisfies FailureTypes

export const policyError = errorsOf(policyFailures)
