/** An authority that says when it has seen a signature, in the form of RFC 3161: a message of CMS (RFC 5652) in DER. */
import { bytesOf, type Bytes } from '../../support/content.ts'
import { aCertificate, anAuthority, leafExtensions, x509 } from './certificates.ts'
import { inDer } from './cosign.ts'

export interface TimeStampAuthority {
  /** As in the `timestampAuthorities` of a `trusted_root.json`. */
  readonly trusted: object
  /** Stamps a signature. @param time in milliseconds since 1970, of which whole seconds are kept */
  readonly stamp: (signature: Uint8Array, time: number) => Promise<Bytes>
}

/** Makes an authority with a root. Its stamps lack the attribute `signingCertificate`, at which sigstore does not look. */
export async function aTimeStampAuthority(): Promise<TimeStampAuthority> {
  const root = await anAuthority({ name: 'CN=time,O=small' })
  const extensions = leafExtensions([x509.ExtendedKeyUsage.timeStamping])
  const { keys, certificate, der } = await aCertificate({ name: 'CN=stamps,O=small', issuer: root, extensions })
  const serial = integer(...Uint8Array.fromHex(certificate.serialNumber))
  const signer = sequence(new Uint8Array(certificate.issuerName.toArrayBuffer()), serial)

  return {
    trusted: {
      subject: { organization: 'small', commonName: 'time' },
      uri: 'https://small.time',
      certChain: { certificates: [{ rawBytes: der.toBase64() }, { rawBytes: root.der.toBase64() }] },
      validFor: { start: new Date(0).toISOString() },
    },
    async stamp(signature, time) {
      const imprint = sequence(sequence(oid.sha256), octets(await sha256(signature)))
      const info = sequence(integer(1), oid.policy, imprint, integer(7), generalizedTime(time))
      const ofDigest = sequence(oid.messageDigest, set(octets(await sha256(info))))
      const attributes = [sequence(oid.contentType, set(oid.timeStampInfo)), ofDigest]
      // RFC 5652, 5.4: the attributes are signed as a set, whatever tag they have in the message.
      const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, set(...attributes))
      const signerInfo = sequence(
        integer(1),
        signer,
        sequence(oid.sha256),
        tagged(...attributes),
        sequence(oid.ecdsaWithSha256),
        octets(inDer(new Uint8Array(signed))),
      )
      const content = sequence(oid.timeStampInfo, tagged(octets(info)))
      const message = sequence(integer(3), set(sequence(oid.sha256)), content, set(signerInfo))
      return sequence(sequence(integer(0)), sequence(oid.signedData, tagged(message)))
    },
  }
}

const sha256 = async (bytes: Uint8Array): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** Writes a tag, the length and the contents, which have less than 64 KiB. */
function element(tag: number, contents: readonly Uint8Array[]): Bytes {
  const bytes = contents.flatMap((content) => [...content])
  const { length } = bytes
  const digits = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  const lengthBytes = length < 0x80 ? digits : [0x80 + digits.length, ...digits]
  return Uint8Array.from([tag, ...lengthBytes, ...bytes])
}

const sequence = (...contents: readonly Uint8Array[]): Bytes => element(0x30, contents)
const set = (...contents: readonly Uint8Array[]): Bytes => element(0x31, contents)
const tagged = (...contents: readonly Uint8Array[]): Bytes => element(0xa0, contents)
const octets = (content: Uint8Array): Bytes => element(0x04, [content])
const integer = (...digits: readonly number[]): Bytes => element(0x02, [Uint8Array.from(digits)])
const identifier = (hex: string): Bytes => element(0x06, [Uint8Array.fromHex(hex)])

/** Writes a time as YYYYMMDDHHMMSSZ. */
const generalizedTime = (time: number): Bytes =>
  element(0x18, [bytesOf(`${new Date(time).toISOString().slice(0, 19).replaceAll(/\D/g, '')}Z`)])

const oid = {
  sha256: identifier('608648016503040201'),
  ecdsaWithSha256: identifier('2a8648ce3d040302'),
  signedData: identifier('2a864886f70d010702'),
  timeStampInfo: identifier('2a864886f70d0109100104'),
  contentType: identifier('2a864886f70d010903'),
  messageDigest: identifier('2a864886f70d010904'),
  /** That of sigstore's own authority. */
  policy: identifier('2b0601040183bf3002'),
}
