/** What a response of an identity provider must be: signed by its key, for this registry, this login and this moment. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Assertion, Expected } from '../../../src/identity/saml/assertion.ts'
import { ResponseRefused } from '../../../src/identity/saml/refusal.ts'
import { readResponse } from '../../../src/identity/saml/response.ts'
import { readCertificate } from '../../../src/identity/saml/certificates.ts'
import { largestSamlFormBytes, mostGroupsOfUser, mostSamlElements } from '../../../src/limits.ts'
import {
  algorithms,
  aSamlKey,
  assertionOf,
  encoded,
  entityId,
  responseOf,
  signed,
  type Said,
  type SamlKey,
  type Signing,
} from '../support/saml-provider.ts'

const origin = 'https://registry.example.com'
const now = Date.UTC(2030, 0, 1)
const said: Said = { origin, requestId: '_request', now }
const expected: Expected = {
  issuer: entityId,
  audience: `${origin}/enzi/v0/saml/metadata`,
  acsUrl: `${origin}/enzi/v0/saml/acs`,
  requestId: '_request',
  now,
}

let key: SamlKey
let other: SamlKey
let pems: readonly string[]

beforeAll(async () => {
  key = await aSamlKey()
  other = await aSamlKey()
  pems = await pemsOf(key)
})

async function pemsOf(...keys: readonly SamlKey[]): Promise<string[]> {
  const read = await Promise.all(keys.map(({ certificate }) => readCertificate(certificate)))
  return read.map((certificate) => certificate?.pem ?? '')
}

const read = (xml: string, certificates = pems): Promise<Assertion> =>
  readResponse(encoded(xml), certificates, expected)

/** Tells why a response is refused. */
async function refusalOf(xml: string): Promise<string> {
  try {
    const { nameId } = await read(xml)
    return `it was taken for ${nameId.value}`
  } catch (error) {
    if (error instanceof ResponseRefused) return error.kind
    return error instanceof Error ? error.message : String(error)
  }
}

const good = (changes: Partial<Said> = {}, signing: Signing = {}): string =>
  signed(key, responseOf({ ...said, ...changes }), signing)

describe('a response is taken', () => {
  it.each<Signing>([{ of: 'Assertion' }, { of: 'Response' }, { signature: algorithms.rsaSha512 }])(
    'with a signature: %j',
    async (signing) => {
      const attributes = { fullname: ['Carol of Acme'], 'member-of': ['a &amp; b', 'engineers'] }
      const assertion = await read(good({ attributes }, signing))
      expect(assertion.nameId.value).toBe('id-of-carol')
      expect(assertion.sessionIndex).toBe('_session')
      expect(Object.fromEntries(assertion.attributes)).toEqual({
        fullname: ['Carol of Acme'],
        'member-of': ['a & b', 'engineers'],
      })
    },
  )

  it('with signatures of both, and by any key of the provider', async () => {
    const both = signed(key, good(), { of: 'Response' })
    expect((await read(both, await pemsOf(other, key))).nameId.value).toBe('id-of-carol')
  })

  it('with as many groups as a user may have', async () => {
    const groups = Array.from(
      { length: mostGroupsOfUser },
      (_, at) => `cn=group ${at},ou=departments,ou=groups,dc=acme,dc=test`,
    )
    const assertion = await read(good({ attributes: { 'member-of': groups } }))
    expect(assertion.attributes.get('member-of')).toEqual(groups)
  })

  it('with a comment in the NameID, which cuts nothing off', async () => {
    const comment = good({ nameId: 'carol<!-- -->.evil' })
    expect((await read(comment)).nameId.value).toBe('carol.evil')
    const later = good({ nameId: 'carol.evil' }).replace('carol.evil', 'carol<!-- -->.evil')
    expect((await read(later)).nameId.value).toBe('carol.evil')
  })
})

