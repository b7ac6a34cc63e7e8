/** What goes wrong with a directory, in a closed set, and what an administrator does about it. Callers who log in are told nothing of it. */

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
  /** The server takes no password in clear text, as Active Directory may be told to. */
  | 'encryption-wanted'
  /** The base of a search belongs to another server, to which this one refers. */
  | 'elsewhere'
  /** A filter that is none by RFC 4515. It was never sent. */
  | 'filter-wrong'
  /** Any other result code. */
  | 'refused'

interface Circumstances {
  readonly step: Step
  readonly code: number | undefined
}

/** Says for each fault what it is, and what to do. */
const advices: Readonly<Record<WhyFault, (circumstances: Circumstances) => string>> = {
  unreachable: () => 'there is no connection: check the host and the port, and that this registry may reach them',
  timeout: ({ step }) => `the directory did not answer in time at the step ${step}: check that it works, and its load`,
  'tls-failed': () =>
    'TLS failed: the certificate is not trusted, has ended or does not name this host; certificates of private authorities are trusted only where the registry was started with NODE_EXTRA_CA_CERTS',
  'tls-refused': () => 'the server takes no StartTLS: give it a certificate, or use ldaps://',
  closed: () => 'the directory ended the connection: look at its log',
  'answer-too-large': () => 'the directory sends more than is read of one answer: narrow the search or its filter',
  'answer-malformed': () =>
    'what answers does not speak LDAP: check the port, and that ldaps:// is for the encrypted one',
  'credentials-wrong': () => 'the directory refuses the reader: check readerDN and readerPassword',
  'size-limit': () => 'the directory gives no more entries: set noSimplePagination to false, or raise its limit',
  'no-such-entry': () => 'the base of a search does not exist, or the reader may not see it: check baseDN',
  'not-permitted': () => 'the reader may not search there: give it the right to read',
  'encryption-wanted': () => 'the server takes no password in clear text: set startTLS to true, or use ldaps://',
  elsewhere: () =>
    'the base of a search belongs to another server, and referrals are not followed: name that server in additionalDomains, or check baseDN',
  'filter-wrong': () => 'a filter is none by RFC 4515: correct it in the settings',
  refused: ({ code }) =>
    code === operationsError
      ? 'the directory refuses with the result code 1: Active Directory answers so to a search without a reader; set readerDN'
      : `the directory refuses with the result code ${code ?? 'unknown'} (RFC 4511 section 4.1.9): look at its log`,
}

const operationsError = 1

export class DirectoryFault extends Error {
  override readonly name = 'DirectoryFault'
  /** The result code of the server (RFC 4511 section 4.1.9). */
  readonly code: number | undefined
  /** What it is, and what to do, for administrators. */
  readonly advice: string

  constructor(
    readonly step: Step,
    readonly why: WhyFault,
    options?: ErrorOptions & { readonly code?: number | undefined },
  ) {
    const code = options?.code
    const advice = advices[why]({ step, code })
    super(`the directory failed at the step ${step}: ${advice}`, options)
    this.code = code
    this.advice = advice
  }
}

const aboutQuestions: ReadonlySet<WhyFault> = new Set([
  'no-such-entry',
  'not-permitted',
  'size-limit',
  'filter-wrong',
  'elsewhere',
  'refused',
])

/** Tells whether a fault is one of a question alone: the server has answered, and others may be asked. */
export const isOfQuestion = (error: unknown): error is DirectoryFault =>
  error instanceof DirectoryFault &&
  (aboutQuestions.has(error.why) || (error.why === 'timeout' && error.code !== undefined))
