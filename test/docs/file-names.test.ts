/** Comments and pages name files of this repository: a file that was moved leaves no old name behind. */
import { expect, it } from 'vitest'

const texts = import.meta.glob<string>(
  [
    '../../{src,scripts,test,docs}/**/*.{ts,mjs,md}',
    '../../*.md',
    '../../.*.mjs',
    '!../../CHANGELOG.md',
    '!**/node_modules/**',
  ],
  { query: '?raw', import: 'default', eager: true },
)
const paths = Object.keys(texts).map((path) => new URL(path, 'file:///test/docs/').pathname)

/** `dist` is made by the first call of the command. */
const named = /`((?!dist\/)(?:[\w.-]+\/)*[\w.-]+\.(?:ts|mjs|md))`/g

const missing = (text: string): string[] =>
  Array.from(text.matchAll(named), ([, name = '']) => name).filter(
    (name) => !paths.some((path) => path.endsWith(`/${name}`)) && name !== 'CHANGELOG.md',
  )

it('every file that a comment or a page names exists', () => {
  const found = Object.entries(texts).flatMap(([path, text]) => missing(text).map((name) => `${path}: ${name}`))
  expect(found).toEqual([])
})

it('an old name is found', () => {
  const quoted = (name: string): string => ['', name, ''].join('`')
  expect(missing(quoted('src/no/such-file.ts'))).toEqual(['src/no/such-file.ts'])
  expect(missing(quoted('gc/store.ts'))).toEqual([])
})
