/**
 * The client of a directory: the messages of ldapts over a `Wire`, one question at a time. The client of ldapts itself is not
 * used: it connects again by itself, without TLS and without a login, and prints each message.
 */
import {
  AndFilter,
  BindRequest,
  BindResponse,
  EqualityFilter,
  FilterParser,
  MessageParser,
  PagedResultsControl,
  PresenceFilter,
  SearchEntry,
  SearchReference,
  SearchRequest,
  SearchResponse,
  type Filter,
  type MessageResponse,
} from 'ldapts'
import {
  directoryConnectMilliseconds,
  directoryOperationMilliseconds,
  entriesOfDirectoryPage,
  largestDirectoryAnswerBytes,
  mostEntriesOfDirectoryAnswer,
  mostRangesOfGroup,
} from '../../limits.ts'
import type { ServerConfiguration } from './configuration.ts'
import type { DirectoryClient, Search } from './directory-client.ts'
import { binaryAttributes, entryOf, rangeOf, subjectAttributes, type DirectoryEntry } from './entries.ts'
import { DirectoryFault, type Step, type WhyFault } from './faults.ts'
import { openWire, type Wire } from './wire.ts'
import { within } from './within.ts'

/**
 * Connects to a server and logs in as its reader, if it has one.
 *
 * @param onFault is told when the connection fails later
 * @throws DirectoryFault
 */
