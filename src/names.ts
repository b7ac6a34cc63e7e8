/**
 * Names from requests, parsed once at the routes. The branded types (`Digest`, `Tag`, …) prove that the grammar was
 * checked, so no other floor checks it again.
 */
import { RegistryError } from './errors.ts'
import {
  longestAccountName,
  longestRepositoryName,
  longestTag,
  longestTeamName,
  longestWorkloadRuleName,
} from './limits.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type RepositoryName = Branded<'RepositoryName'>
export type Tag = Branded<'Tag'>
export type Digest = Branded<'Digest'>
/** The name of a user or an organization, which is also the namespace of their repositories. */
export type AccountName = Branded<'AccountName'>
export type TeamName = Branded<'TeamName'>
/** The name of a workload in tokens and events. It is never that of an account, which has no colon. */
export type WorkloadName = Branded<'WorkloadName'>

/** The last part of a path `/manifests/…`: a tag, or the digest of one manifest. */
export type Reference = { readonly tag: Tag } | { readonly digest: Digest }

export type DigestAlgorithm = 'sha256' | 'sha512'

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 }
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryPattern = new RegExp(`^${component}(?:/${component})+$`)
export const accountPattern = new RegExp(`^${component}$`)
export const teamPattern = /^[a-zA-Z0-9]+(?:[._-][a-zA-Z0-9]+)*$/
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/

/** Tells whether a text is `<namespace>/<repository>`, where the repository may have several parts. */
export function isRepositoryName(text: string): text is RepositoryName {
  return text.length <= longestRepositoryName && text.indexOf('/') <= longestAccountName && repositoryPattern.test(text)
}

/**
 * Parses the name of a repository.
 *
 * @throws RegistryError `name-invalid`, or `name-incomplete` for a name of one part
 */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text
  throw new RegistryError({ kind: isAccountName(text) ? 'name-incomplete' : 'name-invalid', name: text })
}

/** Returns the namespace of a repository, the first part of its name: `acme` of `acme/backend/api`. */
export function namespaceOf(name: RepositoryName): AccountName {
  return name.slice(0, name.indexOf('/')) as AccountName
}

/** Returns the name of a repository without its namespace: `backend/api` of `acme/backend/api`. */
export function withoutNamespace(name: RepositoryName): string {
  return name.slice(name.indexOf('/') + 1)
}

/** Tells whether a text is the name of an account, which has the grammar of one part of a repository's name. */
export function isAccountName(text: string): text is AccountName {
  return text.length <= longestAccountName && accountPattern.test(text)
}

/** Parses the name of an account. @throws RegistryError `account-name-invalid` */
export function parseAccountName(text: string): AccountName {
  if (!isAccountName(text)) throw new RegistryError({ kind: 'account-name-invalid', name: text })
  return text
}

/** Tells whether a text has the form of an account's id, which paths take in place of a name. */
export const hasFormOfId = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

const serviceAccountPrefix = 'robot.'

/** Tells whether a text begins as the names of service accounts do, which no other new account gets. */
export const hasFormOfServiceAccount = (text: string): boolean => text.startsWith(serviceAccountPrefix)

/** What follows the name of the organization in the name of a service account: without a dot, so that it is the end. */
export const servicePattern = /^[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$/

/** Returns the name of a service account: `robot.acme.ci`, which may be too long. */
export const serviceAccountName = (organization: AccountName, shortName: string): string =>
  `${serviceAccountPrefix}${organization}.${shortName}`

export function isTeamName(text: string): text is TeamName {
  return text.length <= longestTeamName && teamPattern.test(text)
}

/** Parses the name of a team. @throws RegistryError `team-name-invalid` */
export function parseTeamName(text: string): TeamName {
  if (!isTeamName(text)) throw new RegistryError({ kind: 'team-name-invalid', name: text })
  return text
}

const workloadPrefix = 'ci:'
const workloadRulePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/

/** Tells whether a text is the name of a rule by which workloads get in. */
export const isWorkloadRuleName = (text: string): boolean =>
  text.length <= longestWorkloadRuleName && workloadRulePattern.test(text)

export const isWorkloadName = (text: string): text is WorkloadName =>
  text.startsWith(workloadPrefix) && isWorkloadRuleName(text.slice(workloadPrefix.length))

/** Returns the name of the workloads that a rule lets in: `ci:deploy` for the rule `deploy`. */
export const workloadNameOf = (rule: string): WorkloadName => `${workloadPrefix}${rule}` as WorkloadName

/** The account that a new registry begins with. */
export const firstAdministrator = 'admin' as AccountName

export function isTag(text: string): text is Tag {
  return text.length <= longestTag && tagPattern.test(text)
}

/** Parses a tag. @throws RegistryError `tag-invalid` */
export function parseTag(text: string): Tag {
  if (!isTag(text)) throw new RegistryError({ kind: 'tag-invalid', tag: text })
  return text
}

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return text === 'sha256' || text === 'sha512'
}

export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(':')
  const algorithm = text.slice(0, colon)
  if (!isDigestAlgorithm(algorithm)) return false
  const hex = text.slice(colon + 1)
  return hex.length === hexLength[algorithm] && /^[0-9a-f]+$/.test(hex)
}

/** Parses a digest. @throws RegistryError `digest-invalid` for a malformed digest or an unsupported algorithm */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new RegistryError({ kind: 'digest-invalid', digest: text })
  return text
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** Returns the hexadecimal part of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

export function digestOf(algorithm: DigestAlgorithm, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest
}

/**
 * Parses a reference: one with a colon is a digest, any other a tag, like `sha256-…`.
 *
 * @throws RegistryError `digest-invalid` or `tag-invalid`
 */
export function parseReference(text: string): Reference {
  return text.includes(':') ? { digest: parseDigest(text) } : { tag: parseTag(text) }
}
