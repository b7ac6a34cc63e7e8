import { describe, expect, it } from 'vitest'
import { readRoot, readTargets } from '../../../src/trust/tuf/documents.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { InvalidMetadata } from '../../../src/trust/tuf/invalid-metadata.ts'
import { readUploads } from '../../../src/trust/tuf/uploads.ts'

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))
const read = (text: string) => readEnvelope(bytesOf(text))
const withSigned = (fields: string): string => `{"signed":{${fields}},"signatures":[]}`

describe('an envelope', () => {
  it('keeps its exact bytes, and lowers the case of methods', () => {
    const text =
      ' {"signed": {"_type":"Targets","version":3, "expires":"2030-01-01T00:00:00.5+02:00"},\n"signatures":[{"keyid":"a","method":"ECDSA","sig":"AAE="}]} \n'
    const envelope = read(text)
    expect(new TextDecoder().decode(envelope.bytes)).toBe(text)
    expect(envelope).toMatchObject({
      type: 'Targets',
      version: 3,
      expires: { milliseconds: Date.parse('2030-01-01T00:00:00.5+02:00'), printed: 'Tue Jan 1 00:00:00 +0200 2030' },
      signatures: [{ keyId: 'a', method: 'ecdsa', bytes: Uint8Array.of(0, 1) }],
    })
  })

  it('has the zero values of Go where fields are absent or null', () => {
    for (const text of ['{}', withSigned(''), withSigned('"_type":null,"version":null,"expires":null')]) {
      expect(read(text)).toMatchObject({
        type: '',
        version: 0,
        expires: { printed: 'Mon Jan 1 00:00:00 UTC 0001' },
        signatures: [],
      })
    }
  })

  it.each([
    ['a version that is written as a fraction', withSigned('"version":1.0')],
    ['a version in text', withSigned('"version":"1"')],
    ['a version beyond all integers', withSigned('"version":99999999999999999999')],
    ['a type that is no text', withSigned('"_type":1')],
    ['a time without a zone', withSigned('"expires":"2030-01-01T00:00:00"')],
    ['a day that does not exist', withSigned('"expires":"2030-02-30T00:00:00Z"')],
    ['an hour that does not exist', withSigned('"expires":"2030-01-01T24:00:00Z"')],
    ['a time that is no text', withSigned('"expires":1')],
    ['signatures that are no list', '{"signatures":{}}'],
    ['a signature that is not base64', '{"signatures":[{"sig":"*"}]}'],
    ['a signature without padding', '{"signatures":[{"sig":"AAE"}]}'],
    ['signed that is no object', '{"signed":[]}'],
    ['a number for a document', '1.5'],
    ['a list for a document', '[]'],
  ])('is not read with %s', (_case, text) => {
    expect(() => read(text)).toThrow(InvalidMetadata)
  })
})

describe('a field in another case, which Go takes for the known one, is refused', () => {
  it.each([
    '{"Signed":{},"signatures":[]}',
    '{"signed":{},"signed ":{},"SIGNATURES":[]}',
    withSigned('"version":1,"Version":2'),
    withSigned('"Version":2'),
    withSigned('"_Type":"Root"'),
    withSigned('"Expires":"2030-01-01T00:00:00Z"'),
    '{"signatures":[{"keyid":"a","KeyID":"b"}]}',
    '{"signatures":[{"\u017fig":""}]}',
  ])('%s', async (text) => {
    expect(() => read(text)).toThrow(InvalidMetadata)
    expect(await readUploads([{ filename: 'targets', bytes: bytesOf(text) }])).toEqual({
      refusal: { kind: 'trust-json-malformed' },
    })
  })

  it.each([
    '"keys":{},"Keys":{}',
    '"Roles":{}',
    '"Consistent_Snapshot":true',
    '"keys":{"a":{"KeyType":"ecdsa"}}',
    '"keys":{"a":{"\u212aeytype":"ecdsa"}}',
    '"keys":{"a":{"keyval":{"Public":""}}}',
    '"roles":{"root":{"KeyIDs":[]}}',
    '"roles":{"root":{"threshold":1,"Threshold":2}}',
  ])('in a root: %s', (fields) => {
    expect(() => readRoot(read(withSigned(`"_type":"Root","version":1,${fields}`)))).toThrow('may be read as')
  })

  it.each([
    '"Targets":{}',
    '"targets":{"1.0":{"Hashes":{}}}',
    '"targets":{"1.0":{"length":1,"Length":2}}',
    '"targets":{},"Delegations":{}',
    '"delegations":{"Keys":{}}',
    '"delegations":{"Roles":[]}',
    '"delegations":{"roles":[{"name":"targets/a","Name":"targets/b","threshold":1}]}',
    '"delegations":{"roles":[{"Paths":[""]}]}',
  ])('in targets: %s', (fields) => {
    expect(() => readTargets(read(withSigned(`"_type":"Targets","version":1,${fields}`)), 'targets')).toThrow(
      'may be read as',
    )
  })

  it('but names of targets and roles are data, which differ by case', () => {
    const fields = '"_type":"Targets","version":1,"targets":{"V1":{},"v1":{},"__proto__":{}}'
    expect([...readTargets(read(withSigned(fields)), 'targets').targets.keys()]).toEqual(['V1', 'v1', '__proto__'])
  })
})
