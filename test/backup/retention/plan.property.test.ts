/** Which backups retention keeps, of any list. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeBackups, type Dated, type ReasonToKeep, type RetentionRules } from '../../../src/backup/retention/plan.ts'

const day = 86_400_000
const hour = 3_600_000
/** A Monday. */
const monday = Date.UTC(2026, 10, 23)

const state = fc.constantFrom('proven' as const, 'unproven' as const, 'failed' as const)
const backupsOf = fc
  .array(fc.record({ hours: fc.nat({ max: 24 * 80 }), state }), { maxLength: 30 })
  .map((list) =>
    list.map(({ hours, state: of }, at): Dated => ({ id: `b${at}`, createdAt: monday + hours * hour, state: of })),
  )
const rulesOf = fc.record({
  last: fc.integer({ min: 1, max: 5 }),
  days: fc.nat({ max: 10 }),
  weeks: fc.nat({ max: 6 }),
  areProven: fc.boolean(),
})

const keptOf = (backups: readonly Dated[], rules: RetentionRules, reason?: ReasonToKeep): string[] =>
  judgeBackups(backups, rules)
    .filter(({ keptFor }) => (reason === undefined ? keptFor.length > 0 : keptFor.includes(reason)))
    .map(({ id }) => id)

const counts = ({ state: of }: Dated, { areProven }: RetentionRules): boolean =>
  of === 'proven' || (!areProven && of === 'unproven')

describe('of any list', () => {
  it('the newest that count are kept, and each further one has its own day or week', () => {
    fc.assert(
      fc.property(backupsOf, rulesOf, (backups, rules) => {
        const counting = backups.filter((one) => counts(one, rules))
        expect(keptOf(backups, rules, 'last')).toHaveLength(Math.min(rules.last, counting.length))
        const periods = { day: [rules.days, day, 0], week: [rules.weeks, 7 * day, 3 * day] } as const
        for (const [reason, [most, length, shift]] of Object.entries(periods)) {
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the object above
          const kept = new Set(keptOf(backups, rules, reason as ReasonToKeep))
          const numbers = backups
            .filter(({ id }) => kept.has(id))
            .map((one) => Math.floor((one.createdAt + shift) / length))
          expect(new Set(numbers).size).toBe(numbers.length)
          expect(numbers.length).toBeLessThanOrEqual(most)
          // No newer one of the same period was there.
          for (const one of backups.filter(({ id }) => kept.has(id))) {
            const newer = counting.filter(
              (other) =>
                Math.floor((other.createdAt + shift) / length) === Math.floor((one.createdAt + shift) / length) &&
                other.createdAt > one.createdAt,
            )
            expect(newer).toEqual([])
          }
        }
      }),
    )
  })

  it('the newest proven one is kept, whatever is newer and whatever the rules are', () => {
    fc.assert(
      fc.property(backupsOf, rulesOf, (backups, rules) => {
        const proven = backups.filter((one) => one.state === 'proven')
        const newest = Math.max(...proven.map(({ createdAt }) => createdAt))
        const kept = new Set(keptOf(backups, rules))
        if (proven.length > 0) {
          expect(proven.some(({ id, createdAt }) => createdAt === newest && kept.has(id))).toBe(true)
        }
      }),
    )
  })

  it('an unproven or failed one more pushes out no proven one', () => {
    fc.assert(
      fc.property(
        backupsOf,
        rulesOf,
        fc.constantFrom('unproven' as const, 'failed' as const),
        fc.nat({ max: 24 * 200 }),
        (backups, rules, of, hours) => {
          const demanding = { ...rules, areProven: true }
          const more = [...backups, { id: 'more', createdAt: monday + hours * hour, state: of }]
          const provenOf = (list: readonly Dated[]): string[] => {
            const kept = new Set(keptOf(list, demanding))
            return list.filter(({ id, state: own }) => own === 'proven' && kept.has(id)).map(({ id }) => id)
          }
          expect(provenOf(more)).toEqual(provenOf(backups))
        },
      ),
    )
  })

  it('the number of those that are kept is bounded, and pruning again deletes nothing', () => {
    fc.assert(
      fc.property(backupsOf, rulesOf, (backups, rules) => {
        const kept = new Set(keptOf(backups, rules))
        expect(kept.size).toBeLessThanOrEqual(rules.last * 2 + rules.days + rules.weeks + 1)
        const left = backups.filter(({ id }) => kept.has(id))
        expect(keptOf(left, rules)).toEqual(left.map(({ id }) => id))
      }),
    )
  })

  it('the order of the list decides nothing', () => {
    fc.assert(
      fc.property(backupsOf, rulesOf, (backups, rules) => {
        expect(keptOf(backups.toReversed(), rules).toSorted()).toEqual(keptOf(backups, rules).toSorted())
      }),
    )
  })
})

describe('a backup a day, at the end of four weeks', () => {
  const withState = (list: readonly Dated[], id: string, own: Dated['state']): readonly Dated[] =>
    list.map((one): Dated => (one.id === id ? { id, createdAt: one.createdAt, state: own } : one))
  const all = Array.from({ length: 28 }, (_, at): Dated => ({
    id: `day${at + 1}`,
    createdAt: monday + at * day + 2 * hour,
    state: 'proven',
  }))

  it('keeps the last two, one a day for four days and one a week for three weeks', () => {
    const rules = { last: 2, days: 4, weeks: 3, areProven: true }
    expect(keptOf(all, rules)).toEqual(['day14', 'day21', 'day25', 'day26', 'day27', 'day28'])
  })

  it('keeps those that are not proven yet while they are newer than all that are', () => {
    const rules = { last: 1, days: 0, weeks: 0, areProven: true }
    const later = withState(all, 'day28', 'unproven')
    expect(keptOf(later, rules)).toEqual(['day27', 'day28'])
    expect(keptOf(later, { ...rules, areProven: false })).toEqual(['day27', 'day28'])
    const failed = withState(later, 'day26', 'failed')
    expect(keptOf(failed, rules)).toEqual(['day27', 'day28'])
  })
})
