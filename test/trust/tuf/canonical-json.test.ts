import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, compareUtf8, readJson } from '../../../src/trust/tuf/canonical-json.ts'
import { InvalidMetadata } from '../../../src/trust/tuf/invalid-metadata.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const canonicalOf = (text: string): string => canonicalJson(readJson(bytesOf(text)))

describe('the canonical form', () => {
  it.each([
    ['has no white space', ' { "a" : [ 1 , true , null ] } ', '{"a":[1,true,null]}'],
    ['sorts keys', '{"b":1,"a":{"d":1,"c":2}}', '{"a":{"c":2,"d":1},"b":1}'],
    ['sorts keys that look like numbers as text', '{"18":1,"2":2}', '{"18":1,"2":2}'],
    [
      'sorts by UTF-8 bytes, which is not the order of UTF-16',
      '{"\u{10000}":1,"\ue000":2}',
      '{"\ue000":2,"\u{10000}":1}',
    ],
    ['escapes quotes and backslashes alone', String.raw`"\"\\\/\n\u0001\u003c"`, `"\\"\\\\/\n\u0001<"`],
    ['writes integers that were written as fractions', '[1e3,10.0,-0,-1]', '[1000,10,0,-1]'],
    ['keeps a key that objects inherit', '{"__proto__":1,"constructor":2}', '{"__proto__":1,"constructor":2}'],
    ['takes an integer of 53 bits', '9007199254740991', '9007199254740991'],
  ])('%s', (_name, text, canonical) => {
    expect(canonicalOf(text)).toBe(canonical)
  })

  it.each(['1.5', '9007199254740993', '1e300', '{"a":[0.1]}'])('has no %s', (text) => {
    expect(() => canonicalOf(text)).toThrow(InvalidMetadata)
  })

  it('names a fraction as the Go server does', () => {
    expect(() => canonicalOf('{"custom":1.5}')).toThrow('json: unsupported value: 1.5')
  })
})

describe('what is read', () => {
  it.each([
    ['a byte that is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d)],
    ['half a surrogate pair', bytesOf(String.raw`"\ud800"`)],
    ['half a surrogate pair in a key', bytesOf(String.raw`{"a\uDC00":1}`)],
    ['a key that stands twice, of which Go merges the values', bytesOf('{"keys":{"a":1},"keys":{"b":1}}')],
    ['text behind the value', bytesOf('{} x')],
    ['nothing', new Uint8Array()],
  ])('is not %s', (_name, bytes) => {
    expect(() => readJson(bytes)).toThrow(InvalidMetadata)
  })

  it('is a whole surrogate pair, and white space behind the value', () => {
    expect(readJson(bytesOf(`${String.raw`"\ud83d\ude00"`} \n`))).toBe('\u{1f600}')
  })
})

/** Values as Notary signs them: integers alone, any well-formed text. */
const signable = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

/** The form by its definition, the slow way. */
function byDefinition(value: unknown): string {
  if (typeof value === 'string') return `"${value.split('\\').join('\\\\').split('"').join('\\"')}"`
  if (Array.isArray(value)) return `[${value.map(byDefinition).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const utf8 = (text: string): string =>
    Array.from(bytesOf(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const members = Object.entries(value).sort(([one], [other]) => (utf8(one) < utf8(other) ? -1 : 1))
  return `{${members.map(([key, inside]) => `${byDefinition(key)}:${byDefinition(inside)}`).join(',')}}`
}

describe('for any value', () => {
  it('the form is that of its definition', () => {
    fc.assert(fc.property(signable, (value) => canonicalJson(value) === byDefinition(value)))
  })

  it('the form does not depend on how the JSON was written', () => {
    fc.assert(fc.property(signable, (value) => canonicalOf(JSON.stringify(value, null, 2)) === canonicalJson(value)))
  })

  it('keys compare as their bytes do', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [bytes, otherBytes] = [bytesOf(one), bytesOf(other)]
        const differs = bytes.findIndex((byte, at) => byte !== otherBytes[at])
        const expected =
          differs < 0 ? bytes.length - otherBytes.length : (bytes[differs] ?? 0) - (otherBytes[differs] ?? -1)
        return Math.sign(compareUtf8(one, other)) === Math.sign(expected)
      }),
    )
  })

  it('bytes that are no JSON are refused as such', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          canonicalJson(readJson(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidMetadata)
        }
      }),
    )
  })
})
