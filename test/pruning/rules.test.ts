import { describe, expect, it } from 'vitest'
import { matcherOf, rules, type Rule } from '../../src/pruning/rules.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const hour = 3_600_000
const tag = (name: string, hoursAgo = 1) => ({ name, updatedAt: now - hoursAgo * hour })
const rule = (field: string, operator: string, ...values: string[]): Rule => ({ field, operator, values })

/** The names that rules match. */
function matched(given: readonly Rule[], tags: ReadonlyArray<ReturnType<typeof tag>>): string[] {
  const matches = matcherOf(rules.parse(given))
  return tags.filter((one) => matches(one, now)).map(({ name }) => name)
}

/** What is wrong with rules. */
const refusal = (given: unknown): string => rules.safeParse(given).error?.issues[0]?.message ?? 'nothing'

describe('a rule about the tag', () => {
  const names = ['nightly-1', 'nightly-2', 'v1.0', 'v1.0-rc', 'rc-v1.0', 'V1.0']
  const cases: ReadonlyArray<readonly [operator: string, values: readonly string[], expected: readonly string[]]> = [
    ['eq', ['v1.0'], ['v1.0']],
    ['sw', ['nightly-'], ['nightly-1', 'nightly-2']],
    ['sw', ['nightly-', 'rc-'], ['nightly-1', 'nightly-2', 'rc-v1.0']],
    ['ew', ['1.0'], ['v1.0', 'rc-v1.0', 'V1.0']],
    ['c', ['rc'], ['v1.0-rc', 'rc-v1.0']],
    ['oo', ['v1.0', 'nightly-2', 'missing'], ['nightly-2', 'v1.0']],
    ['noo', ['v1.0', 'nightly-2'], ['nightly-1', 'v1.0-rc', 'rc-v1.0', 'V1.0']],
    ['nsw', ['v', 'nightly-'], ['rc-v1.0', 'V1.0']],
    ['new', ['.0', '-rc'], ['nightly-1', 'nightly-2']],
    ['nc', ['rc', 'nightly'], ['v1.0', 'V1.0']],
  ]
  for (const [operator, values, expected] of cases) {
    it(`that says ${operator} ${values.join(' or ')} matches ${expected.join(', ') || 'nothing'}`, () => {
      const found = matched(
        [rule('tag', operator, ...values)],
        names.map((name) => tag(name)),
      )
      expect(found).toEqual(expected)
    })
  }
})

describe('a rule about time', () => {
  const tags = [tag('old', 48), tag('of noon', 12), tag('new', 1)]

  it('compares with a moment, in whatever zone it was written', () => {
    expect(matched([rule('updated_at', 'bf', '2026-03-01T00:00:00Z')], tags)).toEqual(['old'])
    expect(matched([rule('updated_at', 'af', '2026-03-01T00:00:00Z')], tags)).toEqual(['new'])
    expect(matched([rule('updated_at', 'bf', '2026-03-01T02:00:00.5+02:00')], tags)).toEqual(['old', 'of noon'])
  })

  it('compares with how long ago it was', () => {
    expect(matched([rule('updated_at_duration', 'bf', '12h')], tags)).toEqual(['old'])
    expect(matched([rule('updated_at_duration', 'bf', '11h59m59.9s')], tags)).toEqual(['old', 'of noon'])
    expect(matched([rule('updated_at_duration', 'af', '12h')], tags)).toEqual(['new'])
  })
})