describe('a response is refused', () => {
  it.each<readonly [string, Partial<Said>]>([
    ['issuer', { issuer: 'https://other.example.com' }],
    ['audience', { audience: 'https://other.example.com' }],
    ['audience', { conditions: '' }],
    ['condition', { conditions: `<saml:Conditions><saml:Condition/></saml:Conditions>` }],
    ['recipient', { recipient: 'https://other.example.com/acs' }],
    ['destination', { destination: 'https://other.example.com/acs' }],
    ['not-asked', { inResponseTo: '_other' }],
    ['expired', { notOnOrAfter: now - 60_000 }],
    ['expired', { issuedAt: now - 3_600_000 }],
    ['too-early', { notBefore: now + 61_000 }],
    ['too-early', { issuedAt: now + 61_000 }],
    ['unconfirmed', { confirmation: '' }],
    ['unconfirmed', { confirmation: `<saml:SubjectConfirmationData Recipient="${expected.acsUrl}"/>` }],
    ['no-login', { statement: '' }],
  ])('as %s: %j', async (kind, changes) => {
    for (const element of ['Assertion', 'Response'] as const) {
      expect(await refusalOf(good(changes, { of: element }))).toBe(kind)
    }
  })

  it.each<readonly [string, Partial<Said>]>([
    ['issuer', { issuer: 'https://other.example.com' }],
    ['not-asked', { inResponseTo: '_other' }],
    [
      'not-asked',
      {
        confirmation: `<saml:SubjectConfirmationData Recipient="${expected.acsUrl}" NotOnOrAfter="2030-01-01T00:05:00Z"/>`,
      },
    ],
  ])('as %s, whatever stands around the assertion: %j', async (kind, changes) => {
    const inside = assertionOf({ ...said, ...changes })
    expect(await refusalOf(signed(key, responseOf(said, inside)))).toBe(kind)
  })

  it('whose provider has refused the login, in words of ours', async () => {
    const failed = responseOf({ ...said, status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }, '')
    expect(await refusalOf(failed)).toContain('"Responder"')
  })

  it.each([
    ['no-response', '<a/>'],
    ['not-well-formed', '<samlp:Response'],
    ['not-well-formed', ''],
    ['not-well-formed', '<a/><b/>'],
    ['not-well-formed', '<a b="1" b="2"/>'],
    ['not-well-formed', '<a>&other;</a>'],
    ['document-type', '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['document-type', '<!DOCTYPE a SYSTEM "https://evil.example.com/a.dtd"><a/>'],
    ['too-many-elements', `<a>${'<b/>'.repeat(mostSamlElements * 2)}</a>`],
  ])('as %s: %.80s', async (kind, xml) => {
    expect(await refusalOf(xml)).toBe(kind)
  })

  it('that is no base64, no UTF-8, or too long', async () => {
    const kindOf = async (message: string) => {
      const refused: unknown = await readResponse(message, pems, expected).catch((error: unknown) => error)
      return refused instanceof ResponseRefused ? refused.kind : refused
    }
    expect(await kindOf('%')).toBe('no-response')
    expect(await kindOf('/w==')).toBe('no-response')
    expect(await kindOf('a'.repeat(largestSamlFormBytes + 1))).toBe('too-long')
  })

  it('that takes long to canonicalize, before that is done', async () => {
    const deep = good().replace('</saml:Subject>', `${'<x>'.repeat(1000)}${'</x>'.repeat(1000)}</saml:Subject>`)
    expect(await refusalOf(deep)).toBe('too-many-elements')
    const transformed = good().replace(/<ds:Transform .*?\/>/, (transform) => transform.repeat(1000))
    expect(await refusalOf(transformed)).toBe('signature-misplaced')
  })

  it('without a signature', async () => {
    expect(await refusalOf(responseOf(said))).toBe('unsigned')
  })

  it('with a signature by another key, also if its certificate is in the signature', async () => {
    expect(await refusalOf(signed(other, responseOf(said)))).toBe('signature-wrong')
  })

  it('that was changed after it was signed', async () => {
    expect(await refusalOf(good().replace('id-of-carol', 'id-of-admin'))).toBe('signature-wrong')
    const attributes = { 'member-of': ['engineers'] }
    expect(await refusalOf(good({ attributes }).replace('engineers', 'admins'))).toBe('signature-wrong')
    expect(await refusalOf(good({}, { of: 'Response' }).replace('id-of-carol', 'id-of-admin'))).toBe('signature-wrong')
  })

  it.each<Signing>([
    { signature: algorithms.rsaSha1 },
    { digest: algorithms.sha1 },
    { canonical: algorithms.withComments },
  ])('with an algorithm that is not safe: %j', async (signing) => {
    expect(await refusalOf(good({}, signing))).toBe('algorithm')
  })

  it('whose assertion is encrypted', async () => {
    const encrypted =
      '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"></saml:EncryptedAssertion>'
    expect(await refusalOf(responseOf(said, encrypted))).toBe('encrypted')
  })
})

describe('a wrapped signature is refused', () => {
  const evil = (id = '_evil'): string => assertionOf({ ...said, nameId: 'id-of-admin' }, id)
  const parts = (xml: string) => {
    const [assertion = ''] = /<saml:Assertion .*<\/saml:Assertion>/s.exec(xml) ?? []
    const [signature = ''] = /<ds:Signature .*<\/ds:Signature>/s.exec(xml) ?? []
    return { assertion, signature, bare: assertion.replace(signature, '') }
  }
  const withSignature = (assertion: string, signature: string): string =>
    assertion.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
  const inObject = (signature: string, content: string): string =>
    signature.replace('</ds:Signature>', `<ds:Object>${content}</ds:Object></ds:Signature>`)

  /** The kinds of "On Breaking SAML: Be Whoever You Want to Be", by their numbers. */
  const attacks: Record<string, (xml: string) => string> = {
    'XSW1: the signed response in the signature of a new one': (xml) => {
      const response = good({}, { of: 'Response' })
      const { signature } = parts(response)
      const bare = response.replace(signature, '')
      const forged = bare.replace('_response', '_evil').replace('id-of-carol', 'id-of-admin')
      return forged.replace('</saml:Issuer>', `</saml:Issuer>${inObject(signature, bare)}`) + xml.slice(xml.length)
    },
    'XSW2: the signed response beside its signature, in a new one': () => {
      const response = good({}, { of: 'Response' })
      const { signature } = parts(response)
      const bare = response.replace(signature, '')
      const forged = bare.replace('_response', '_evil').replace('id-of-carol', 'id-of-admin')
      return forged.replace('</saml:Issuer>', `</saml:Issuer>${bare}${signature}`)
    },
    'XSW3: a new assertion before the signed one': (xml) =>
      xml.replace(parts(xml).assertion, evil() + parts(xml).assertion),
    'XSW3: a new assertion after the signed one': (xml) =>
      xml.replace(parts(xml).assertion, parts(xml).assertion + evil()),
    'XSW4: the signed assertion in a new one': (xml) =>
      xml.replace(
        parts(xml).assertion,
        evil().replace('</saml:Assertion>', `${parts(xml).assertion}</saml:Assertion>`),
      ),
    'XSW5: the signature in a new assertion, the signed one at the end': (xml) => {
      const { assertion, signature, bare } = parts(xml)
      return xml.replace(assertion, withSignature(evil(), signature) + bare)
    },
    'XSW6: the signed assertion in the signature of a new one': (xml) => {
      const { assertion, signature, bare } = parts(xml)
      return xml.replace(
        assertion,
        withSignature(evil(), signature.replace('</ds:SignatureValue>', `</ds:SignatureValue>${bare}`)),
      )
    },
    'XSW7: the signed assertion in extensions': (xml) => {
      const { assertion } = parts(xml)
      return xml.replace(assertion, `<samlp:Extensions>${assertion}</samlp:Extensions>${evil()}`)
    },
    'XSW8: the signed assertion in an object of the signature of a new one': (xml) => {
      const { assertion, signature, bare } = parts(xml)
      return xml.replace(assertion, withSignature(evil(), inObject(signature, bare)))
    },
    'two elements with the signed ID': (xml) => {
      const { assertion, signature, bare } = parts(xml)
      return xml.replace(assertion, withSignature(evil('_assertion'), signature) + `<x>${bare}</x>`)
    },
    'an assertion under another name of its namespace': (xml) => {
      const { assertion, signature, bare } = parts(xml)
      return xml.replace(assertion, `${withSignature(evil(), signature)}<x:Assertion xmlns:x="urn:other"/>${bare}`)
    },
    'the signature beside the assertion': (xml) => {
      const { assertion, signature, bare } = parts(xml)
      return xml.replace(assertion, `${signature}${bare}`)
    },
    'two signatures of the assertion': (xml) => xml.replace(parts(xml).signature, parts(xml).signature.repeat(2)),
    'a second reference': (xml) =>
      xml.replace(
        /<ds:Reference .*<\/ds:Reference>/s,
        (reference) => reference + reference.replace('#_assertion', '#_response'),
      ),
    'a reference to all of the document': (xml) => xml.replace('URI="#_assertion"', 'URI=""'),
    'a signed info that is not the signed one': (xml) =>
      xml.replace(/<ds:SignedInfo>.*<\/ds:SignedInfo>/s, (info) => info.replace('#_assertion', '#_evil') + info),
    'a digest with a comment in it': (xml) =>
      xml
        .replace(/<ds:DigestValue>(.*?)<\/ds:DigestValue>/s, '<ds:DigestValue><!--AAAA-->$1</ds:DigestValue>')
        .replace('id-of-carol', 'id-of-admin'),
  }

  it.each(Object.keys(attacks))('%s', async (name) => {
    const refusal = await refusalOf(attacks[name]?.(good()) ?? '')
    expect(refusal).not.toContain('taken')
    expect([
      'several-assertions',
      'signature-misplaced',
      'signature-wrong',
      'unsigned',
      'no-assertion',
      'algorithm',
      'not-well-formed',
    ]).toContain(refusal)
  })
})
