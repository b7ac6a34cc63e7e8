/**
 * Everything that can be refused, as one union. A floor throws what went wrong in the words of the domain; how that
 * looks over HTTP is decided in `routes/problems.ts` alone. Each sentence tells its reader what to do next.
 */
import type { Digest, RepositoryName } from './names.ts'

export type Failure =
  | { kind: 'name-invalid'; name: string }
  | { kind: 'tag-invalid'; tag: string }
  | { kind: 'username-invalid'; username: string }
  | { kind: 'digest-invalid'; digest: string }
  /** `actual` is unknown when R2 made the comparison. */
  | { kind: 'digest-mismatch'; expected: Digest; actual: string | undefined }
  | { kind: 'name-unknown'; repository: RepositoryName }
  | { kind: 'manifest-unknown'; repository: RepositoryName; reference: string }
  | { kind: 'manifest-invalid'; why: string }
  | { kind: 'manifest-too-large'; limitBytes: number }
  | { kind: 'manifest-references-unknown'; repository: RepositoryName; digests: string[] }
  | { kind: 'manifest-in-use'; digest: Digest; by: string }
  | { kind: 'too-many-tags'; limit: number }
  | { kind: 'blob-unknown'; repository: RepositoryName; digest: Digest }
  | { kind: 'blob-in-use'; digest: Digest; by: string }
  | { kind: 'range-not-satisfiable'; sizeBytes: number }
  | { kind: 'upload-unknown' }
  | { kind: 'upload-invalid'; why: string }
  | { kind: 'chunk-out-of-order'; offsetBytes: number }
  | { kind: 'size-mismatch'; expectedBytes: number; actualBytes: number | undefined }
  | { kind: 'parameter-invalid'; parameter: string; why: string }
  | { kind: 'body-invalid'; why: string }
  | { kind: 'body-interrupted' }
  | { kind: 'account-exists'; username: string }
  /** Nobody has proved who they are; `scope` is what a token would need for this request. */
  | { kind: 'unauthorized'; why: string; scope: string | undefined }
  /** Somebody known may not do this; `scope` is set when another token might allow it. */
  | { kind: 'denied'; who: string; what: string; scope: string | undefined }
  | { kind: 'overloaded' }

/** The one error that the registry throws on purpose; anything else is a defect or an outage. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'

  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(describe(failure), options)
  }
}

/** Names of others are quoted at most this long, so that an error stays readable. */
const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

function some(digests: readonly string[]): string {
  if (digests.length === 0) return 'it'
  const more = digests.length > 3 ? ` and ${digests.length - 3} more` : ''
  return `${digests.slice(0, 3).join(', ')}${more}`
}

function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'name-invalid':
      return `${quote(failure.name)} is not a repository name: use lower-case letters and digits, separated by ".", "_", "-" or "/", like "alice/app", 255 characters at most`
    case 'tag-invalid':
      return `${quote(failure.tag)} is not a tag: use up to 128 letters, digits, ".", "_" and "-", not starting with "." or "-"`
    case 'username-invalid':
      return `${quote(failure.username)} is not a username: use up to 100 lower-case letters and digits, separated by ".", "_" or "-"`
    case 'digest-invalid':
      return `${quote(failure.digest)} is not a digest that this registry keeps: use "sha256:" with 64 or "sha512:" with 128 lower-case hexadecimal digits`
    case 'digest-mismatch':
      return `the content does not have the digest ${failure.expected}${failure.actual === undefined ? '' : ` but ${failure.actual}`}: it was damaged on its way or the digest is of something else; upload it again`
    case 'name-unknown':
      return `there is no repository ${failure.repository} that you may see: check the name, log in, or push to it to create it`
    case 'manifest-unknown':
      return `${failure.repository} has no manifest ${quote(failure.reference)}: list the tags of the repository to see what it has`
    case 'manifest-invalid':
      return `the manifest is not valid: ${failure.why}`
    case 'manifest-too-large':
      return `the manifest is larger than ${failure.limitBytes} bytes: split it into several manifests under an index, or drop annotations`
    case 'manifest-references-unknown':
      return `the manifest names content that ${failure.repository} does not have: push ${some(failure.digests)} to this repository first`
    case 'manifest-in-use':
      return `${failure.digest} belongs to the index ${failure.by}: delete that index first`
    case 'too-many-tags':
      return `one push may set at most ${failure.limit} tags: push the manifest again for the others`
    case 'blob-unknown':
      return `${failure.repository} has no blob ${failure.digest}: push it to this repository first`
    case 'blob-in-use':
      return `${failure.digest} belongs to the manifest ${failure.by}: delete that manifest first`
    case 'range-not-satisfiable':
      return `the range lies outside of the blob, which has ${failure.sizeBytes} bytes`
    case 'upload-unknown':
      return 'there is no such upload: it was finished, cancelled or has expired; start a new one with POST'
    case 'upload-invalid':
      return `the upload cannot go on: ${failure.why}`
    case 'chunk-out-of-order':
      return `the next chunk must start at byte ${failure.offsetBytes}: ask for the status of the upload with GET and continue from there`
    case 'size-mismatch':
      return `the length is not the one announced: ${failure.expectedBytes} bytes were expected${failure.actualBytes === undefined ? '' : `, ${failure.actualBytes} came`}; send the content again`
    case 'parameter-invalid':
      return `the query parameter "${failure.parameter}" is not valid: ${failure.why}`
    case 'body-invalid':
      return `the request body is not valid: ${failure.why}`
    case 'body-interrupted':
      return 'the connection broke before the whole body arrived: send it again; an upload in chunks continues from what GET of its location says'
    case 'account-exists':
      return `there is already an account ${quote(failure.username)}: choose another name`
    case 'unauthorized':
      return failure.why
    case 'denied':
      return `${failure.who} may not ${failure.what}: ask the owner of the namespace or an administrator`
    case 'overloaded':
      return 'the registry is busy: wait a few seconds and try again'
  }
}
