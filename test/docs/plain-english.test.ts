/** Everything that a person reads names its actors, and uses the words of the field. */
import { expect, it } from 'vitest'

const files = import.meta.glob<string>(
  [
    '../../{src,scripts,docs}/**/*.{ts,mjs,md}',
    '../../test/*.md',
    '../../*.md',
    '../../.github/**/*.md',
    '!**/node_modules/**',
  ],
  { query: '?raw', import: 'default', eager: true },
)
const tests = import.meta.glob<string>('../**/*.test.ts', { query: '?raw', import: 'default', eager: true })

/** "no caller", "another worker", "a user", "any client" say which one. */
const vague = /\b(?:whoever|whomever|somebody|nobody|anybody|everybody)\b/iu
/** Say "aborted" or "closed", and "again". */
const quaint = /\b(?:(?:is|was|been) given up|anew)\b/iu

/** The lines with names of tests: what `nobody` may do is data in others. */
const isName = (line: string): boolean => /^\s*(?:it|test|describe)(?:\.each)?\(|^\s*\]\)\(/u.test(line)

const linesWith = (texts: Readonly<Record<string, string>>, word: RegExp, isRead = (_line: string) => true): string[] =>
  Object.entries(texts).flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, at) => (isRead(line) && word.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  )

it('the words are looked for in sources, scripts, pages and names of tests', () => {
  const read = [
    '../../README.md',
    '../../src/app.ts',
    '../../scripts/start.ts',
    '../../.github/PULL_REQUEST_TEMPLATE.md',
  ]
  expect(Object.keys(files)).toEqual(expect.arrayContaining(read))
  expect(linesWith(files, /\bregistry\b/u)).not.toEqual([])
  expect(linesWith(tests, /\bregistry\b/u, isName)).not.toEqual([])
})

it.each([vague, quaint])('no comment, sentence, page or test uses the words %s', (words) => {
  expect(linesWith(files, words)).toEqual([])
  expect(linesWith(tests, words, isName)).toEqual([])
})
