/**
 * All failures, as one union. Each floor throws them in the terms of the domain; only `routes/error-responses.ts` knows
 * their HTTP answers. Each sentence says what happened, then what to do next.
 */
import type { AccountName, Digest, RepositoryName } from './names.ts'

/** Where a parameter of a request stands. */
export type ParameterPlace = 'path' | 'query' | 'header'

/** The things of which a namespace may have a limited number. */
export const boundsOfNamespace = [
  'repositories',
  'tags',
  'bytes of manifests',
  'open uploads of one repository',
  'open uploads',
] as const
export type BoundOfNamespace = (typeof boundsOfNamespace)[number]

export type Failure =
  /** A secret or variable of the deployment has an unusable value; `why` never quotes a secret. */
  | { kind: 'variable-invalid'; variable: string; why: string }
  | { kind: 'name-invalid'; name: string }
  /** One part alone: the namespace is missing. */
  | { kind: 'name-incomplete'; name: string }
  | { kind: 'tag-invalid'; tag: string }
  | { kind: 'account-name-invalid'; name: string }
  | { kind: 'team-name-invalid'; name: string }
  | { kind: 'digest-invalid'; digest: string }
  /** `actual` is unknown when R2 made the comparison. */
  | { kind: 'digest-mismatch'; expected: Digest; actual: string | undefined }
  | { kind: 'name-unknown'; repository: RepositoryName }
  | { kind: 'manifest-unknown'; repository: RepositoryName; reference: string }
  | { kind: 'manifest-invalid'; why: string }
  /** The repository has the same bytes under another media type, `mediaType`. */
  | { kind: 'manifest-type-fixed'; repository: RepositoryName; digest: Digest; mediaType: string }
  | { kind: 'manifest-too-large'; limitBytes: number }
  | { kind: 'manifest-references-unknown'; repository: RepositoryName; digests: string[] }
  | { kind: 'manifest-in-use'; digest: Digest; by: string }
  | { kind: 'too-many-tags'; limit: number }
  | { kind: 'blob-unknown'; repository: RepositoryName; digest: Digest }
  /** R2 lacks bytes that D1 lists. */
  | { kind: 'content-lost'; digest: Digest }
  | { kind: 'blob-in-use'; digest: Digest; by: string }
  | { kind: 'range-not-satisfiable'; sizeBytes: number }
  | { kind: 'too-many-ranges'; limit: number }
  | { kind: 'upload-unknown' }
  | { kind: 'upload-invalid'; why: string }
  | { kind: 'chunk-out-of-order'; offsetBytes: number }
  | { kind: 'size-mismatch'; expectedBytes: number; actualBytes: number | undefined }
  | { kind: 'parameter-invalid'; place: ParameterPlace; parameter: string; why: string }
  | { kind: 'body-invalid'; why: string }
  | { kind: 'body-interrupted' }
  /** The sender fell silent in the middle of a body. */
  | { kind: 'body-stalled' }
  | { kind: 'account-unknown'; name: string }
  | { kind: 'account-exists'; name: string }
  | { kind: 'account-has-repositories'; name: AccountName }
  | { kind: 'last-administrator'; name: AccountName }
  | { kind: 'not-an-organization'; name: AccountName }
  | { kind: 'member-unknown'; organization: AccountName; name: string }
  | { kind: 'team-member-unknown'; organization: AccountName; team: string; name: string }
  /** Also for an organization where a user is needed, as the caller may not be allowed to know that it exists. */
  | { kind: 'user-unknown'; name: string }
  | { kind: 'team-unknown'; organization: AccountName; name: string }
  | { kind: 'team-exists'; organization: AccountName; name: string }
  | { kind: 'grant-unknown'; team: string; target: string }
  | { kind: 'access-token-unknown' }
  | { kind: 'too-many-access-tokens'; limit: number }
  | { kind: 'repository-exists'; repository: RepositoryName }
  | { kind: 'namespace-full'; what: BoundOfNamespace }
  /** A push to a missing repository by a caller who could create it. */
  | { kind: 'repository-not-created'; repository: RepositoryName }
  | { kind: 'pruning-policy-invalid'; why: string }
  | { kind: 'pruning-policy-unknown'; repository: RepositoryName; id: string }
  | { kind: 'too-many-pruning-policies'; limit: number }
  | { kind: 'tag-unknown'; repository: RepositoryName; tag: string }
  /** `tags` are the tags of the push that already point to another manifest. */
  | { kind: 'tag-immutable'; repository: RepositoryName; tags: string[] }
  /** A push found no room for its tags: all others are signed, immutable or part of the same push. */
  | { kind: 'tag-limit-reached'; repository: RepositoryName; limit: number }
  /** `until` in milliseconds since 1970; undefined when unknown, or when an administrator must end it. */
  | { kind: 'read-only'; reason?: string; until?: number }
  /** Too few replicas are healthy to accept changes. `replicas` is undefined when they did not answer in time. */
  | { kind: 'no-majority'; replicas: number | undefined }
  | { kind: 'replica-unknown'; id: string }
  | { kind: 'replica-unreachable'; id: string }
  | { kind: 'replicas-unchanged'; why: string }
  /** The garbage collection lock has a higher token by now: another collection has started. */
  | { kind: 'gc-lock-lost'; token: number }
  | { kind: 'job-unknown'; id: string }
  /** The job must not run beside the job `id`. */
  | { kind: 'job-running'; id: string; action: string }
  | { kind: 'job-not-over'; id: string }
  | { kind: 'cron-unknown'; action: string }
  | { kind: 'settings-invalid'; why: string }
  | { kind: 'too-many-logins'; retryAfterSeconds: number }
  | { kind: 'path-too-long'; limit: number }
  | { kind: 'not-acceptable' }
  /** A browser sent a change on behalf of a page of another origin. */
  | { kind: 'origin-foreign'; origin: string }
  | { kind: 'media-type-unsupported' }
  /** The request is not authenticated; `scope` is what a token would need for it. */
  | { kind: 'unauthorized'; why: string; scope: string | undefined }
  /** The registry token of the request is invalid or has expired; a new one might work. */
  | { kind: 'token-invalid'; why: string; scope: string | undefined }
  /** The caller is known and lacks permission; `scope` is set when another token might allow it. */
  | { kind: 'denied'; who: string; what: string; scope: string | undefined }
  /** The password hash function failed, so the password was not checked. */
  | { kind: 'hashing-failed' }
  /** The caller has the permission, but an access token may not use it (see `auth/proof.ts`). */
  | { kind: 'password-needed'; who: AccountName; what: string }
  | { kind: 'overloaded' }
  /** R2 failed or did not answer, and a retry may succeed. */
  | { kind: 'storage-unavailable' }
  | { kind: 'database-full' }
  /** Only in a local registry. */
  | { kind: 'disk-full' }

