/**
 * The client of a directory: the messages of ldapts over a `Wire`. The client of ldapts itself is not
 * used: it connects again by itself, without TLS and without a login, and prints each message.
 */
import {
  BindRequest,
  BindResponse,
  EqualityFilter,
  SearchEntry,
  SearchReference,
  SearchRequest,
  SearchResponse,
  type Filter,
  type PagedResultsControl,
} from 'ldapts'
import {
  directoryConnectMilliseconds,
  directoryOperationMilliseconds,
  largestDirectoryAnswerBytes,
  mostEntriesOfDirectoryAnswer,
  mostRangesOfGroup,
} from '../../limits.ts'
import type { ServerConfiguration } from './configuration.ts'
import type { DirectoryClient, Search, Wanted } from './directory-client.ts'
import { binaryAttributes, entryOf, rangeOf, subjectAttributes, type DirectoryEntry } from './entries.ts'
import { DirectoryFault, type Step, type WhyFault } from './faults.ts'
import { cookieOf, pageFrom, parsed, type Request } from './messages.ts'
import { filterOf } from './search-filter.ts'
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

interface Question {
  readonly baseDN: string
  readonly scope: 'base' | 'one' | 'sub'
  readonly filter: Filter
  readonly attributes: readonly string[]
  readonly sizeLimit?: number
  readonly page?: PagedResultsControl
  /** Bytes; by default those of a login. */
  readonly mostAnswered?: number
}

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
      await this.askOne('reader-bind', new BindRequest({ messageId: this.nextId(), dn, password })),
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

  async readEntry(
    dn: string,
    attributes: readonly string[],
    wanted: Wanted = { filter: '' },
  ): Promise<DirectoryEntry | undefined> {
    const [entry] = await this.readBases([dn], filterOf(wanted), attributes)
    return entry
  }

  async readEntries(dns: readonly string[], attributes: readonly string[], wanted: Wanted): Promise<DirectoryEntry[]> {
    return this.readBases(dns, filterOf(wanted), attributes, largestDirectoryAnswerBytes)
  }

  async *readMembers(groupDN: string, memberAttribute: string): AsyncGenerator<readonly string[]> {
    let from: number | undefined = 0
    for (let ranges = 0; from !== undefined; ranges++) {
      if (ranges >= mostRangesOfGroup) throw new DirectoryFault('search', 'answer-too-large')
      const asked: string = from === 0 ? memberAttribute : `${memberAttribute};range=${from}-*`
      const [group] = await this.readEntries([groupDN], [asked], { filter: '' })
      if (group === undefined) throw new DirectoryFault('search', 'no-such-entry')
      const { values, next } = rangeOf(group, memberAttribute)
      yield values
      from = next !== undefined && next > from ? next : undefined
    }
  }

  async isMember(groupDN: string, memberAttribute: string, value: string): Promise<boolean> {
    const found = await this.readBases([groupDN], new EqualityFilter({ attribute: memberAttribute, value }), [])
    return found.length > 0
  }

  async bind(dn: string, password: string): Promise<boolean> {
    // RFC 4513 section 5.1.2: without a password or a name a bind succeeds, and proves nothing.
    if (dn === '' || password === '') return false
    const answer = await this.askOne('user-bind', new BindRequest({ messageId: this.nextId(), dn, password }))
    if (refusedLogins.has(answer.code)) return false
    requireSuccess('user-bind', answer)
    return true
  }

  close(): void {
    this.wire.close()
  }

  /** Reads the entries that a filter matches. Those that are not there are left out. */
  private async readBases(
    dns: readonly string[],
    filter: Filter,
    attributes: readonly string[],
    mostAnswered?: number,
  ): Promise<DirectoryEntry[]> {
    const requests = dns.map((baseDN) => this.searchFor({ baseDN, scope: 'base', filter, attributes }))
    const answers = await this.ask('search', requests, mostAnswered)
    return [...answers.values()].flatMap((answer) => {
      if (meanings.get(answer.code) === 'no-such-entry') return []
      requireSuccess('search', answer)
      return answer.entries.slice(0, 1)
    })
  }

  private find({ mostAnswered, ...question }: Question): Promise<Answer> {
    return this.askOne('search', this.searchFor(question), mostAnswered)
  }

  private searchFor({ attributes, page, ...question }: Omit<Question, 'mostAnswered'>): SearchRequest {
    return new SearchRequest({
      messageId: this.nextId(),
      ...question,
      derefAliases: 'never',
      // The server gives up first, so that the connection is of use for other questions.
      timeLimit: Math.ceil(directoryOperationMilliseconds / 1000) - 2,
      attributes: [...attributes, ...subjectAttributes],
      explicitBufferAttributes: [...binaryAttributes],
      controls: page === undefined ? [] : [page],
    })
  }

  private async askOne(step: Step, request: Request, mostAnswered?: number): Promise<Answer> {
    const answer = (await this.ask(step, [request], mostAnswered)).get(request.messageId)
    if (answer === undefined) throw new DirectoryFault(step, 'answer-malformed')
    return answer
  }

  /** Asks the server. After a fault the connection has ended. @returns the answers by message id @throws DirectoryFault */
  private async ask(
    step: Step,
    requests: readonly Request[],
    mostAnswered?: number,
  ): Promise<ReadonlyMap<number, Answer>> {
    try {
      return await within(directoryOperationMilliseconds, step, this.exchange(step, requests, mostAnswered))
    } catch (error) {
      this.wire.close()
      this.onFault()
      throw error instanceof DirectoryFault ? error : new DirectoryFault(step, 'answer-malformed', { cause: error })
    }
  }

  /** Sends all questions, and then collects their answers, in whatever order they come (RFC 4511 section 4.1.1). */
  private async exchange(
    step: Step,
    requests: readonly Request[],
    mostAnswered: number | undefined,
  ): Promise<ReadonlyMap<number, Answer>> {
    await this.wire.send(step, Buffer.concat(requests.map((request) => request.write())), mostAnswered)
    const open = new Map(requests.map((request) => [request.messageId, { request, entries: [] as DirectoryEntry[] }]))
    const questions = new Map(requests.map((message) => [`${message.messageId}`, { message }]))
    const answers = new Map<number, Answer>()
    while (open.size > 0) {
      const message = parsed(await this.wire.receive(step), questions)
      // RFC 4511 section 4.4.1: the only message without a question says that the connection ends.
      if (message.messageId === 0) throw new DirectoryFault(step, 'closed')
      const asked = open.get(message.messageId)
      if (asked === undefined) throw new DirectoryFault(step, 'answer-malformed')
      const { request, entries } = asked
      if (message instanceof SearchEntry) {
        if (entries.length >= mostEntriesOfDirectoryAnswer) throw new DirectoryFault(step, 'answer-too-large')
        entries.push(readEntryOf(message))
      }
      // A referral leads to another host, which no administrator has named: it is left out.
      else if (!(message instanceof SearchReference)) {
        const isAnswer = message instanceof (request instanceof BindRequest ? BindResponse : SearchResponse)
        if (!isAnswer) throw new DirectoryFault(step, 'answer-malformed')
        answers.set(message.messageId, { code: message.status, entries, cookie: cookieOf(message) })
        open.delete(message.messageId)
      }
    }
    return answers
  }

  private nextId(): number {
    this.lastId += 1
    return this.lastId
  }
}

const readEntryOf = (entry: SearchEntry): DirectoryEntry => entryOf(entry.toObject([], [...binaryAttributes]))

/** Requires the result success. What the server says about another one stays here: it may name what is secret. */
function requireSuccess(step: Step, { code }: Answer): void {
  if (code !== success) throw new DirectoryFault(step, meanings.get(code) ?? 'refused', { code })
}
