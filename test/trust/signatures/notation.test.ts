/** Signatures of notation, made with real keys and certificates: what they prove, and that each tampering is refused. */
import { decode, encode, Tag } from 'cbor2'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Findings, RefusalReason, SignatureTrust } from '../../../src/trust/signatures/types.ts'
import { bytesOf, json } from '../../support/content.ts'
import {
  aCertificate,
  anAuthority,
  authorityExtensions,
  day,
  leafExtensions,
  signingTime,
  type Certified,
  x509,
} from '../support/certificates.ts'
import { findingsOf, now, reasonsIn } from '../support/checking.ts'
import {
  anEnvelope,
  notationReferrer,
  signedWithNotation,
  targetPayload,
  type Envelope,
  type NotationWishes,
} from '../support/notation.ts'

const digest = `sha256:${'d'.repeat(64)}`
const other = `sha256:${'a'.repeat(64)}`
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1000 }
let root: Certified
let signer: Certified

type SignerFirst = readonly [Certified, ...Certified[]]

beforeAll(async () => {
  root = await anAuthority()
  signer = await aCertificate({ issuer: root })
})

const trusting = (...certified: Certified[]): SignatureTrust => ({
  keys: [],
  stores: [{ name: 'acme', type: 'ca', certificates: certified.map(({ der }) => der) }],
})

async function check(
  form: Envelope,
  chain: SignerFirst,
  wishes: NotationWishes = {},
  trust: SignatureTrust = trusting(root),
  time = now,
): Promise<Findings> {
  const envelope = await anEnvelope(form, chain, digest, wishes)
  return findingsOf(await notationReferrer(subject, form, envelope), trust, [], time)
}

const reasons = async (...asked: Parameters<typeof check>): Promise<RefusalReason[]> => reasonsIn(await check(...asked))

const scheme = 'io.cncf.notary.signingScheme'
const expiry = 'io.cncf.notary.expiry'
const authenticTime = 'io.cncf.notary.authenticSigningTime'
const authority = {
  attributes: {
    [scheme]: 'notary.x509.signingAuthority',
    'io.cncf.notary.signingTime': undefined,
    [authenticTime]: signingTime,
  },
  critical: [scheme, authenticTime],
}

const leafWith = (extensions: x509.Extension[]): Promise<Certified> => aCertificate({ issuer: root, extensions })
const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags

