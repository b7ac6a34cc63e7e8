/** The docstring of a function begins with a verb in the third person: "Returns", "Decides whether", "Refuses". */
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>(['../../{src,scripts}/**/*.{ts,mjs}', '!**/node_modules/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** A docstring, and the line below it. */
const documented = /\/\*\*((?:(?!\*\/)[^])*)\*\/[^\S\n]*\n([^\n]*)/gu

/** The first line of a function, a constant function, a method, or a member that is a function. */
const declaresFunction = new RegExp(
  [
    /^\s*(?:export )?(?:default )?(?:async )?function\b/,
    /^\s*(?:export )?const \w+(?:: [^=]+)? = (?:async )?(?:<[^=]*>)?(?:\(|\w+ =>)/,
    /^\s*(?:(?:static|override|async|readonly|get|set) )*[#*]*\w+\??(?:<[^>]*>)?\(/,
    /^\s*(?:readonly )?\w+\??: (?:async )?(?:<[^>]*>)?\([^)]*(?:\)(?: =>|:)|$)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'u',
)

/** Words that end like a verb in the third person, and begin a noun phrase or a clause. */
const nonVerbs: ReadonlySet<string> = new Set(
  [
    'Accounts As Always Blobs Browsers Bytes Callers Clients Credentials Errors Events Fields Has Images Is',
    'Items Its Jobs Keys Layers Lines Manifests Members Milliseconds Numbers Objects Operations Paths Policies',
    'Progress Repositories Rights Routes Rows Rules Seconds Segments Statements Teams This Times Tokens Unless',
    'Users Values Was Whereas Words',
  ].flatMap((line) => line.split(' ')),
)

const beginsWithVerb = (docstring: string): boolean => {
  const [, word = ''] = /^[\s*]*([A-Z][a-z]+s)\b/u.exec(docstring) ?? []
  return word !== '' && !nonVerbs.has(word)
}

const withoutVerb = (texts: Readonly<Record<string, string>>): string[] =>
  Object.entries(texts).flatMap(([path, text]) =>
    Array.from(text.matchAll(documented)).flatMap(({ 1: docstring = '', 2: next = '', index }) => {
      if (!declaresFunction.test(next) || beginsWithVerb(docstring)) return []
      return [`${path}:${text.slice(0, index).split('\n').length}: ${docstring.replaceAll(/[\s*]+/gu, ' ').trim()}`]
    }),
  )

it('every docstring of a function begins with a verb', () => {
  expect(withoutVerb(sources)).toEqual([])
})

it.each([
  ['/** The name. */', 'export function nameOf(): string {'],
  ['/** Of a user. */', 'const nameOf = (user: User): string =>'],
  ['/** Who may pull. */', '  async mayPull(caller: Caller): Promise<boolean> {'],
  ['/** Users who may pull. */', '  get users(): string[] {'],
  ['/**\n * @throws RegistryError\n */', '  readonly check: (name: string) => void'],
])('%s is found above %s', (docstring, next) => {
  expect(withoutVerb({ 'a.ts': `const one = 1\n${docstring}\n${next}\n` })).toEqual([
    expect.stringMatching(/^a\.ts:2: /u),
  ])
})

it.each([
  ['/** Returns the name. */', 'export function nameOf(): string {'],
  ['/** The longest name. */', 'const longestName = 100'],
])('%s is right above %s', (docstring, next) => {
  expect(withoutVerb({ 'a.ts': `${docstring}\n${next}\n` })).toEqual([])
})
