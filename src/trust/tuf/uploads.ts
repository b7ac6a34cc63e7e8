/** Reads the parts of a publish (Notary's protocol, section 3.1): one document a role. */
import { largestTrustUpdateBytes, mostRolesOfTrustUpdate } from '../../limits.ts'
import type { TrustFailure } from '../failures.ts'
import { readEnvelope, type Envelope } from './envelope.ts'
import { InvalidMetadata, OverLimit } from './invalid-metadata.ts'
import { orRefusal, refused, Refused, shorten } from './refusals.ts'
import { isRole, type Role } from './roles.ts'

export interface Part {
  /** Of Content-Disposition: the role, with or without `.json`. */
  readonly filename: string | undefined
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** By role: of a role that comes twice the last counts. */
export type Uploads = ReadonlyMap<Role, Envelope>

/** Reads the parts in their order, and refuses the first that is wrong. */
export const readUploads = (
  parts: readonly Part[],
): Promise<{ readonly uploads: Uploads } | { readonly refusal: TrustFailure }> =>
  orRefusal(async () => {
    refuseTooMuch(parts)
    const uploads = new Map<Role, Envelope>()
    for (const { filename, bytes } of parts) {
      const role = readRole(filename)
      uploads.set(role, readDocument(role, bytes))
    }
    return { uploads }
  })

function refuseTooMuch(parts: readonly Part[]): void {
  if (parts.length > mostRolesOfTrustUpdate) {
    throw refused(
      'ErrValidation',
      `the update has ${parts.length} roles, and at most ${mostRolesOfTrustUpdate} are taken`,
    )
  }
  const size = parts.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (size > largestTrustUpdateBytes) {
    throw refused('ErrValidation', `the update has ${size} bytes, and at most ${largestTrustUpdateBytes} are taken`)
  }
}

function readRole(filename = ''): Role {
  const name = filename.endsWith('.json') ? filename.slice(0, -'.json'.length) : filename
  if (name === '') throw new Refused({ kind: 'trust-filename-missing' })
  if (!isRole(name)) throw new Refused({ kind: 'trust-role-invalid', detail: shorten(name) })
  return name
}

function readDocument(role: Role, bytes: Uint8Array<ArrayBuffer>): Envelope {
  try {
    return readEnvelope(bytes)
  } catch (error) {
    // A sentence that a client prints, where the document is sound and only too large.
    if (error instanceof OverLimit) throw refused('ErrValidation', `${role}: ${error.message}`, { cause: error })
    if (error instanceof InvalidMetadata) {
      throw new Refused({ kind: 'trust-json-malformed' }, { cause: error })
    }
    throw error
  }
}