describe.each(['jws', 'cose'] as const)('a signature of notation in %s', (form) => {
  it('proves that a certificate signed the image, which a trust store has', async () => {
    expect(await findingsOf(await signedWithNotation(form, [signer, root], subject), trusting(root))).toEqual({
      facts: [
        {
          digest,
          kind: 'notation',
          signer: {
            form: 'certificate',
            fingerprint: signer.trusted.fingerprint,
            store: 'acme',
            subject: 'CN=signer, O=acme',
          },
          signedAt: signingTime,
          timeSource: 'signer',
          expiresAt: undefined,
        },
      ],
      refusals: [],
    })
  })

  it.each([
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'ECDSA', namedCurve: 'P-521' },
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-256' },
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 3072, hash: 'SHA-256' },
  ] as const)('may be of any key that notation signs with: %o', async (algorithm) => {
    const { facts } = await check(form, [await aCertificate({ issuer: root, algorithm }), root])
    expect(facts).toHaveLength(1)
  })

  it('may leave out the root, or have a store with its signer or an intermediate', async () => {
    const middle = await anAuthority({ name: 'CN=middle', issuer: root })
    const leaf = await aCertificate({ issuer: middle })
    for (const [chain, trusted] of [
      [[leaf, middle], root],
      [[leaf, middle, root], middle],
      [[leaf, middle, root], leaf],
    ] as const) {
      expect((await check(form, chain, {}, trusting(trusted))).facts).toHaveLength(1)
    }
    const alone = await aCertificate()
    expect((await check(form, [alone], {}, trusting(alone))).facts).toHaveLength(1)
  })

  it('proves the key of a registered user without a trust store, and nothing of its certificate', async () => {
    const { facts } = await check(form, [signer, root], {}, { keys: [signer.trusted] })
    expect(facts).toMatchObject([{ signer: { form: 'key', fingerprint: signer.trusted.fingerprint } }])
  })

  it('proves nothing with a chain to another root', async () => {
    expect(await reasons(form, [signer, root], {}, trusting(await anAuthority()))).toEqual(['chain-untrusted'])
    expect(await reasons(form, [signer, root], {}, { keys: [] })).toEqual(['chain-untrusted'])
    expect(await reasons(form, [signer, await anAuthority()])).toEqual(['chain-invalid'])
    expect(await reasons(form, [signer, await anAuthority({ name: 'CN=unrelated' })])).toEqual(['chain-invalid'])
  })

  it('proves nothing with the certificate of another', async () => {
    const certificates = [(await aCertificate({ issuer: root })).der, root.der]
    expect(await reasons(form, [signer], { certificates })).toEqual(['signature-invalid'])
  })

  it('proves nothing of another image', async () => {
    expect(await reasons(form, [signer, root], { payload: targetPayload(other) })).toEqual(['other-digest'])
    const mistakable = bytesOf(`{"targetArtifact":{"digest":"${other}","Digest":"${digest}"}}`)
    expect(await reasons(form, [signer, root], { payload: mistakable })).toEqual(['malformed'])
    expect(await reasons(form, [signer, root], { payload: bytesOf('no JSON') })).toEqual(['malformed'])
  })

  it('proves nothing by an expired certificate, whatever the signer says about the time', async () => {
    const expired = await aCertificate({ issuer: root, notAfter: signingTime + day / 2 })
    expect(await reasons(form, [expired, root])).toEqual(['certificate-expired'])
    expect(await reasons(form, [signer, root], { attributes: { 'io.cncf.notary.signingTime': 0 } })).toEqual([
      'certificate-expired',
    ])
    const old = await anAuthority({ notAfter: signingTime + day / 2 })
    const leaf = await aCertificate({ issuer: old })
    expect(await reasons(form, [leaf, old], {}, trusting(old))).toEqual(['certificate-expired'])
    expect(await reasons(form, [leaf], {}, trusting(old))).toEqual(['certificate-expired'])
  })

  it('of a signing authority holds after the certificate, and needs a store for that', async () => {
    const expired = await aCertificate({ issuer: root, notAfter: signingTime + day / 2 })
    const store = { keys: [], stores: [{ name: 'clock', type: 'signingAuthority' as const, certificates: [root.der] }] }
    expect((await check(form, [expired, root], authority, store)).facts).toMatchObject([{ signedAt: signingTime }])
    expect(await reasons(form, [signer, root], authority)).toEqual(['chain-untrusted'])
    expect(await reasons(form, [signer, root], {}, store)).toEqual(['chain-untrusted'])
  })

  it('ends when it says so', async () => {
    const wishes = { attributes: { [expiry]: now + 1000 }, critical: [scheme, expiry] }
    expect((await check(form, [signer, root], wishes)).facts).toMatchObject([{ expiresAt: now + 1000 }])
    expect(await reasons(form, [signer, root], wishes, trusting(root), now + 1000)).toEqual(['signature-expired'])
  })

  it('from the future counts from now', async () => {
    const attributes = { 'io.cncf.notary.signingTime': now + day }
    expect((await check(form, [signer, root], { attributes })).facts).toMatchObject([{ signedAt: now }])
  })

  it.each([
    ['a server', () => leafExtensions([x509.ExtendedKeyUsage.serverAuth])],
    ['a server as well', () => leafExtensions([x509.ExtendedKeyUsage.codeSigning, x509.ExtendedKeyUsage.serverAuth])],
    ['everything', () => leafExtensions(['2.5.29.37.0'])],
    ['issuing certificates', () => authorityExtensions()],
    [
      'an authority, which may sign otherwise',
      () => [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(digitalSignature, true),
      ],
    ],
    ['nothing that is said', () => []],
    ['signing, which is not critical', () => [new x509.KeyUsagesExtension(digitalSignature)]],
    ['encrypting as well', () => [new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true)]],
    ['encrypting', () => [new x509.KeyUsagesExtension(keyEncipherment, true)]],
  ])('proves nothing by a certificate for %s', async (_, extensions) => {
    expect(await reasons(form, [await leafWith(extensions()), root])).toEqual(['certificate-unfit'])
  })

  it('may have a certificate without extended key usage', async () => {
    expect((await check(form, [await leafWith(leafExtensions([])), root])).facts).toHaveLength(1)
  })

  it('proves nothing by a key that is too small', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, hash: 'SHA-256' } as const
    expect(await reasons(form, [await aCertificate({ issuer: root, algorithm }), root])).toEqual(['certificate-unfit'])
  })

  it.each([
    ['is a leaf', () => leafExtensions()],
    [
      'is no authority, though it may issue certificates otherwise',
      () => [new x509.BasicConstraintsExtension(false, undefined, true), ...authorityExtensions().slice(1)],
    ],
    [
      'has another key usage',
      () => [...authorityExtensions().slice(0, 1), new x509.KeyUsagesExtension(digitalSignature, true)],
    ],
    ['has no key usage', () => [new x509.BasicConstraintsExtension(true, undefined, true)]],
    [
      'has constraints that are not critical',
      () => [new x509.BasicConstraintsExtension(true), ...authorityExtensions().slice(1)],
    ],
  ])('proves nothing by an issuer that %s', async (_, extensions) => {
    const issuer = await aCertificate({ name: 'CN=issuer', extensions: extensions() })
    const leaf = await aCertificate({ issuer })
    expect(await reasons(form, [leaf, issuer], {}, trusting(issuer))).toEqual(['chain-invalid'])
    expect(await reasons(form, [leaf], {}, trusting(issuer))).toEqual(['chain-invalid'])
  })

  it('proves nothing by a chain that is longer than its root allows', async () => {
    const short = await anAuthority({ name: 'CN=short', extensions: authorityExtensions(0) })
    const middle = await anAuthority({ name: 'CN=middle', issuer: short })
    const [leaf, direct] = await Promise.all([aCertificate({ issuer: middle }), aCertificate({ issuer: short })])
    expect(await reasons(form, [leaf, middle, short], {}, trusting(short))).toEqual(['chain-invalid'])
    expect(await reasons(form, [leaf, middle], {}, trusting(short))).toEqual(['chain-invalid'])
    expect((await check(form, [direct, short], {}, trusting(short))).facts).toHaveLength(1)
  })

  it.each<[string, NotationWishes, RefusalReason]>([
    ['another algorithm than that of the key', { algorithm: 'ES384' }, 'unsupported'],
    ['another type of payload', { contentType: 'application/json' }, 'unsupported'],
    ['an unknown scheme', { attributes: { [scheme]: 'notary.x510' } }, 'unsupported'],
    ['no scheme that is critical', { critical: [] }, 'unsupported'],
    [
      'a critical attribute that is not known',
      { critical: [scheme, 'a.plugin'], attributes: { 'a.plugin': 'x' } },
      'unsupported',
    ],
    ['a critical attribute that is not there', { critical: [scheme, expiry] }, 'unsupported'],
    ['an end that is not critical', { attributes: { [expiry]: now + day } }, 'unsupported'],
    [
      'the times of both schemes',
      { attributes: { [authenticTime]: signingTime }, critical: [scheme, authenticTime] },
      'unsupported',
    ],
    ['no time', { attributes: { 'io.cncf.notary.signingTime': undefined } }, 'malformed'],
    ['a time that is none', { attributes: { 'io.cncf.notary.signingTime': 'yesterday' } }, 'malformed'],
    ['no certificate', { certificates: [] }, 'malformed'],
    ['a certificate that is none', { certificates: [bytesOf('certificate')] }, 'malformed'],
  ])('proves nothing with %s', async (_, wishes, reason) => {
    expect(await reasons(form, [signer, root], wishes)).toEqual([reason])
  })

  it('proves nothing with a changed byte of what is signed', async () => {
    const envelope = await anEnvelope(form, [signer, root], digest)
    for (const changed of changedParts(form, envelope)) {
      expect(reasonsIn(await findingsOf(await notationReferrer(subject, form, changed), trusting(root)))).toHaveLength(
        1,
      )
    }
  })

  it('proves nothing with a changed byte of what is signed in a certificate', async () => {
    for (const der of [signer.der, root.der]) {
      for (const at of someOf(der.length - notSigned, 4)) {
        const changed = [signer.der, root.der].map((one) => (one === der ? flippedAt(der, at) : one))
        expect(await reasons(form, [signer, root], { certificates: changed })).toHaveLength(1)
      }
    }
  })
})