/** The error that the registry throws on purpose; any other error is a defect or an outage. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    super(describe(failure), options)
    this.failure = failure
  }
}

/** Returns the refusal of a known caller. @param what completes the sentence "<who> may not <what>" */
export const denied = (who: string, what: string, options?: ErrorOptions): RegistryError =>
  new RegistryError({ kind: 'denied', who, what, scope: undefined }, options)

/** Quotes text from a request, shortened so that the error stays readable. */
const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

function some(digests: readonly string[]): string {
  if (digests.length === 0) return 'it'
  const more = digests.length > 3 ? ` and ${digests.length - 3} more` : ''
  return `${digests.slice(0, 3).join(', ')}${more}`
}

const untilWhen = (until: number | undefined): string =>
  until === undefined ? 'for now' : `until ${new Date(until).toISOString()}`

const namespaceIn = (repository: string): string => repository.split('/')[0] ?? ''

const makingRoom: Record<BoundOfNamespace, string> = {
  repositories: 'delete unused ones',
  tags: 'delete some, or create a pruning policy',
  'bytes of manifests': 'delete unused images, or let garbage collection delete untagged ones',
  'open uploads': 'finish some or cancel them with DELETE; they expire after a day',
  'open uploads of one repository': 'finish some or cancel them with DELETE; they expire after a day',
}
const settingOfBound: Record<BoundOfNamespace, string> = {
  repositories: 'namespaceMaxRepositories',
  tags: 'namespaceMaxTags',
  'bytes of manifests': 'namespaceMaxManifestBytes',
  'open uploads': 'namespaceMaxUploads',
  'open uploads of one repository': 'namespaceMaxUploads',
}

