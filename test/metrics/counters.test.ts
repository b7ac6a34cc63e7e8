/** What is counted, and that nothing is counted twice or lost on its way to the replicas. */
import { describe, expect, it } from 'vitest'
import { counting, sumOf, type Answered } from '../../src/metrics/counters.ts'

const answered = (some: Partial<Answered>): Answered => ({
  method: 'GET',
  path: '/v2/',
  status: 200,
  hasPassword: false,
  milliseconds: 3,
  ...some,
})

describe('counting', () => {
  it('counts requests, errors by class, pushes, pulls and failed logins', () => {
    const count = counting()
    count.note(answered({ method: 'PUT', path: '/v2/a/b/manifests/latest', status: 201 }))
    count.note(answered({ path: '/v2/a/b/manifests/latest' }))
    count.note(answered({ method: 'HEAD', path: '/v2/a/b/manifests/latest' }))
    count.note(answered({ path: '/v2/a/b/manifests/gone', status: 404 }))
    count.note(answered({ path: '/auth/token', status: 401, hasPassword: true }))
    count.note(answered({ path: '/v2/', status: 401 }))
    count.note(answered({ status: 503, milliseconds: 70 }))
    count.note(answered({ milliseconds: 9999 }))
    expect(count.take(1)).toEqual({
      requests: 8,
      errors_4xx: 3,
      errors_5xx: 1,
      pushes: 1,
      pulls: 1,
      failed_logins: 1,
      latency_milliseconds: 6 * 3 + 70 + 9999,
      latency_le_10: 6,
      latency_le_100: 1,
      latency_slower: 1,
    })
    expect(count.take(2)).toEqual({})
  })

  it('adds to what the replicas had before what they have been told since', () => {
    const count = counting()
    count.note(answered({}))
    count.take(100)
    count.note(answered({}))
    expect(count.since(100)['requests']).toBe(2)
    expect(count.since(101)['requests']).toBe(1)
  })

  it('knows what is under way, and forgets what was never heard of again', () => {
    const count = counting()
    const minute = 60_000
    const first = count.begin(0)
    count.begin(1)
    expect(count.underWay(2)).toBe(2)
    count.end(first, 6 * minute)
    expect(count.underWay(6 * minute)).toBe(1)
    expect(count.underWay(11 * minute)).toBe(0)
    count.begin(12 * minute)
    expect(count.underWay(60 * minute)).toBe(0)
  })

  it('sums', () => {
    expect(sumOf([{ a: 1, b: 2 }, { b: 3 }, {}])).toEqual({ a: 1, b: 5 })
  })
})