/** The end of a certificate: an algorithm and a signature, in encodings of which readers take more than one. */
const notSigned = 90

/** Places in a text of this length. */
const someOf = (length: number, first = 0): number[] =>
  Array.from({ length: 12 }, (_, index) => first + Math.floor((index * (length - first - 1)) / 12))

const flippedAt = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 4)

/** Envelopes with one byte changed in their signed attributes, payload or signature. */
function changedParts(form: Envelope, envelope: Uint8Array): Uint8Array<ArrayBuffer>[] {
  if (form === 'cose') {
    const { contents } = decode<Tag>(envelope)
    const parts = contents as Uint8Array[]
    return [0, 2, 3].flatMap((index) => {
      const part = parts[index] ?? new Uint8Array()
      return someOf(part.length).map((at) =>
        Uint8Array.from(encode(new Tag(18, parts.with(index, flippedAt(part, at))))),
      )
    })
  }
  const jws = JSON.parse(new TextDecoder().decode(envelope)) as Record<string, string>
  return ['protected', 'payload', 'signature'].flatMap((name) => {
    const part = jws[name] ?? ''
    return someOf(part.length).map((at) => {
      const letter = part[at] === 'A' ? 'B' : 'A'
      return json({ ...jws, [name]: part.slice(0, at) + letter + part.slice(at + 1) })
    })
  })
}

