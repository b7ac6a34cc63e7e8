/** One HTTP exchange with a server on this machine. */
import { once } from 'node:events'
import { Agent, request, type ClientRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly sizeBytes: number
  /** Empty when the caller did not want to keep it. */
  readonly body: Buffer
}

export interface Message {
  readonly headers?: OutgoingHttpHeaders
  /** Sent at once, with its length. */
  readonly body?: Buffer
  /** Sent piece by piece, as clients send layers. */
  readonly stream?: Buffer
  /** Counts the bytes of the answer and forgets them. */
  readonly discard?: boolean
}

/** The bytes that a client writes at a time. */
const pieceBytes = 64 * 1024

export class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  /**
   * Sends a request and waits for the answer.
   *
   * @param target a path, or an address that the server gave, which must be its own
   */
  async exchange(method: string, target: string, message: Message = {}): Promise<Answer> {
    const url = new URL(target, this.#origin)
    if (url.origin !== this.#origin) throw new Error(`${this.#origin} sends its client elsewhere: ${url.href}`)
    const sent = request(url, { method, agent: this.#agent, headers: message.headers ?? {} })
    const answered = receive(sent, message.discard ?? false)
    if (message.stream === undefined) sent.end(message.body)
    else await Promise.race([writePieces(sent, message.stream), answered])
    return answered
  }

  /**
   * Closes the connections that are kept, for new ones: the server gives up those that idle, and a request that goes
   * out on one at that moment fails.
   */
  renew(): void {
    this.#agent.destroy()
  }
}

function receive(sent: ClientRequest, discard: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      const pieces: Buffer[] = []
      let sizeBytes = 0
      response.on('data', (piece: Buffer) => {
        sizeBytes += piece.length
        if (!discard) pieces.push(piece)
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          sizeBytes,
          body: Buffer.concat(pieces),
        }),
      )
    })
  })
}

/** Waits whenever the server does not keep up, so that the content is never queued as a whole. */
async function writePieces(sent: ClientRequest, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; at += pieceBytes) {
    if (!sent.write(content.subarray(at, at + pieceBytes))) await once(sent, 'drain')
  }
  sent.end()
}
