/**
 * Everything that can be refused, as one union. A floor throws what went wrong in the words of the domain; how that
 * looks over HTTP is decided in `routes/error-responses.ts` alone. Each sentence tells its reader what to do next.
 */
import type { AccountName, Digest, RepositoryName } from './names.ts'

/** Where a parameter of a request stands. */
export type ParameterPlace = 'path' | 'query' | 'header'

/** What a namespace has a bounded number of. */
export const boundsOfNamespace = [
  'repositories',
  'tags',
  'bytes of manifests',
  'open uploads of one repository',
  'open uploads',
] as const
export type BoundOfNamespace = (typeof boundsOfNamespace)[number]

export type Failure =
  /** The deployment cannot work with the text of a secret or variable, which `why` does not quote if it is secret. */
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
  /** The same bytes are there as another media type, which `mediaType` is. */
  | { kind: 'manifest-type-fixed'; repository: RepositoryName; digest: Digest; mediaType: string }
  | { kind: 'manifest-too-large'; limitBytes: number }
  | { kind: 'manifest-references-unknown'; repository: RepositoryName; digests: string[] }
  | { kind: 'manifest-in-use'; digest: Digest; by: string }
  | { kind: 'too-many-tags'; limit: number }
  | { kind: 'blob-unknown'; repository: RepositoryName; digest: Digest }
  /** R2 does not have all bytes of what D1 says is there. */
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
  /** Also for an organization where only a user will do: it may be one that the caller may not see. */
  | { kind: 'user-unknown'; name: string }
  | { kind: 'team-unknown'; organization: AccountName; name: string }
  | { kind: 'team-exists'; organization: AccountName; name: string }
  | { kind: 'grant-unknown'; team: string; target: string }
  | { kind: 'access-token-unknown' }
  | { kind: 'too-many-access-tokens'; limit: number }
  | { kind: 'repository-exists'; repository: RepositoryName }
  | { kind: 'namespace-full'; what: BoundOfNamespace }
  /** A push to a repository that is not there, by somebody who could create it. */
  | { kind: 'repository-not-created'; repository: RepositoryName }
  | { kind: 'pruning-policy-invalid'; why: string }
  | { kind: 'pruning-policy-unknown'; repository: RepositoryName; id: string }
  | { kind: 'too-many-pruning-policies'; limit: number }
  | { kind: 'tag-unknown'; repository: RepositoryName; tag: string }
  /** The tags are those of the push that have another manifest already. */
  | { kind: 'tag-immutable'; repository: RepositoryName; tags: string[] }
  /** A push found no room for its tags, as all others are signed or immutable, or its own. */
  | { kind: 'tag-limit-reached'; repository: RepositoryName; limit: number }
  /** `until` in milliseconds since 1970, when it is known; undefined: until somebody ends it. */
  | { kind: 'read-only'; reason?: string; until?: number }
  /** Too few replicas are healthy to know what was decided; undefined: they have not answered in time. */
  | { kind: 'no-majority'; replicas: number | undefined }
  | { kind: 'replica-unknown'; id: string }
  | { kind: 'replica-unreachable'; id: string }
  | { kind: 'replicas-unchanged'; why: string }
  /** The lock of the garbage collection has a higher token by now: somebody else runs. */
  | { kind: 'gc-lock-lost'; token: number }
  | { kind: 'job-unknown'; id: string }
  /** It must not run beside the one that is under way. */
  | { kind: 'job-running'; id: string; action: string }
  | { kind: 'job-not-over'; id: string }
  | { kind: 'cron-unknown'; action: string }
  | { kind: 'settings-invalid'; why: string }
  | { kind: 'too-many-logins'; retryAfterSeconds: number }
  | { kind: 'path-too-long'; limit: number }
  | { kind: 'not-acceptable' }
  /** A browser asks for a change in the name of a page of another origin. */
  | { kind: 'origin-foreign'; origin: string }
  | { kind: 'media-type-unsupported' }
  /** Nobody has proved who they are; `scope` is what a token would need for this request. */
  | { kind: 'unauthorized'; why: string; scope: string | undefined }
  /** The registry token of the request proves nothing, or no longer: a new one might. */
  | { kind: 'token-invalid'; why: string; scope: string | undefined }
  /** Somebody known may not do this; `scope` is set when another token might allow it. */
  | { kind: 'denied'; who: string; what: string; scope: string | undefined }
  /** The function that hashes passwords failed, so nobody knows whether one is right. */
  | { kind: 'hashing-failed' }
  /** The caller may do it, but not with an access token (see `auth/proof.ts`). */
  | { kind: 'password-needed'; who: AccountName; what: string }
  | { kind: 'overloaded' }
  /** R2 failed, or did not answer, in a way that passes by itself. */
  | { kind: 'storage-unavailable' }
  | { kind: 'database-full' }
  /** Of a registry on a machine of its own. */
  | { kind: 'disk-full' }

