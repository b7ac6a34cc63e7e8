/**
 * A connection to a directory: TCP, TLS or StartTLS by the sockets of the runtime, as messages of LDAP. The runtime verifies
 * certificates, and has no way to do without. A message that comes is bounded, and so is all that comes in answer to one
 * that was sent.
 */
import { connect } from 'cloudflare:sockets'
import { largestDirectoryLoginAnswerBytes, largestDirectoryMessageBytes } from '../../limits.ts'
import { addressOf, type ServerConfiguration } from './configuration.ts'
import { DirectoryFault, type Step, type WhyFault } from './faults.ts'
import { MalformedMessage, MessageFrames, MessageTooLarge } from './message-frames.ts'
import { isStartTlsAccepted, startTlsRequest } from './start-tls.ts'
import { within } from './within.ts'

/** Opens a connection, encrypted if the server is to be asked so. @throws DirectoryFault at the step `connect` or `tls` */
export async function openWire(server: ServerConfiguration, milliseconds: number): Promise<Wire> {
  const { hostname, port, isSecure } = addressOf(server)
  const secureTransport = isSecure ? 'on' : server.startTLS ? 'starttls' : 'off'
  const wire = new Wire(connect({ hostname, port }, { secureTransport, allowHalfOpen: false }))
  try {
    await wire.opened(isSecure ? 'tls' : 'connect', milliseconds)
    if (secureTransport === 'starttls') await within(milliseconds, 'tls', wire.startTls())
    return wire
  } catch (error) {
    wire.close()
    if (isSecure && !(await isOpen(hostname, port, milliseconds))) {
      throw new DirectoryFault('connect', 'unreachable', { cause: error })
    }
    throw error
  }
}

/** Tells whether a port is open: the runtime does not say why a connection with TLS failed. */
async function isOpen(hostname: string, port: number, milliseconds: number): Promise<boolean> {
  const socket = connect({ hostname, port })
  socket.closed.catch(() => undefined)
  try {
    await within(milliseconds, 'connect', socket.opened)
    return true
  } catch {
    return false
  } finally {
    socket.close().catch(() => undefined)
  }
}

/** An open connection. Its user waits for one message at a time. */
export class Wire {
  private readonly frames = new MessageFrames(largestDirectoryMessageBytes)
  /** Whole messages that nothing has asked for yet. */
  private readonly messages: Uint8Array[] = []
  private reader: ReadableStreamDefaultReader<unknown>
  private writer: WritableStreamDefaultWriter<unknown>
  /** How many bytes have come since the last message was sent. */
  private answered = 0
  /** How many may come. */
  private mostAnswered = largestDirectoryLoginAnswerBytes

  constructor(private socket: Socket) {
    this.reader = socket.readable.getReader()
    this.writer = socket.writable.getWriter()
    this.tellErrorsOnce()
  }

  /** Waits until the connection stands. @throws DirectoryFault */
  async opened(step: 'connect' | 'tls', milliseconds: number): Promise<void> {
    try {
      await within(milliseconds, step, this.socket.opened)
    } catch (error) {
      throw faultOf(step, step === 'tls' ? 'tls-failed' : 'unreachable', error)
    }
  }

  /** Sends a message. @param mostAnswered the bytes that may come in answer to it @throws DirectoryFault */
  async send(step: Step, message: Uint8Array, mostAnswered = largestDirectoryLoginAnswerBytes): Promise<void> {
    this.answered = 0
    this.mostAnswered = mostAnswered
    try {
      await this.writer.write(message)
    } catch (error) {
      throw faultOf(step, 'closed', error)
    }
  }

  /** Returns the next message. @throws DirectoryFault */
  async receive(step: Step): Promise<Uint8Array> {
    try {
      for (;;) {
        const next = this.messages.shift()
        if (next !== undefined) return next
        const { done, value } = await this.reader.read()
        if (done) throw new DirectoryFault(step, 'closed')
        this.take(bytesOf(value))
      }
    } catch (error) {
      if (error instanceof MessageTooLarge) throw faultOf(step, 'answer-too-large', error)
      throw faultOf(step, error instanceof MalformedMessage ? 'answer-malformed' : 'closed', error)
    }
  }

  /** Asks for TLS in clear text, and goes on encrypted. The certificate has to name the host. @throws DirectoryFault */
  async startTls(): Promise<void> {
    await this.send('tls', startTlsRequest)
    const answer = await this.receive('tls')
    // Nothing may follow in clear text: who stands between could put it before what is encrypted.
    if (this.messages.length > 0 || this.frames.isWithin) throw new DirectoryFault('tls', 'answer-malformed')
    if (!isStartTlsAccepted(answer)) throw new DirectoryFault('tls', 'tls-refused')
    this.reader.releaseLock()
    this.writer.releaseLock()
    try {
      this.socket = this.socket.startTls()
      this.reader = this.socket.readable.getReader()
      this.writer = this.socket.writable.getWriter()
      this.tellErrorsOnce()
      await this.socket.opened
    } catch (error) {
      throw faultOf('tls', 'tls-failed', error)
    }
  }

  /** Ends the connection. What still waits for it fails. */
  close(): void {
    this.socket.close().catch(() => undefined)
  }

  private take(bytes: Uint8Array): void {
    this.answered += bytes.byteLength
    if (this.answered > this.mostAnswered) throw new MessageTooLarge('the directory sends too much')
    this.messages.push(...this.frames.take(bytes))
  }

  /** An error of the socket is told where it is waited for; these promises tell it too. */
  private tellErrorsOnce(): void {
    this.socket.closed.catch(() => undefined)
    this.reader.closed.catch(() => undefined)
    this.writer.closed.catch(() => undefined)
    this.writer.ready.catch(() => undefined)
  }
}

const faultOf = (step: Step, why: WhyFault, error: unknown): DirectoryFault =>
  error instanceof DirectoryFault ? error : new DirectoryFault(step, why, { cause: error })

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new TypeError('the socket gave something else than bytes')
}
