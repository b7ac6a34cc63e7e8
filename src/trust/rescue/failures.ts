/** What is refused about imports of trust data. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'

/** What a document that was sent has to give way to. */
export interface StoredVersion {
  readonly role: string
  /** The version that was sent. */
  readonly version: number
  /** The version that is here. */
  readonly stored: number
}

const conflictPhrase = ({ role, version, stored }: StoredVersion): string =>
  version === stored
    ? `another document is version ${stored} of ${role} here`
    : `version ${version} of ${role} was sent, and ${stored} is here`

export const whyUnsound = {
  'too-many-documents': ({ roots, others, limit }: { roots: number; others: number; limit: number }) =>
    `it has ${roots} versions and ${others} other documents, and at most ${limit} are taken`,
  'too-many-roles': ({ roles, limit }: { roles: number; limit: number }) =>
    `it has ${roles} roles, and fewer than ${limit} are taken`,
  'too-large': ({ bytes, limit }: { bytes: number; limit: number }) =>
    `all have ${bytes} bytes, and at most ${limit} are taken`,
  'no-base64': () => 'it is not base64',
  'no-role': () => 'it is no role of Notary',
  'sent-twice': () => 'it was sent twice',
  missing: () => 'it is missing',
  'missing-for-snapshot': () => 'it is missing, and the snapshot names it',
  'parent-missing': () => 'the role above it is missing',
  'not-delegated': () => 'the role above it does not name it',
  'version-missing': ({ version }: { version: number }) => `version ${version} is missing`,
  'version-twice': ({ version }: { version: number }) => `version ${version} was sent twice`,
  // In the words of Notary, which its clients use too.
  invalid: ({ flaw }: { flaw: string }) => flaw,
} as const

export type WhyUnsound = PhraseOf<typeof whyUnsound>

export const rescueFailures = {
  'trust-import-gun-invalid': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'INVALID_GUN',
    sentence: ({ gun }: { gun: string }) =>
      `"${gun}" names no repository of a registry: write its host, a slash and its name, like registry.example.com/acme/app`,
  },
  'trust-import-unsound': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'INVALID_TRUST_DATA',
    sentence: ({ role, reason }: { role: string; reason: WhyUnsound }) =>
      `the collection does not verify, so nothing of it is stored: ${role}: ${phrase(whyUnsound, reason)}; read it again from its server`,
  },
  'trust-import-conflict': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'TRUST_DATA_EXISTS',
    sentence: ({ gun, conflicts }: { gun: string; conflicts: readonly StoredVersion[] }) =>
      `${gun} has other trust data here, which an import never replaces: ${conflicts.map(conflictPhrase).join('; ')}; delete it first if it has to go ("notary delete ${gun} --remote")`,
  },
} as const satisfies FailureTypes

export const rescueError = errorsOf(rescueFailures)
