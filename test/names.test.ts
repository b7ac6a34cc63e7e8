import { describe, expect, it } from 'vitest'
import { RegistryError } from '../src/errors.ts'
import {
  isDigest,
  isAccountName,
  namespaceOf,
  parseDigest,
  parseReference,
  parseRepositoryName,
  parseTag,
  parseTeamName,
  withoutNamespace,
} from '../src/names.ts'

const kindOf = (parse: () => unknown): string => {
  try {
    parse()
  } catch (error) {
    if (error instanceof RegistryError) return error.failure.kind
  }
  return 'accepted'
}

describe('a repository name', () => {
  for (const name of [
    'alice/app',
    'a/b/c/d',
    'a.b/c',
    'a_b/c',
    'a__b/c',
    'a-b/c',
    'a---b/c',
    '0/0',
    `${'a'.repeat(100)}/b`,
    `a/${'b'.repeat(253)}`,
  ]) {
    it(`may be ${name.slice(0, 20)}`, () => expect(parseRepositoryName(name)).toBe(name))
  }
  for (const name of [
    '',
    'A/a',
    'a/',
    '/a',
    'a//b',
    'a..b/c',
    'a___b/c',
    '-a/b',
    'a-/b',
    'a_.b/c',
    'ä/b',
    'a b/c',
    'a:b/c',
    `${'a'.repeat(101)}/b`,
    `a/${'b'.repeat(254)}`,
  ]) {
    it(`may not be ${JSON.stringify(name.slice(0, 20))}`, () =>
      expect(kindOf(() => parseRepositoryName(name))).toBe('name-invalid'))
  }
  it('belongs to the namespace of its first part', () => {
    expect(namespaceOf(parseRepositoryName('alice/deep/path'))).toBe('alice')
    expect(withoutNamespace(parseRepositoryName('alice/deep/path'))).toBe('deep/path')
  })
  it('of one part is refused with the form it should have', () => {
    expect(kindOf(() => parseRepositoryName('nginx'))).toBe('name-incomplete')
    expect(() => parseRepositoryName('nginx')).toThrow('write <namespace>/<repository>, like alice/nginx')
  })
})

describe('the name of a team', () => {
  for (const name of ['a', 'Developers', 'ops.on-call', 'a'.repeat(100)]) {
    it(`may be ${name.slice(0, 20)}`, () => expect(parseTeamName(name)).toBe(name))
  }
  for (const name of ['', '-a', 'a b', 'a/b', 'a--b', 'a'.repeat(101)]) {
    it(`may not be ${JSON.stringify(name.slice(0, 20))}`, () =>
      expect(kindOf(() => parseTeamName(name))).toBe('team-name-invalid'))
  }
})

describe('a tag', () => {
  for (const tag of ['latest', '_', 'v1.0-rc_1', 'A', 'x'.repeat(128), `sha256-${'a'.repeat(64)}`]) {
    it(`may be ${tag.slice(0, 20)}`, () => expect(parseTag(tag)).toBe(tag))
  }
  for (const tag of ['', '.a', '-a', 'a/b', 'a:b', 'x'.repeat(129), 'a\n']) {
    it(`may not be ${JSON.stringify(tag.slice(0, 20))}`, () => expect(kindOf(() => parseTag(tag))).toBe('tag-invalid'))
  }
})

describe('a digest', () => {
  const [sha256, sha512] = [`sha256:${'0a'.repeat(32)}`, `sha512:${'0a'.repeat(64)}`]
  it('is of sha256 or sha512, in lower case and of the right length', () => {
    expect([sha256, sha512].every(isDigest)).toBe(true)
    const wrong = [
      sha256.toUpperCase(),
      sha256.slice(1),
      `${sha256}0`,
      `sha512:${'0a'.repeat(32)}`,
      `sha256:${'0A'.repeat(32)}`,
      `sha256:${'0g'.repeat(32)}`,
      'md5:0a',
      'sha256:',
      '',
      ':',
    ]
    expect(wrong.filter(isDigest)).toEqual([])
    expect(kindOf(() => parseDigest('sha256:0g'))).toBe('digest-invalid')
  })

  it('is told from a tag by its colon', () => {
    expect(parseReference(sha256)).toEqual({ digest: sha256 })
    expect(parseReference('sha256-abc')).toEqual({ tag: 'sha256-abc' })
    expect(kindOf(() => parseReference('sha256:abc'))).toBe('digest-invalid')
  })
})

it('a username is one part of a repository name', () => {
  expect(['alice', 'a-b.c_d', '0'].every(isAccountName)).toBe(true)
  expect(['', 'Alice', 'a/b', 'a b', 'x'.repeat(101)].filter(isAccountName)).toEqual([])
})
