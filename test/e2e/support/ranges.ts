/**
 * Stands in front of a directory and cuts the members of groups into ranges, as Active Directory does ([MS-ADTS] section
 * 3.1.1.3.1.3.3): an entry with too many values has the attribute without any, and `member;range=0-1499` beside it.
 * OpenLDAP has no such option.
 */
import { connect, createServer, type Socket } from 'node:net'
import {
  Attribute,
  BerReader,
  BerWriter,
  MessageParser,
  PresenceFilter,
  ProtocolOperation,
  SearchEntry,
  SearchRequest,
} from 'ldapts'
import { atEnd } from './ending.ts'
import { freePort } from './ports.ts'

/** What Active Directory gives of one attribute (`MaxValRange`). */
export const valuesOfRange = 1500

const rangeOption = /^member;range=(\d+)-/

export interface RangedDirectory {
  readonly url: string
  /** The ranges that were given, in their order: "member;range=0-1499". */
  readonly ranges: () => readonly string[]
}

/** Starts the server in front of a directory, without TLS. It ends with the run. */
export async function rangedDirectory(port: number): Promise<RangedDirectory> {
  const given: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const directory = connect(port, '127.0.0.1')
    /** Where the range of a question begins, by its message id. */
    const begins = new Map<number, number>()
    relay(client, directory, (message) => askedWhole(message, begins))
    relay(directory, client, (message) => cut(message, begins, given))
    for (const socket of [client, directory]) {
      socket.setNoDelay(true)
      sockets.add(socket)
    }
  })
  const own = await freePort()
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  atEnd(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `ldap://127.0.0.1:${own}`, ranges: () => given }
}

function relay(from: Socket, to: Socket, change: (message: Buffer) => Buffer): void {
  let rest = Buffer.alloc(0)
  from.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let length = lengthOf(rest); length !== undefined && length <= rest.length; length = lengthOf(rest)) {
      to.write(change(rest.subarray(0, length)))
      rest = rest.subarray(length)
    }
  })
  from.on('close', () => to.destroy())
  from.on('error', () => to.destroy())
}

/** Tells how long the message is that begins here, one BER sequence (RFC 4511 section 5.1); undefined for too few bytes. */
function lengthOf(bytes: Buffer): number | undefined {
  const first = bytes.at(1)
  if (first === undefined || first < 0x80) return first === undefined ? undefined : 2 + first
  const digits = first & 0x7f
  return bytes.length < 2 + digits ? undefined : 2 + digits + bytes.readUIntBE(2, digits)
}

/** Asks for all members in place of a range, as the directory knows no ranges. */
function askedWhole(message: Buffer, begins: Map<number, number>): Buffer {
  const { id, operation, reader } = headOf(message)
  if (operation !== ProtocolOperation.LDAP_REQ_SEARCH || message.indexOf(';range=') < 0) return message
  const filter = new PresenceFilter({ attribute: 'objectClass' })
  const request = new SearchRequest({ messageId: id, filter, attributes: [] })
  request.parse(reader, [])
  // A range is asked of one entry, and the library does not read this filter as it was written.
  request.filter = filter
  const from = request.attributes.map((name) => rangeOption.exec(name)?.[1]).find((begin) => begin !== undefined)
  if (from !== undefined) begins.set(id, Number(from))
  request.attributes = request.attributes.map((name) => (rangeOption.test(name) ? 'member' : name))
  return request.write()
}

/** Gives a range of the members. */
function cut(message: Buffer, begins: Map<number, number>, given: string[]): Buffer {
  const { id, operation } = headOf(message)
  if (operation !== ProtocolOperation.LDAP_RES_SEARCH_ENTRY) return message
  const entry = entryOf(message)
  const members = entry.attributes.find(({ type }) => type === 'member')
  const from = begins.get(id)
  if (members === undefined || (from === undefined && members.values.length <= valuesOfRange)) return message
  const begin = from ?? 0
  const values = members.parsedBuffers.slice(begin, begin + valuesOfRange)
  const isLast = begin + values.length >= members.values.length
  const type = `member;range=${begin}-${isLast ? '*' : begin + values.length - 1}`
  given.push(type)
  const others = entry.attributes
    .filter((attribute) => attribute !== members)
    .map((attribute) => new Attribute({ type: attribute.type, values: attribute.parsedBuffers }))
  return written(id, entry.name, [new Attribute({ type: 'member' }), new Attribute({ type, values }), ...others])
}

function headOf(message: Buffer): { readonly id: number; readonly operation: number; readonly reader: BerReader } {
  const reader = new BerReader(message)
  reader.readSequence()
  return { id: reader.readInt() ?? 0, operation: reader.readSequence() ?? 0, reader }
}

function entryOf(message: Buffer): SearchEntry {
  const parser = new MessageParser()
  const entries: SearchEntry[] = []
  parser.on('message', (parsed) => {
    if (parsed instanceof SearchEntry) entries.push(parsed)
  })
  parser.read(message, new Map())
  const [entry] = entries
  if (entry === undefined) throw new Error('the directory sent no entry')
  return entry
}

function written(id: number, name: string, attributes: readonly Attribute[]): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(ProtocolOperation.LDAP_RES_SEARCH_ENTRY)
  writer.writeString(name)
  writer.startSequence()
  for (const attribute of attributes) attribute.write(writer)
  writer.endSequence()
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}
