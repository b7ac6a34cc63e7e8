/** What goes wrong with a directory, in a closed set, so that each place that tells of it has its own words. */

/** The steps of a login, in their order. */
export const steps = ['connect', 'tls', 'reader-bind', 'search', 'user-bind'] as const
export type Step = (typeof steps)[number]

export type WhyFault =
  /** No connection: the port is closed, the host has no address, or nothing leads there. */
  | 'unreachable'
  | 'timeout'
  /** The certificate is not trusted or is of another host, or the server speaks no TLS. */
  | 'tls-failed'
  /** The server takes no StartTLS. */
  | 'tls-refused'
  | 'closed'
  | 'answer-too-large'
  /** What the server sent is no LDAP. */
  | 'answer-malformed'
  | 'credentials-wrong'
  /** The server gives no more entries: it wants pages. */
  | 'size-limit'
  /** The base of a search does not exist, or the reader may not see it. */
  | 'no-such-entry'
  | 'not-permitted'
  /** Any other result code. */
  | 'refused'

export class DirectoryFault extends Error {
  override readonly name = 'DirectoryFault'

  constructor(
    readonly step: Step,
    readonly why: WhyFault,
    options?: ErrorOptions & { readonly code?: number | undefined },
  ) {
    const code = options?.code
    super(
      `the directory failed at the step ${step}: ${why}${code === undefined ? '' : ` (result code ${code})`}`,
      options,
    )
    this.code = code
  }

  /** The result code of the server (RFC 4511 section 4.1.9). */
  readonly code: number | undefined
}