describe('rules', () => {
  it('must all match', () => {
    const given = [rule('tag', 'sw', 'nightly-'), rule('updated_at_duration', 'bf', '24h')]
    expect(matched(given, [tag('nightly-1', 48), tag('nightly-2', 1), tag('v1', 48)])).toEqual(['nightly-1'])
  })

  it('match nothing when there are none, or when one of them is not understood', () => {
    for (const given of [[], [rule('tag', 'sw', 'a'), rule('license.name', 'oo', 'MIT')]]) {
      expect(matcherOf(given)(tag('a'), now)).toBe(false)
    }
  })

  it('of fields that this registry has no data for are refused, and told why', () => {
    for (const field of ['license.name', 'component.name', 'vulnerability_all', 'vulnerability_critical']) {
      expect(refusal([rule(field, 'oo', '1')])).toContain(`does not scan images, so it has no field ${field}`)
    }
    expect(refusal([rule('author', 'eq', 'alice')])).toContain('there is no such field')
  })

  it('with an operator of another field are refused, and told which there are', () => {
    expect(refusal([rule('tag', 'bf', 'x')])).toContain('use one of eq, sw, ew, c, oo, noo, nsw, new, nc')
    expect(refusal([rule('updated_at', 'eq', '2026-03-01T00:00:00Z')])).toContain('use one of bf, af')
    expect(refusal([rule('tag', 'constructor', 'x')])).toContain('no such operator')
  })

  it('whose time or duration is none, or not one, are refused with an example', () => {
    for (const values of [['yesterday'], ['2026-03-01'], ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z']]) {
      expect(refusal([rule('updated_at', 'bf', ...values)])).toContain('takes one value, a time like')
    }
    for (const values of [['12'], ['-12h'], ['1w'], ['1h', '2h'], ['999999999h'.repeat(4)]]) {
      expect(refusal([rule('updated_at_duration', 'bf', ...values)])).toContain('takes one value, a duration like')
    }
  })

  it('with values that no tag can have are refused with a hint', () => {
    const hints: ReadonlyArray<readonly [operators: string, value: string, refused: string]> = [
      ['eq oo noo', '^v', 'no tag can be "^v": patterns are not supported'],
      ['sw nsw', '^v', 'no tag can begin with "^v": patterns are not supported'],
      ['noo', 'release-*', 'no tag can be "release-*": patterns are not supported; use plain text with sw'],
      ['ew new', '*-rc', 'no tag can end with "*-rc": patterns'],
      ['c nc', '.*', 'no tag can contain ".*": patterns'],
      ['oo noo', 'v1,v2', 'no tag can be "v1,v2": send a list of values'],
      ['c nc sw nsw', 'a,b', 'send a list of values'],
      ['eq', 'acme/app:v1', 'send only the tag'],
      ['eq oo noo', '-rc', 'does not start with "." or "-"'],
      ['sw nsw', '.x', 'does not start with "." or "-"'],
      ['ew nc', 'ü', 'a tag has 1 to 128 letters'],
      ['eq sw ew c', 'a b', 'a tag has 1 to 128 letters'],
    ]
    for (const [operators, value, refused] of hints) {
      for (const operator of operators.split(' ')) {
        expect([operator, refusal([rule('tag', operator, 'fine', value)])]).toEqual([
          operator,
          expect.stringContaining(refused),
        ])
      }
    }
  })

  it('may say with what a tag ends or what it contains, also where it does not begin so', () => {
    for (const operator of ['ew', 'new', 'c', 'nc']) {
      for (const value of ['-rc', '.sig', '-', 'a', '_x']) {
        expect(refusal([rule('tag', operator, value)])).toBe('nothing')
      }
    }
  })

  it('can say all that is not a release', () => {
    const given = [rule('tag', 'nsw', 'release-', 'v'), rule('tag', 'noo', 'latest')]
    const tags = ['release-1', 'v1', 'latest', 'pr-7', 'main'].map((name) => tag(name))
    expect(matched(given, tags)).toEqual(['pr-7', 'main'])
  })

  it('have limits', () => {
    const many = (length: number) => Array.from({ length }, (_, at) => `v${at}`)
    const fine = rule('tag', 'oo', ...many(100))
    expect(refusal(Array.from({ length: 25 }, () => fine))).toBe('nothing')
    expect(refusal(Array.from({ length: 26 }, () => fine))).toContain('at most 25 rules')
    expect(refusal([])).toContain('would match every tag')
    expect(refusal([rule('tag', 'oo', ...many(101))])).not.toBe('nothing')
    expect(refusal([rule('tag', 'oo', 'x'.repeat(128))])).toBe('nothing')
    expect(refusal([rule('tag', 'oo', 'x'.repeat(129))])).not.toBe('nothing')
    expect(refusal([rule('tag', 'sw', '')])).not.toBe('nothing')
    expect(refusal([rule('tag', 'sw')])).not.toBe('nothing')
    expect(refusal([{ ...rule('tag', 'sw', 'a'), not: true }])).not.toBe('nothing')
  })
})
