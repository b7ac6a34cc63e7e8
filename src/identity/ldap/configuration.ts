/** The configuration of a directory: DTR's settings document with the passwords of the readers. */
import { dnKeyOf, isBelow } from '../links/dn.ts'
import type { MemberSyncOptions } from '../sync/member-options.ts'

/** How to reach a server, and how to log in there to search. */
export interface ServerConfiguration {
  /** `ldap://host[:port]` or `ldaps://host[:port]`. */
  readonly serverURL: string
  /** The server has no pages (RFC 2696). */
  readonly noSimplePagination: boolean
  /** Is ignored for `ldaps://`. */
  readonly startTLS: boolean
  /** Certificates in PEM. */
  readonly rootCerts: string
  /** Empty for a search without a login. */
  readonly readerDN: string
  readonly readerPassword: string
}

/** The server of a part of the tree. */
export interface DomainConfiguration extends ServerConfiguration {
  /** The distinguished name of the part. */
  readonly domain: string
}

/** A search for users. The first search that finds a name wins. */
export interface UserSearch {
  readonly baseDN: string
  /** Else the entries right below the base. */
  readonly scopeSubtree: boolean
  readonly usernameAttr: string
  /** Empty: no full names. */
  readonly fullNameAttr: string
  /** RFC 4515; empty: every entry that has a name. */
  readonly filter: string
  /** Only direct members of one group are users. */
  readonly matchGroup: boolean
  readonly matchGroupDN: string
  readonly matchGroupMemberAttr: string
  /** Looks each member up, in place of comparing all results with the members: better for small groups. */
  readonly matchGroupIterate: boolean
}

export interface DirectoryConfiguration extends ServerConfiguration {
  readonly additionalDomains: readonly DomainConfiguration[]
  readonly userSearchConfigs: readonly UserSearch[]
  readonly adminSyncOpts: MemberSyncOptions
  readonly syncSchedule: string
  /** The first login makes the account; else the sync does. */
  readonly jitUserProvisioning: boolean
}

/**
 * Returns the server that knows an entry: that of the domain with the longest name that the distinguished name ends with, or
 * else the default server. Only this one is asked.
 */
export function serverFor(
  configuration: Pick<DirectoryConfiguration, 'additionalDomains'> & ServerConfiguration,
  dn: string,
): ServerConfiguration {
  const key = dnKeyOf(dn)
  const [longest] = configuration.additionalDomains
    .map((server) => ({ server, domainKey: dnKeyOf(server.domain) }))
    .filter(({ domainKey }) => isBelow(key, domainKey))
    .toSorted((one, other) => other.domainKey.length - one.domainKey.length)
  return longest?.server ?? configuration
}

/** Returns the host and the port of a server. */
export function addressOf({ serverURL }: ServerConfiguration): {
  readonly hostname: string
  readonly port: number
  readonly isSecure: boolean
} {
  const { protocol, hostname, port } = new URL(serverURL)
  const isSecure = protocol === 'ldaps:'
  return {
    // `connect` takes an IPv6 address without its brackets.
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isSecure ? 636 : 389) : Number(port),
    isSecure,
  }
}
