/** A server of LDAP that answers as a test says: with floods, or with result codes that no honest one has. */
import { createServer, type Socket } from 'node:net'
import { atEnd } from './ending.ts'
import { freePort } from './ports.ts'

/** The tags of RFC 4511 that are used here. */
const tag = { sequence: 0x30, integer: 0x02, octets: 0x04, enumerated: 0x0a, set: 0x31 } as const
const operation = { bindRequest: 0x60, bindResponse: 0x61, searchRequest: 0x63, entry: 0x64, searchDone: 0x65 } as const

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes = [length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff]
  return [0x84, ...bytes]
}

const element = (type: number, ...parts: readonly Buffer[]): Buffer => whole(type, Buffer.concat(parts))

function whole(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, ...lengthOf(body.length)]), body])
}
const octets = (text: string): Buffer => element(tag.octets, Buffer.from(text))

/** One message in answer to the request of an id. */
type Answer = (id: Buffer) => Buffer

const message =
  (...parts: readonly Buffer[]): Answer =>
  (id) =>
    element(tag.sequence, element(tag.integer, id), ...parts)

const result = (type: number, code: number): Answer =>
  message(element(type, element(tag.enumerated, Buffer.from([code])), octets(''), octets('')))

/** Ends a search. */
export const searchDone = result(operation.searchDone, 0)

/** An entry with an attribute, and the id that every user needs. */
export const entry = (dn: string, attribute: string, values: readonly string[]): Answer =>
  message(
    element(
      operation.entry,
      octets(dn),
      element(
        tag.sequence,
        element(tag.sequence, octets(attribute), whole(tag.set, Buffer.concat(values.map(octets)))),
        element(tag.sequence, octets('entryUUID'), element(tag.set, octets(`id of ${dn}`))),
      ),
    ),
  )

/** The same answer many times. */
export const repeated =
  (answer: Answer, times: number): Answer =>
  (id) =>
    Buffer.concat(Array.from({ length: times }, () => answer(id)))

export interface Script {
  /** The messages in answer to a search, as its bytes name a user. */
  readonly search: (request: Buffer) => readonly Answer[]
  /** The result code of a bind. */
  readonly bind: (request: Buffer) => number
}

/** Starts the server. @returns its URL */
export async function startHostileDirectory({ search, bind }: Script): Promise<string> {
  const answersTo = (type: number, request: Buffer): readonly Answer[] => {
    if (type === operation.bindRequest) return [result(operation.bindResponse, bind(request))]
    return type === operation.searchRequest ? search(request) : []
  }
  const server = createServer((socket: Socket) => {
    socket.on('error', () => socket.destroy())
    // The registry waits for each answer, so a request comes whole and alone.
    socket.on('data', (request: Buffer) => {
      const at = (request[1] ?? 0) < 0x80 ? 2 : 2 + ((request[1] ?? 0) & 0x7f)
      const end = at + 2 + (request[at + 1] ?? 0)
      const id = request.subarray(at + 2, end)
      for (const answer of answersTo(request[end] ?? 0, request)) socket.write(answer(id))
    })
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  atEnd(async () => void server.close())
  return `ldap://127.0.0.1:${port}`
}