function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'name-invalid':
      return `${quote(failure.name)} is not a repository name: write <namespace>/<repository>, like alice/app, in lower-case letters and digits, separated by ".", "_", "-" or "/", 255 characters at most`
    case 'name-incomplete':
      return `${quote(failure.name)} has no namespace: write <namespace>/<repository>, like alice/${failure.name}`
    case 'tag-invalid':
      return `${quote(failure.tag)} is not a tag: use up to 128 letters, digits, ".", "_" and "-", not starting with "." or "-"`
    case 'account-name-invalid':
      return `${quote(failure.name)} is not the name of a user or an organization: use up to 100 lower-case letters and digits, separated by ".", "_" or "-"`
    case 'team-name-invalid':
      return `${quote(failure.name)} is not the name of a team: use up to 100 letters and digits, separated by ".", "_" or "-"`
    case 'digest-invalid':
      return `${quote(failure.digest)} is not a supported digest: use "sha256:" with 64 or "sha512:" with 128 lower-case hexadecimal digits`
    case 'digest-mismatch':
      return `the content does not match the digest ${failure.expected}${failure.actual === undefined ? '' : `; its digest is ${failure.actual}`}: the content was damaged in transit, or the digest is wrong; upload it again`
    case 'name-unknown':
      return `repository ${failure.repository} does not exist, or you have no access to it: check the name, log in, or ask its owner for access`
    case 'manifest-unknown':
      return `${failure.repository} has no manifest ${quote(failure.reference)}: list the tags of the repository to find the right one`
    case 'manifest-invalid':
      return `the manifest is not valid: ${failure.why}`
    case 'manifest-type-fixed':
      return `${failure.repository} already has ${failure.digest} with the media type ${failure.mediaType}, and a digest has one media type: push it with that type, or change the manifest so that its digest changes`
    case 'manifest-too-large':
      return `the manifest is larger than ${failure.limitBytes} bytes: split it into several manifests under an index, or drop annotations`
    case 'manifest-references-unknown':
      return `the manifest refers to content that ${failure.repository} does not have: push ${some(failure.digests)} to this repository first`
    case 'manifest-in-use':
      return `${failure.digest} belongs to the index ${failure.by}: delete that index first`
    case 'too-many-tags':
      return `one push may set at most ${failure.limit} tags: push the manifest again for the other tags`
    case 'blob-unknown':
      return `${failure.repository} has no blob ${failure.digest}: push it to this repository first`
    case 'content-lost':
      return `the storage has lost bytes of ${failure.digest}: push the image again to restore them, or ask the operator to restore them from a backup`
    case 'blob-in-use':
      return `${failure.digest} belongs to the manifest ${failure.by}: delete that manifest first`
    case 'range-not-satisfiable':
      return `the range is outside the blob: ask for bytes below ${failure.sizeBytes}, its size`
    case 'too-many-ranges':
      return `one request may ask for at most ${failure.limit} ranges: ask for fewer and larger ones, or for the whole blob`
    case 'upload-unknown':
      return 'there is no such upload: it was finished or canceled, or it expired; start a new one with POST'
    case 'upload-invalid':
      return `the upload cannot continue: ${failure.why}`
    case 'chunk-out-of-order':
      return `the next chunk must start at byte ${failure.offsetBytes}: ask for the status of the upload with GET and continue from there`
    case 'size-mismatch':
      return `the length does not match: ${failure.expectedBytes} bytes were announced${failure.actualBytes === undefined ? '' : `, ${failure.actualBytes} arrived`}; send the content again`
    case 'parameter-invalid':
      return `the ${failure.place} parameter "${failure.parameter}" is not valid: ${failure.why}`
    case 'body-invalid':
      return `the request body is not valid: ${failure.why}`
    case 'body-interrupted':
      return 'the connection closed before the whole body arrived: send it again; to continue a chunked upload, GET its location and send the bytes after the range it reports'
    case 'body-stalled':
      return 'the body stopped arriving, so the request timed out: send it again; to continue a chunked upload, GET its location and send the bytes after the range it reports'
    case 'account-unknown':
      return `account ${quote(failure.name)} does not exist, or you have no access to it: check the name, or ask an administrator to create it`
    case 'account-exists':
      return `there is already an account ${quote(failure.name)}: choose another name`
    case 'account-has-repositories':
      return `${failure.name} still has repositories: delete them first, or delete both with DELETE /api/v0/accounts/${failure.name}`
    case 'last-administrator':
      return `${failure.name} is the last active administrator: make another user an administrator first`
    case 'not-an-organization':
      return `${failure.name} is a user, and only organizations have members and teams: use the name of an organization`
    case 'member-unknown':
      return `${quote(failure.name)} is not a member of ${failure.organization}: add the user first`
    case 'team-member-unknown':
      return `${quote(failure.name)} is not in the team ${quote(failure.team)} of ${failure.organization}: add the user first`
    case 'user-unknown':
      return `there is no user ${quote(failure.name)}: check the name (an organization is not a user), or ask an administrator to create the user`
    case 'team-unknown':
      return `${failure.organization} has no team ${quote(failure.name)}, or you have no access to it: list its teams to find the right name`
    case 'team-exists':
      return `${failure.organization} already has a team ${quote(failure.name)}: choose another name`
    case 'grant-unknown':
      return `the team ${quote(failure.team)} has no access to ${failure.target}: grant it with PUT`
    case 'access-token-unknown':
      return 'there is no such access token: list the tokens of the account to find the right one'
    case 'too-many-access-tokens':
      return `an account may have at most ${failure.limit} access tokens: delete unused ones`
    case 'repository-exists':
      return `there is already a repository ${failure.repository}: choose another name, or push to it`
    case 'namespace-full':
      return `the namespace has reached its limit on ${failure.what}: ${makingRoom[failure.what]}, or ask an administrator to raise the setting ${settingOfBound[failure.what]}`
    case 'repository-not-created':
      return `repository ${failure.repository} does not exist, and pushes do not create repositories in this registry: create it with POST /api/v0/repositories/${namespaceIn(failure.repository)} or "npm run admin -- repository create ${failure.repository}", then push again`
    case 'pruning-policy-invalid':
      return `the pruning policy is not valid: ${failure.why}`
    case 'pruning-policy-unknown':
      return `${failure.repository} has no pruning policy ${quote(failure.id)}: list its policies to find the right id`
    case 'too-many-pruning-policies':
      return `a repository may have at most ${failure.limit} pruning policies: delete some, or combine their values in one rule`
    case 'tag-unknown':
      return `${failure.repository} has no tag ${quote(failure.tag)}: list its tags to find the right one`
    case 'tag-immutable':
      return `tags of ${failure.repository} are immutable, and another image already has ${some(failure.tags)}: push a new tag, or ask an administrator of ${failure.repository} to make its tags mutable`
    case 'tag-limit-reached':
      return `the tag limit of ${failure.repository} is ${failure.limit}, and the push would exceed it, as signed and immutable tags are kept: delete unused tags, or ask an administrator of ${failure.repository} to raise the limit`
    case 'read-only':
      return `the registry is read-only ${untilWhen(failure.until)}${failure.reason === undefined || failure.reason === '' ? '' : ` (${failure.reason})`}: pulls work, pushes and deletions do not; try again later or ask an administrator`
    case 'no-majority':
      if (failure.replicas === undefined) {
        return 'the replicas did not answer in time, so the registry cannot tell whether it may accept changes: try again in a few seconds; an administrator sees more with "npm run admin -- replica status"'
      }
      return `the registry has no majority of healthy replicas (of ${failure.replicas}), so it accepts no changes: try again in a minute; an administrator sees why with "npm run admin -- replica status", and can run "npm run admin -- replica emergency-repair" if replicas are lost for good`
    case 'replica-unknown':
      return `there is no replica ${quote(failure.id)}: list the replicas to find the right id`
    case 'replica-unreachable':
      return `the replica ${failure.id} does not answer: try again, or choose another one`
    case 'replicas-unchanged':
      return `the replicas were not changed: ${failure.why}`
    case 'gc-lock-lost':
      return `another garbage collection has taken the lock from this one (token ${failure.token}), so this one stops: look at the newer job`
    case 'job-unknown':
      return `there is no job ${quote(failure.id)}: list the jobs to find the right id`
    case 'job-running':
      return `the job ${failure.id} has not finished, so a job ${failure.action} cannot start: wait for it, or cancel it`
    case 'job-not-over':
      return `the job ${failure.id} has not finished: cancel it first`
    case 'cron-unknown':
      return `there is no schedule for ${quote(failure.action)}: list the schedules to find the right action`
    case 'settings-invalid':
      return `the settings are not valid: ${failure.why}`
    case 'too-many-logins':
      return `too many failed logins: wait ${failure.retryAfterSeconds} seconds and try again, or use an access token`
    case 'origin-foreign':
      return `pages of ${quote(failure.origin)} may not change this registry: send the request from a client that is not a browser, or ask the operator to add the origin to ALLOWED_ORIGINS`
    case 'path-too-long':
      return `the request path is longer than ${failure.limit} characters, and no resource has such a long name: check it`
    case 'not-acceptable':
      return 'the API answers in JSON: send "Accept: application/json"'
    case 'media-type-unsupported':
      return 'the API reads JSON: send "Content-Type: application/json"'
    case 'unauthorized':
    case 'token-invalid':
      return failure.why
    case 'denied':
      return `${failure.who} may not ${failure.what}: ask an owner of the namespace or an administrator`
    case 'hashing-failed':
      return 'the registry ran short of memory while checking the password: wait a few seconds and try again'
    case 'password-needed':
      return `${failure.who} may not ${failure.what} with an access token, as the change would outlast the token: log in with the password, or with a session from POST /auth/login`
    case 'database-full':
      return 'the database of the registry is full: pulls work, but pushes do not until the operator makes room by deleting repositories or keeping fewer events and jobs'
    case 'disk-full':
      return 'the disk of the registry is almost full: pulls work, but pushes do not until the operator makes room by deleting images and collecting garbage, or by moving the state folder to a larger disk'
    case 'storage-unavailable':
      return 'the storage of the registry is not responding: wait a few seconds and try again'
    case 'variable-invalid':
      return `${failure.variable} ${failure.why}`
    case 'overloaded':
      return 'the registry is busy: wait a few seconds and try again'
  }
}
