/** Bytes become whole messages, however they are cut, and no message is larger than what is read of one. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedMessage, MessageFrames, MessageTooLarge } from '../../../src/identity/ldap/message-frames.ts'
import { isStartTlsAccepted, startTlsRequest } from '../../../src/identity/ldap/start-tls.ts'

const messageOf = (body: Uint8Array): Uint8Array => {
  const length = body.byteLength
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Uint8Array.from([0x30, ...head, ...body])
}

describe('frames', () => {
  it('give the messages that were sent, however the bytes are cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 })
    const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 })
    fc.assert(
      fc.property(bodies, cuts, (sent, sizes) => {
        const messages = sent.map(messageOf)
        const all = Uint8Array.from(messages.flatMap((message) => [...message]))
        const frames = new MessageFrames(1000)
        const got: Uint8Array[] = []
        for (let at = 0, turn = 0; at < all.byteLength; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          got.push(...frames.take(all.subarray(at, at + size)))
          at += size
        }
        expect(got.map(String)).toEqual(messages.map(String))
        expect(frames.isWithin).toBe(false)
      }),
    )
  })

  it('refuse a message at its head, when it is too large or none', () => {
    expect(() => new MessageFrames(100).take(Uint8Array.of(0x30, 0x81, 101, 0))).toThrow(MessageTooLarge)
    expect(new MessageFrames(100).take(Uint8Array.of(0x30, 0x81, 100))).toEqual([])
    for (const bytes of [
      [0x16, 3, 1],
      [0x30, 0x80],
      [0x30, 0x85, 1, 1, 1, 1, 1],
    ]) {
      expect(() => new MessageFrames(100).take(Uint8Array.from(bytes))).toThrow(MalformedMessage)
    }
  })

  it('know that something follows', () => {
    const frames = new MessageFrames(100)
    expect(frames.take(Uint8Array.of(0x30, 0, 0x30))).toHaveLength(1)
    expect(frames.isWithin).toBe(true)
  })
})

describe('StartTLS', () => {
  it('is asked for as RFC 4511 section 4.14 has it', () => {
    expect(startTlsRequest[1]).toBe(startTlsRequest.byteLength - 2)
    expect(new TextDecoder().decode(startTlsRequest.subarray(9))).toBe('1.3.6.1.4.1.1466.20037')
  })

  it.each([
    [[0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00], true],
    [[0x30, 0x84, 0, 0, 0, 0x10, 0x02, 0x01, 0x01, 0x78, 0x84, 0, 0, 0, 7, 0x0a, 0x01, 0x00, 4, 0, 4, 0], true],
    // protocolError: the server has no TLS.
    [[0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x02, 0x04, 0x00, 0x04, 0x00], false],
    // The answer to another message, and of another kind.
    [[0x30, 0x0c, 0x02, 0x01, 0x02, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00], false],
    [[0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00], false],
    [[0x30, 0x00], false],
  ])('is accepted or not by %j', (bytes, isAccepted) => {
    expect(isStartTlsAccepted(Uint8Array.from(bytes))).toBe(isAccepted)
  })
})
