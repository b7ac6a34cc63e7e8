/** `docs/operations.md` says of every alert what to do: the page is compared with the sources. */
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })
const pages = import.meta.glob<string>('../../docs/operations.md', { query: '?raw', import: 'default', eager: true })
const page = pages['../../docs/operations.md'] ?? ''

const idsIn = (text: string, pattern: RegExp): string[] => Array.from(text.matchAll(pattern), ([, id = '']) => id)

/** The alerts that are written out, and those that are made of the problems of delegates. */
function idsOfCode(): string[] {
  const all = Object.values(sources).join('\n')
  const problems = /export const delegateProblems = \{([^]*?)\n\} as const/.exec(all)?.[1] ?? ''
  return [
    ...idsIn(all, /id: '([a-z_]+)',\s*class: /g),
    ...idsIn(all, /\balert\('([a-z_]+)', /g),
    ...idsIn(problems, /^ {2}'?([a-z-]+)'?: \(/gm).map((problem) => `trust_delegate_${problem.replaceAll('-', '_')}`),
  ]
}

const rowsOfPage = Array.from(
  page.matchAll(/^\| `([a-z_]+)` +\| (warning|critical|warning or critical) +\| (.+?) +\|$/gm),
  ([, id = '', , meaning = '']) => ({ id, meaning }),
)

it('the page about operations has every alert, and no other', () => {
  const found = idsOfCode()
  expect(found).toEqual(expect.arrayContaining(['no_majority', 'trust_keys_lost', 'trust_delegate_threshold']))
  expect(rowsOfPage.map(({ id }) => id).sort()).toEqual([...new Set(found)].sort())
})

it('each alert of the page has a meaning and something to do', () => {
  for (const { id, meaning } of rowsOfPage) expect([id, meaning]).toEqual([id, expect.stringMatching(/.{40,}/)])
})

it('each alert in the sources is found: what has a class of alerts has an id beside it', () => {
  const places = Object.entries(sources).flatMap(([path, text]) =>
    Array.from(text.matchAll(/class: '(?:warning|critical)'/g), ({ index }) => ({
      path,
      before: text.slice(0, index),
    })),
  )
  expect(places.length).toBeGreaterThan(5)
  const without = places.filter(
    ({ path, before }) =>
      !/id: (?:'[a-z_]+'|`trust_delegate_.*`),\s*$/.test(before) && !path.endsWith('/capability.ts'),
  )
  expect(without.map(({ path }) => path)).toEqual([])
})