export async function openClient(server: ServerConfiguration, onFault = (): void => {}): Promise<DirectoryClient> {
  const wire = await openWire(server, directoryConnectMilliseconds)
  const client = new LdapClient(server, wire, onFault)
  try {
    if (server.readerDN !== '') await client.bindReader()
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

const success = 0

/** Result codes of a bind that say that this user cannot log in, whatever the reason (RFC 4511 section 4.1.9). */
const refusedLogins: ReadonlySet<number> = new Set([
  19, // constraintViolation: too many wrong passwords
  32, // noSuchObject
  34, // invalidDNSyntax
  48, // inappropriateAuthentication: the entry has no password
  49, // invalidCredentials
  50, // insufficientAccessRights
  53, // unwillingToPerform: the account is inactive
])

const meanings: ReadonlyMap<number, WhyFault> = new Map([
  [3, 'timeout'],
  [4, 'size-limit'],
  [8, 'encryption-wanted'],
  [10, 'elsewhere'],
  [11, 'size-limit'],
  [13, 'encryption-wanted'],
  [32, 'no-such-entry'],
  [49, 'credentials-wrong'],
  [50, 'not-permitted'],
])

type Request = BindRequest | SearchRequest

interface Answer {
  /** The result code. */
  readonly code: number
  readonly entries: readonly DirectoryEntry[]
  /** Where the next page begins; undefined for the last one. */
  readonly cookie: Buffer | undefined
}

class LdapClient implements DirectoryClient {
  private lastId = 1

  constructor(
    private readonly server: ServerConfiguration,
    private readonly wire: Wire,
    private readonly onFault: () => void,
  ) {}

  async bindReader(): Promise<void> {
    const { readerDN: dn, readerPassword: password } = this.server
    if (password === '') throw new DirectoryFault('reader-bind', 'credentials-wrong')
    requireSuccess(
      'reader-bind',
      await this.ask('reader-bind', new BindRequest({ messageId: this.nextId(), dn, password })),
    )
  }

  async *search(search: Search): AsyncGenerator<readonly DirectoryEntry[]> {
    const { baseDN, isSubtree, attributes, most } = search
    const question = {
      baseDN,
      scope: isSubtree ? ('sub' as const) : ('one' as const),
      filter: filterOf(search),
      attributes,
    }
    if (most !== undefined || this.server.noSimplePagination) {
      const size = most === undefined ? { mostAnswered: largestDirectoryAnswerBytes } : { sizeLimit: most }
      const answer = await this.find({ ...question, ...size })
      // A server that has more than were asked for says so.
      if (most === undefined || meanings.get(answer.code) !== 'size-limit') requireSuccess('search', answer)
      yield answer.entries
      return
    }
    let page: PagedResultsControl | undefined = pageFrom(undefined)
    while (page !== undefined) {
      const answer: Answer = await this.find({ ...question, page, mostAnswered: largestDirectoryAnswerBytes })
      requireSuccess('search', answer)
      yield answer.entries
      page = answer.cookie && pageFrom(answer.cookie)
    }
  }

  async readEntry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    const filter = new PresenceFilter({ attribute: 'objectClass' })
    return this.readBase(dn, filter, attributes, largestDirectoryAnswerBytes)
  }

  async *readMembers(groupDN: string, memberAttribute: string): AsyncGenerator<readonly string[]> {
    let from: number | undefined = 0
    for (let ranges = 0; from !== undefined; ranges++) {
      if (ranges >= mostRangesOfGroup) throw new DirectoryFault('search', 'answer-too-large')
      const asked: string = from === 0 ? memberAttribute : `${memberAttribute};range=${from}-*`
      const group = await this.readEntry(groupDN, [asked])
      if (group === undefined) throw new DirectoryFault('search', 'no-such-entry')
      const { values, next } = rangeOf(group, memberAttribute)
      yield values
      from = next !== undefined && next > from ? next : undefined
    }
  }

  async isMember(groupDN: string, memberAttribute: string, value: string): Promise<boolean> {
    const found = await this.readBase(groupDN, new EqualityFilter({ attribute: memberAttribute, value }), [])
    return found !== undefined
  }

  async bind(dn: string, password: string): Promise<boolean> {
    // RFC 4513 section 5.1.2: without a password or a name a bind succeeds, and proves nothing.
    if (dn === '' || password === '') return false
    const answer = await this.ask('user-bind', new BindRequest({ messageId: this.nextId(), dn, password }))
    if (refusedLogins.has(answer.code)) return false
    requireSuccess('user-bind', answer)
    return true
  }

  close(): void {
    this.wire.close()
  }

  /** Reads an entry if a filter matches it. */
  private async readBase(
    baseDN: string,
    filter: Filter,
    attributes: readonly string[],
    mostAnswered?: number,
  ): Promise<DirectoryEntry | undefined> {
    const size = mostAnswered === undefined ? {} : { mostAnswered }
    const answer = await this.find({ baseDN, scope: 'base', filter, attributes, ...size })
    if (meanings.get(answer.code) === 'no-such-entry') return undefined
    requireSuccess('search', answer)
    return answer.entries[0]
  }

  private find({
    attributes,
    page,
    mostAnswered,
    ...question
  }: {
    readonly baseDN: string
    readonly scope: 'base' | 'one' | 'sub'
    readonly filter: Filter
    readonly attributes: readonly string[]
    readonly sizeLimit?: number
    readonly page?: PagedResultsControl
    /** Bytes; by default those of a login. */
    readonly mostAnswered?: number
  }): Promise<Answer> {
    const request = new SearchRequest({
      messageId: this.nextId(),
      ...question,
      derefAliases: 'never',
      timeLimit: Math.ceil(directoryOperationMilliseconds / 1000),
      attributes: [...attributes, ...subjectAttributes],
      explicitBufferAttributes: [...binaryAttributes],
      controls: page === undefined ? [] : [page],
    })
    return this.ask('search', request, mostAnswered)
  }

  /** Asks the server something. After a fault the connection has ended. @throws DirectoryFault */
  private async ask(step: Step, request: Request, mostAnswered?: number): Promise<Answer> {
    try {
      return await within(directoryOperationMilliseconds, step, this.exchange(step, request, mostAnswered))
    } catch (error) {
      this.wire.close()
      this.onFault()
      throw error instanceof DirectoryFault ? error : new DirectoryFault(step, 'answer-malformed', { cause: error })
    }
  }

  private async exchange(step: Step, request: Request, mostAnswered: number | undefined): Promise<Answer> {
    await this.wire.send(step, request.write(), mostAnswered)
    const entries: DirectoryEntry[] = []
    for (;;) {
      const message = parsed(await this.wire.receive(step), request)
      // RFC 4511 section 4.4.1: the only message without a question says that the connection ends.
      if (message.messageId === 0) throw new DirectoryFault(step, 'closed')
      if (message.messageId !== request.messageId) throw new DirectoryFault(step, 'answer-malformed')
      if (message instanceof SearchEntry) {
        if (entries.length >= mostEntriesOfDirectoryAnswer) throw new DirectoryFault(step, 'answer-too-large')
        entries.push(readEntry(message))
      }
      // A referral leads to another host, which no administrator has named: it is left out.
      else if (!(message instanceof SearchReference)) {
        const isAnswer = message instanceof (request instanceof BindRequest ? BindResponse : SearchResponse)
        if (!isAnswer) throw new DirectoryFault(step, 'answer-malformed')
        return { code: message.status, entries, cookie: cookieOf(message) }
      }
    }
  }

  private nextId(): number {
    this.lastId += 1
    return this.lastId
  }
}

/** Parses a whole message. @throws what the library throws for one that is malformed */
function parsed(bytes: Uint8Array, request: Request): MessageResponse {
  const parser = new MessageParser()
  const messages: MessageResponse[] = []
  const errors: Error[] = []
  parser.on('message', (message) => messages.push(message))
  parser.on('error', (error) => errors.push(error))
  parser.read(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    new Map([[`${request.messageId}`, { message: request }]]),
  )
  const [message] = messages
  if (message === undefined) throw errors[0] ?? new Error('the directory sent half a message')
  return message
}

/** Returns where the next page begins; undefined for an answer without pages, and after the last one. */
function cookieOf({ controls = [] }: MessageResponse): Buffer | undefined {
  const page = controls.find((control) => control instanceof PagedResultsControl)
  const cookie = page?.value?.cookie
  return cookie?.length === 0 ? undefined : cookie
}

const readEntry = (entry: SearchEntry): DirectoryEntry => entryOf(entry.toObject([], [...binaryAttributes]))

/** Requires the result success. What the server says about another one stays here: it may name what is secret. */
function requireSuccess(step: Step, { code }: Answer): void {
  if (code !== success) throw new DirectoryFault(step, meanings.get(code) ?? 'refused', { code })
}

const pageFrom = (cookie: Buffer | undefined): PagedResultsControl =>
  new PagedResultsControl({ value: { size: entriesOfDirectoryPage, ...(cookie === undefined ? {} : { cookie }) } })

/** Parses a filter of the settings. @throws DirectoryFault `filter-wrong` */
function parsedFilter(text: string): Filter {
  try {
    return FilterParser.parseString(text)
  } catch (error) {
    throw new DirectoryFault('search', 'filter-wrong', { cause: error })
  }
}

/** Combines the filter of an administrator with values and attributes. */
function filterOf({ filter, matching = [], having = [] }: Search): Filter {
  const filters = [
    ...matching.map((one) => new EqualityFilter(one)),
    ...having.map((attribute) => new PresenceFilter({ attribute })),
    ...(filter === '' ? [] : [parsedFilter(filter)]),
  ]
  const [first = new PresenceFilter({ attribute: 'objectClass' }), ...others] = filters
  return others.length === 0 ? first : new AndFilter({ filters })
}