/** The one error that the registry throws on purpose; anything else is a defect or an outage. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    super(describe(failure), options)
    this.failure = failure
  }
}

/** Somebody known may not do this. @param what as it stands in the sentence: "<who> may not <what>" */
export const denied = (who: string, what: string, options?: ErrorOptions): RegistryError =>
  new RegistryError({ kind: 'denied', who, what, scope: undefined }, options)

/** Names of others are quoted at most this long, so that an error stays readable. */
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
  repositories: 'delete some that are no longer used',
  tags: 'delete some, or let a pruning policy do so',
  'bytes of manifests': 'delete images that are no longer used, or let the garbage collector take untagged ones',
  'open uploads': 'finish some or cancel them with DELETE, as they end by themselves only after a day',
  'open uploads of one repository':
    'finish some or cancel them with DELETE, as they end by themselves only after a day',
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
      return `${quote(failure.digest)} is not a digest that this registry keeps: use "sha256:" with 64 or "sha512:" with 128 lower-case hexadecimal digits`
    case 'digest-mismatch':
      return `the content does not have the digest ${failure.expected}${failure.actual === undefined ? '' : ` but ${failure.actual}`}: it was damaged on its way or the digest is of something else; upload it again`
    case 'name-unknown':
      return `there is no repository ${failure.repository} that you may see: check the name, log in, or ask its owner for access`
    case 'manifest-unknown':
      return `${failure.repository} has no manifest ${quote(failure.reference)}: list the tags of the repository to see what it has`
    case 'manifest-invalid':
      return `the manifest is not valid: ${failure.why}`
    case 'manifest-type-fixed':
      return `${failure.repository} has ${failure.digest} as ${failure.mediaType}, and one digest has one type: push it as that type, or change the manifest, so that it has another digest`
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
    case 'content-lost':
      return `the storage has lost bytes of ${failure.digest}: push the image again, which brings them back, or ask an operator to restore them from a backup`
    case 'blob-in-use':
      return `${failure.digest} belongs to the manifest ${failure.by}: delete that manifest first`
    case 'range-not-satisfiable':
      return `the range lies outside of the blob, which has ${failure.sizeBytes} bytes`
    case 'too-many-ranges':
      return `one request may ask for at most ${failure.limit} ranges: ask for fewer and larger ones, or for the whole blob`
    case 'upload-unknown':
      return 'there is no such upload: it was finished, cancelled or has expired; start a new one with POST'
    case 'upload-invalid':
      return `the upload cannot go on: ${failure.why}`
    case 'chunk-out-of-order':
      return `the next chunk must start at byte ${failure.offsetBytes}: ask for the status of the upload with GET and continue from there`
    case 'size-mismatch':
      return `the length is not the one announced: ${failure.expectedBytes} bytes were expected${failure.actualBytes === undefined ? '' : `, ${failure.actualBytes} came`}; send the content again`
    case 'parameter-invalid':
      return `the ${failure.place} parameter "${failure.parameter}" is not valid: ${failure.why}`
    case 'body-invalid':
      return `the request body is not valid: ${failure.why}`
    case 'body-interrupted':
      return 'the connection broke before the whole body arrived: send it again; an upload in chunks continues from what GET of its location says'
    case 'body-stalled':
      return 'the body stopped arriving, so the request was ended: send it again; an upload in chunks continues from what GET of its location says'
    case 'account-unknown':
      return `there is no account ${quote(failure.name)} that you may see: check the name, or ask an administrator to make it`
    case 'account-exists':
      return `there is already an account ${quote(failure.name)}: choose another name`
    case 'account-has-repositories':
      return `${failure.name} still has repositories: delete them first, or delete both with DELETE /api/v0/accounts/${failure.name}`
    case 'last-administrator':
      return `${failure.name} is the last active administrator: make somebody else one first`
    case 'not-an-organization':
      return `${failure.name} is a user, and only organizations have members and teams: use the name of an organization`
    case 'member-unknown':
      return `${quote(failure.name)} is not a member of ${failure.organization}: add the user first`
    case 'team-member-unknown':
      return `${quote(failure.name)} is not in the team ${quote(failure.team)} of ${failure.organization}: add the user first`
    case 'user-unknown':
      return `there is no user ${quote(failure.name)}: check the name, which must not be that of an organization, or ask an administrator to make the user`
    case 'team-unknown':
      return `${failure.organization} has no team ${quote(failure.name)} that you may see: list its teams to see which there are`
    case 'team-exists':
      return `${failure.organization} has a team ${quote(failure.name)} already: choose another name`
    case 'grant-unknown':
      return `the team ${quote(failure.team)} was given no access to ${failure.target}: give it some with PUT`
    case 'access-token-unknown':
      return 'there is no such access token: list the tokens of the account to see which there are'
    case 'too-many-access-tokens':
      return `an account may have at most ${failure.limit} access tokens: delete some that are no longer used`
    case 'repository-exists':
      return `there is already a repository ${failure.repository}: choose another name, or push to it`
    case 'namespace-full':
      return `the namespace has as many ${failure.what} as it may have: ${makingRoom[failure.what]}, or ask an administrator to raise the setting ${settingOfBound[failure.what]}`
    case 'repository-not-created':
      return `there is no repository ${failure.repository}, and a push does not create one here: create it with POST /api/v0/repositories/${namespaceIn(failure.repository)} or "npm run admin -- repository create ${failure.repository}", then push again`
    case 'pruning-policy-invalid':
      return `the pruning policy is not valid: ${failure.why}`
    case 'pruning-policy-unknown':
      return `${failure.repository} has no pruning policy ${quote(failure.id)}: list its policies to see which there are`
    case 'too-many-pruning-policies':
      return `a repository may have at most ${failure.limit} pruning policies: delete some, or put their values into one rule`
    case 'tag-unknown':
      return `${failure.repository} has no tag ${quote(failure.tag)}: list its tags to see which there are`
    case 'tag-immutable':
      return `tags of ${failure.repository} are immutable, and ${some(failure.tags)} is another image already: push under a new tag`
    case 'tag-limit-reached':
      return `the tag limit of ${failure.repository} is ${failure.limit}, and the push needs more, as signed and immutable tags stay: delete tags that are no longer needed, or ask an administrator of ${failure.repository} to raise the limit`
    case 'read-only':
      return `the registry is read-only ${untilWhen(failure.until)}${failure.reason === undefined || failure.reason === '' ? '' : ` (${failure.reason})`}: pulls work, pushes and deletions do not; try again later or ask an administrator`
    case 'no-majority':
      if (failure.replicas === undefined) {
        return 'the replicas have not answered in time, so it is not known whether something may be changed: try again in a few seconds; an administrator sees more with "npm run admin -- replica status"'
      }
      return `the registry has no majority of healthy replicas (it has ${failure.replicas}), so nothing can be changed: try again in a minute; an administrator sees why with "npm run admin -- replica status", and ends it with "npm run admin -- replica emergency-repair" where replicas are lost for good`
    case 'replica-unknown':
      return `there is no replica ${quote(failure.id)}: list the replicas to see which there are`
    case 'replica-unreachable':
      return `the replica ${failure.id} does not answer: try again, or choose another one`
    case 'replicas-unchanged':
      return `the replicas stay as they are: ${failure.why}`
    case 'gc-lock-lost':
      return `another garbage collection has begun since this one got its lock (token ${failure.token}), so this one ends: look at the newer job`
    case 'job-unknown':
      return `there is no job ${quote(failure.id)}: list the jobs to see which there are`
    case 'job-running':
      return `a job ${failure.action} cannot begin while the job ${failure.id} is not over: wait for it, or cancel it`
    case 'job-not-over':
      return `the job ${failure.id} is not over: cancel it first`
    case 'cron-unknown':
      return `there is no schedule for ${quote(failure.action)}: list the schedules to see which there are`
    case 'settings-invalid':
      return `the settings are not valid: ${failure.why}`
    case 'too-many-logins':
      return `too many failed logins: wait ${failure.retryAfterSeconds} seconds and try again, or use an access token`
    case 'origin-foreign':
      return `a page of ${quote(failure.origin)} may not change anything in this registry: send the request from elsewhere than a browser, or ask the operator to name the origin in ALLOWED_ORIGINS`
    case 'path-too-long':
      return `the path of the request is longer than ${failure.limit} characters, and nothing here has so long a name: check it`
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
      return 'the registry could not look at the password, as it was short of memory: wait a few seconds and try again'
    case 'password-needed':
      return `${failure.who} may not ${failure.what} with an access token, as that would outlast it: log in with the password, or with a session that POST /auth/login gives for it`
    case 'database-full':
      return 'the database of the registry is full: pulls work, but nothing can be stored until its operator makes room, by deleting repositories or by keeping fewer events and jobs'
    case 'disk-full':
      return 'the disk of the registry is almost full: pulls work, but this cannot be stored until its operator makes room, by deleting images and collecting garbage or by moving the state folder to a larger disk'
    case 'storage-unavailable':
      return 'the storage of the registry does not answer right now: wait a few seconds and try again'
    case 'variable-invalid':
      return `${failure.variable} ${failure.why}`
    case 'overloaded':
      return 'the registry is busy: wait a few seconds and try again'
  }
}
