import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { knownKeys, mistakableKey, parseJson } from '../../src/util/json.ts'

const bounds = { depth: 10, values: 1000 }
const isTaken = (text: string): boolean => 'value' in parseJson(text, bounds)

describe('JSON of a client', () => {
  it('is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseJson(text, bounds)).toEqual({ value: JSON.parse(text) })
      }),
    )
  })

  for (const text of ['', '{', '"', '"\\', '{"a":}', 'nothing', '{"a":1}}', '"\\\\""']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(isTaken(text)).toBe(false)
    })
  }

  it('has no key twice in one object, however it is written', () => {
    const twice = ['{"a":1,"a":1}', '{"a":{"b":[{"c":1,"d":2,"c":3}]}}', '{"a":1,"\\u0061":2}', '{"":1,"":2}']
    for (const text of [...twice, '{"__proto__":1,"__proto__":2}']) expect([text, isTaken(text)]).toEqual([text, false])
    const once = ['{"a":1,"A":2}', '[{"a":1},{"a":1}]', '{"a":{"a":1}}', '{"a:b":":","\\"c":"\\\\"}', '{"__proto__":1}']
    for (const text of once) expect([text, isTaken(text)]).toEqual([text, true])
  })

  it('is not parsed when it is too deep or has too many values, whatever stands in its strings', () => {
    expect(isTaken(`${'['.repeat(10)}${']'.repeat(10)}`)).toBe(true)
    expect(isTaken(`${'['.repeat(11)}${']'.repeat(11)}`)).toBe(false)
    expect(isTaken('['.repeat(4_000_000))).toBe(false)
    expect(isTaken(JSON.stringify(Array.from({ length: 1000 }, () => 0)))).toBe(true)
    expect(isTaken(JSON.stringify(Array.from({ length: 1001 }, () => 0)))).toBe(false)
    expect(isTaken(JSON.stringify(`${'['.repeat(100)}${','.repeat(2000)}\\"${'{'.repeat(100)}`))).toBe(true)
  })
})

describe('a key that clients take for another one', () => {
  const known = knownKeys('layers', 'mark', 'os.version')
  const found = (key: string) => mistakableKey({ [key]: 1 }, known)?.knownKey

  it('is one that Go folds to it', () => {
    expect(['LAYERS', 'Layers', 'layerſ', 'LayerS'].map(found)).toEqual(['layers', 'layers', 'layers', 'layers'])
    expect(['mar\u212a', 'OS.version', 'os.verſion'].map(found)).toEqual(['mark', 'os.version', 'os.version'])
  })

  it('is none that is the same, or only looks alike', () => {
    expect(['layers', 'layer', 'layers ', 'ｌayers', 'lаyers', 'layerß', 'os_version'].flatMap(found)).toEqual(
      Array.from({ length: 7 }, () => undefined),
    )
  })
})
