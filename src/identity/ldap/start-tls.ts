/** StartTLS (RFC 4511 section 4.14), as far as it goes in clear text. */

/** The extended request 1.3.6.1.4.1.1466.20037, as the first message. */
const oid = new TextEncoder().encode('1.3.6.1.4.1.1466.20037')
const head = [0x30, oid.byteLength + 7, 0x02, 0x01, 0x01, 0x77, oid.byteLength + 2, 0x80, oid.byteLength]
export const startTlsRequest: Uint8Array<ArrayBuffer> = Uint8Array.from([...head, ...oid])

/**
 * Tells whether a message is the answer that lets TLS begin: an extended response to the first message with the result
 * success.
 */
export function isStartTlsAccepted(message: Uint8Array): boolean {
  // The head of the message; the id of the message, 1; the tag of an extended response.
  const [, first = 0] = message
  const at = first < 0x80 ? 2 : 2 + (first & 0x7f)
  const [integer, one, id, response, length = 0] = message.subarray(at)
  if (integer !== 0x02 || one !== 1 || id !== 1 || response !== 0x78) return false
  const body = at + 5 + (length < 0x80 ? 0 : length & 0x7f)
  const [enumerated, size, code] = message.subarray(body)
  return enumerated === 0x0a && size === 1 && code === 0
}