it('certificates signed with SHA-1 prove nothing', async () => {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-1' } as const
  const weak = await aCertificate({ algorithm })
  expect(await reasons('jws', [weak], {}, trusting(weak))).toEqual(['chain-invalid'])
})

it('a trust store with a certificate that cannot be read is said to be at fault', async () => {
  const stores = [{ name: 'acme', type: 'ca' as const, certificates: [bytesOf('none')] }]
  expect(await reasons('jws', [signer, root], {}, { keys: [], stores })).toEqual(['root-unusable'])
})

describe('an envelope of another form is refused', () => {
  const refused = async (form: Envelope, envelope: Uint8Array): Promise<RefusalReason[]> =>
    reasonsIn(await findingsOf(await notationReferrer(subject, form, Uint8Array.from(envelope)), trusting(root)))

  it.each([
    ['a list', []],
    ['an object without parts', {}],
    ['parts that are no base64', { payload: '#', protected: '#', signature: '#', header: { x5c: [] } }],
    [
      'attributes of payloads in clear',
      { payload: 'x', protected: 'eyJiNjQiOmZhbHNlfQ', signature: '', header: { x5c: [] } },
    ],
  ])('in JWS: %s', async (_, value) => {
    expect(await refused('jws', json(value))).toEqual(['malformed'])
  })

  it.each([
    ['without a tag', [new Uint8Array(), new Map(), new Uint8Array(), new Uint8Array()]],
    ['with another tag', new Tag(98, [new Uint8Array(), new Map(), new Uint8Array(), new Uint8Array()])],
    ['of three parts', new Tag(18, [new Uint8Array(), new Map(), new Uint8Array()])],
    ['of a payload elsewhere', new Tag(18, [encode(new Map()), new Map(), null, new Uint8Array()])],
    ['of attributes that are no map', new Tag(18, [encode([]), new Map(), new Uint8Array(), new Uint8Array()])],
    ['of a regular expression', new Tag(35, '(a+)+$')],
  ])('in COSE: %s', async (_, value) => {
    expect(await refused('cose', encode(value))).toEqual(['malformed'])
  })

  it('in COSE: an attribute that stands twice', async () => {
    const twice = Uint8Array.from([0xa2, 1, 0x26, 1, 0x26])
    expect(await refused('cose', encode(new Tag(18, [twice, new Map(), new Uint8Array(), new Uint8Array()])))).toEqual([
      'malformed',
    ])
  })
})
