/** What is refused about imports of trust data. */
import { errorsOf, type FailureTypes } from '../../failures/failure.ts'

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
    sentence: ({ role, why }: { role: string; why: string }) =>
      `the collection does not verify, so nothing of it is stored: ${role}: ${why}; read it again from its server`,
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
