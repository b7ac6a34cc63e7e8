/** What the decisions of this folder ask of the stored documents of one collection. */
import type { Role, ServerRole } from './roles.ts'

export interface FileReference {
  readonly role: Role
  /** In hexadecimal digits. */
  readonly sha256: string
}

export interface StoredDocuments {
  /** Answers the newest document of a role, byte by byte. @throws InvalidMetadata where it is not what was published */
  readonly find: (role: Role) => Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Answers the version of the newest document of a role, or 0. */
  readonly currentVersion: (role: Role) => Promise<number>
  /** Answers the highest version that a document of the role ever had, also before a deletion, or 0. */
  readonly highestVersion: (role: ServerRole) => Promise<number>
  /** Answers which of the files are not stored, in any version. */
  readonly findMissing: (files: readonly FileReference[]) => Promise<readonly FileReference[]>
}
