/** The list of planted bugs (`npm run mutations`) fits the sources, so that it cannot rot. */
import { expect, it } from 'vitest'
import { areas } from '../scripts/mutations/areas.ts'
import { mutated } from '../scripts/mutations/mutation.ts'

const sources = import.meta.glob<string>(['../src/**/*.ts', '../migrations/*.sql'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const testFiles = import.meta.glob<string>('./**/*.test.ts', { query: '?raw', import: 'default', eager: true })

const mutations = Object.values(areas).flat()

it('every edit fits its file, whose text it finds once', () => {
  for (const mutation of mutations) expect(() => mutated(sources[`../${mutation.file}`] ?? '', mutation)).not.toThrow()
})

it('every test that should notice a bug is there', () => {
  const named = mutations.flatMap(({ tests }) => tests)
  expect(named.filter((path) => testFiles[path.replace(/^test/, '.')] === undefined)).toEqual([])
})

it('no two are called the same', () => {
  const names = mutations.map(({ breaks }) => breaks)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

it('an edit that no longer fits, that fits twice or that changes nothing is an error', () => {
  const mutation = { breaks: 'it breaks', file: 'a.ts', find: 'one', replace: 'two', tests: [] }
  expect(mutated('a one b', mutation)).toBe('a two b')
  expect(() => mutated('a b', mutation)).toThrow('no such text any more')
  expect(() => mutated('one one', mutation)).toThrow('more than once')
  expect(() => mutated('one', { ...mutation, replace: 'one' })).toThrow('changes nothing')
  expect(mutated('one\n\nhere one\n\none', { ...mutation, within: 'here' })).toBe('one\n\nhere two\n\none')
  expect(() => mutated('here\n\none', { ...mutation, within: 'here' })).toThrow('no such text any more')
})
