/** Cuts what a directory sends into messages of LDAP (RFC 4511 section 5.1): each is one BER sequence. */

/** The tag of a sequence. */
const sequence = 0x30
/** The most bytes of a length: four gibibytes, and more than a message may have. */
const mostLengthBytes = 4

/** Bytes that can be no message. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

/** A message that is larger than what is read of one. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge'
}

/** Collects bytes until they are whole messages. */
export class MessageFrames {
  private pieces: Uint8Array[] = []
  private bytes = 0
  private readonly largestMessage: number

  constructor(largestMessage: number) {
    this.largestMessage = largestMessage
  }

  /** Tells whether a message has begun and is not whole. */
  get isWithin(): boolean {
    return this.bytes > 0
  }

  /** Takes bytes, and returns the messages that they complete. @throws MalformedMessage, MessageTooLarge */
  take(chunk: Uint8Array): Uint8Array[] {
    this.pieces.push(chunk)
    this.bytes += chunk.byteLength
    const messages: Uint8Array[] = []
    for (;;) {
      const length = this.lengthOfNext()
      if (length === undefined || length > this.bytes) return messages
      const all = this.joined()
      messages.push(all.slice(0, length))
      this.pieces = length === all.byteLength ? [] : [all.subarray(length)]
      this.bytes = all.byteLength - length
    }
  }

  /** Returns the length of the next message with its head; undefined while too little of it is there. */
  private lengthOfNext(): number | undefined {
    if (this.bytes < 2) return undefined
    const head = this.headOf(2 + mostLengthBytes)
    const [tag, first = 0] = head
    if (tag !== sequence) throw new MalformedMessage('a message of LDAP is a sequence')
    if (first < 0x80) return 2 + first
    const lengthBytes = first & 0x7f
    if (lengthBytes === 0 || lengthBytes > mostLengthBytes) throw new MalformedMessage('a length of an unknown form')
    if (head.byteLength < 2 + lengthBytes) return undefined
    const length = head.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
    if (length > this.largestMessage) throw new MessageTooLarge('the directory sends a message that is too large')
    return 2 + lengthBytes + length
  }

  private headOf(length: number): Uint8Array {
    const [first] = this.pieces
    return (first !== undefined && first.byteLength >= length ? first : this.joined()).subarray(0, length)
  }

  /** Joins the pieces, seldom more than once a message: while its length is known, nothing is joined. */
  private joined(): Uint8Array {
    const [first] = this.pieces
    if (first !== undefined && this.pieces.length === 1) return first
    const all = new Uint8Array(this.bytes)
    let at = 0
    for (const piece of this.pieces) {
      all.set(piece, at)
      at += piece.byteLength
    }
    this.pieces = [all]
    return all
  }
}
