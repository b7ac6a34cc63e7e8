/** Everything that a person reads names its actors: the caller, an operator, another worker. */
import { expect, it } from 'vitest'

const files = import.meta.glob<string>('../../{src/**/*.ts,src/**/*.md,docs/**/*.md,scripts/*/*.md,test/*.md,*.md}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** "no caller", "another worker", "a user", "any client" say which one. */
const vague = /\b(?:whoever|whomever|somebody|nobody|anybody|everybody)\b/iu

const linesWith = (word: RegExp): string[] =>
  Object.entries(files).flatMap(([path, text]) =>
    text.split('\n').flatMap((line, at) => (word.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  )

it('the words are looked for in sources and pages', () => {
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['../../README.md', '../../src/app.ts']))
  expect(linesWith(/\bregistry\b/u)).not.toEqual([])
})

it('no comment, sentence or page speaks of somebody vague', () => {
  expect(linesWith(vague)).toEqual([])
})
