import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admitResults, nameKey } from '../../../src/identity/sync/admission.ts'
import type { DirectoryUser } from '../../../src/identity/sync/staging-store.ts'

const user = (subject: string, name: string): DirectoryUser => ({
  subject,
  name,
  fullName: name,
  dn: `uid=${name},ou=${subject}`,
})
const none = { subjects: new Map<string, string>(), names: new Map<string, string>() }

/** Admits pages one after the other, each knowing what the earlier ones hold. */
function admitPages(pages: readonly (readonly DirectoryUser[])[]) {
  const admitted: DirectoryUser[] = []
  const lines: string[] = []
  for (const page of pages) {
    const subjects = new Map(admitted.map(({ name, subject }) => [nameKey(name), subject]))
    const names = new Map(admitted.map(({ name, subject }) => [subject, name]))
    const result = admitResults(page, { subjects, names })
    admitted.push(...result.admitted)
    lines.push(...result.lines)
  }
  return { admitted, lines }
}

describe('the first result', () => {
  it('of a name wins, whatever the case of its letters', () => {
    const { admitted, lines } = admitResults([user('1', 'Ada'), user('2', 'ada')], none)
    expect(admitted.map(({ subject }) => subject)).toEqual(['1'])
    expect(lines).toEqual(['left out: uid=ada,ou=2, as an earlier result has the name ada with the id 1'])
  })

  it('of an id wins, and the log tells of another name only', () => {
    const { admitted, lines } = admitResults([user('1', 'ada'), user('1', 'ada'), user('1', 'lovelace')], none)
    expect(admitted).toHaveLength(1)
    expect(lines).toEqual(['left out: uid=lovelace,ou=1 as lovelace, as an earlier search found the same id as ada'])
  })

  it('is the same however results are cut into pages', () => {
    const users = fc.array(
      fc.record({ subject: fc.constantFrom('1', '2', '3', '4'), name: fc.constantFrom('a', 'A', 'b', 'c', 'd') }),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(users, fc.integer({ min: 1, max: 10 }), (all, size) => {
        const results = all.map(({ subject, name }) => user(subject, name))
        const pages = Array.from({ length: Math.ceil(results.length / size) }, (_, at) =>
          results.slice(at * size, (at + 1) * size),
        )
        expect(admitPages(pages)).toEqual(admitPages([results]))
        const { admitted } = admitPages(pages)
        expect(new Set(admitted.map(({ name }) => nameKey(name))).size).toBe(admitted.length)
        expect(new Set(admitted.map(({ subject }) => subject)).size).toBe(admitted.length)
      }),
    )
  })
})
