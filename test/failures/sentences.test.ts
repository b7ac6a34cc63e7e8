/** The sentences of failures stand where the failures are declared: what throws one gives names, numbers and reasons. */
import { expect, it } from 'vitest'
import { RegistryError } from '../../src/errors.ts'

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

/** The commands of a capability run on the machine of an operator, and answer no request. */
const isCommand = (path: string): boolean => path.endsWith('/commands.ts')

const isDeclaration = (path: string): boolean => path.includes('/failures/') || path.endsWith('/failures.ts')

/** The functions that `errorsOf` made for the capabilities. */
const ofCapabilities = Object.values(sources).flatMap((source) =>
  Array.from(source.matchAll(/^export const (\w+) = errorsOf\(/gm), ([, name = '']) => name),
)

/** What makes a failure: the class, those functions, and those of `errors.ts` and of the routes. */
const making = new RegExp(
  String.raw`\b(?:new (?:Registry|Expected)Error|${ofCapabilities.join('|')}|unauthorized|denied|requirePassword)\(`,
  'g',
)

/** Returns the argument list that begins at a bracket. */
function argumentsAt(source: string, start: number): string {
  let depth = 1
  let end = start
  for (; end < source.length && depth > 0; end++) {
    if (source[end] === '(') depth++
    if (source[end] === ')') depth--
  }
  return source.slice(start, end)
}

/** A cause is for the log of the operator. */
const withoutCauses = (given: string): string => given.replaceAll(/cause: new Error\([^)]*\)/g, '')

/** Texts of more than one word, in the arguments of what makes a failure. */
const sentencesThrown = (source: string): string[] =>
  [...source.matchAll(making)].flatMap(({ index, 0: made }) =>
    [
      ...withoutCauses(argumentsAt(source, index + made.length)).matchAll(/'[^'\n]*\w \w[^'\n]*'|`[^`]*\w \w[^`]*`/g),
    ].map(([text]) => text),
  )

/** Fields of a declared failure by which a thrower would give it its sentence. */
const textFields = (source: string): string[] =>
  Array.from(source.matchAll(/\b(?:why|what|sentence)\??: string\b/g), ([field]) => field)

it.each([
  `throw unauthorized('the session has ended: log in again')`,
  'throw new RegistryError({ kind: "upload-invalid", why: `it already has ${most} chunks; start again` })',
  `throw ${ofCapabilities[0]}({ kind: 'pruning-policy-invalid', why: 'the rule is wrong' })`,
  'if (!may) throw denied(account.name, `see the members of ${orgname}`)',
])('a sentence that is made at a throw is found: %s', (sample) => {
  expect(sentencesThrown(sample)).toHaveLength(1)
})

it('a failure that is thrown with a reason is none', () => {
  expect(sentencesThrown(`throw unauthorized({ kind: 'session-ended' })`)).toEqual([])
  expect(textFields('sentence: ({ why }: { why: string }) => why')).toEqual(['why: string'])
})

it('no sentence of a failure is made where it is thrown', () => {
  const throwing = Object.entries(sources).filter(([path]) => !isDeclaration(path) && !isCommand(path))
  expect(throwing.length).toBeGreaterThan(200)
  expect(throwing.flatMap(([path, source]) => sentencesThrown(source).map((text) => `${path}: ${text}`))).toEqual([])
})

it('no failure is declared with a field that takes its sentence', () => {
  const declaring = Object.entries(sources).filter(([path]) => isDeclaration(path))
  expect(declaring.length).toBeGreaterThan(15)
  expect(declaring.flatMap(([path, source]) => textFields(source).map((field) => `${path}: ${field}`))).toEqual([])
})

it('a reason says in its sentence what it is given', () => {
  const reason = { kind: 'too-many-items', field: 'layers', limit: 3 } as const
  expect(new RegistryError({ kind: 'manifest-invalid', reason }).message).toBe(
    'the manifest is not valid: layers: has more than 3 items; send fewer',
  )
})
