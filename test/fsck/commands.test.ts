/** The command `fsck` asks for a page again while the registry cannot make it, and keeps what it has found. */
import { afterEach, expect, it, vi } from 'vitest'
import { createOpenApi } from '../../scripts/admin/api.ts'
import { check } from '../../src/fsck/commands.ts'

afterEach(() => vi.restoreAllMocks())

const page = (kind: string, next?: string): Response =>
  Response.json({ findings: [{ kind, subject: '', repository: '', why: '' }], checked: { objects: 1 }, next })
const refusal = (status: number): Response =>
  Response.json({ errors: [{ code: 'INTERNAL_ERROR', message: 'the storage is not responding' }] }, { status })

/** Checks a registry that gives these answers. */
async function checked(answers: readonly (Response | Error)[]) {
  const left = [...answers]
  const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
    const next = left.shift()
    if (next instanceof Response) return next
    throw next ?? new Error('one request too many')
  })
  const shown: unknown[] = []
  let now = 0
  const time = {
    clock: () => now,
    pause: async (milliseconds: number) => void (now += milliseconds),
  }
  const outcome = await check(createOpenApi('http://registry.test'), false, (step) => shown.push(step), time).then(
    ({ findings, checked: counts }) => ({ kinds: findings.map(({ kind }) => kind), counts }),
    (error: unknown) => ({ failed: String(error) }),
  )
  return { outcome, shown, asked: asked.mock.calls.length, waited: now }
}

it.each([429, 503])(
  'a page that is refused with %i is asked for again, and no finding is lost or told twice',
  async (status) => {
    const lost = new TypeError('fetch failed')
    const answers = [refusal(status), page('one', 'a'), refusal(status), lost, page('two', 'b'), page('three')]
    const { outcome, shown, waited } = await checked(answers)
    expect(outcome).toEqual({ kinds: ['one', 'two', 'three'], counts: { objects: 3 } })
    expect(shown.slice(0, 2)).toEqual(['Waits: the storage is not responding', 'Checked: 1 objects.'])
    expect(waited).toBe(1000 + 1000 + 2000)
  },
)

it('an outage that lasts ends the command after two minutes', async () => {
  const { outcome, waited } = await checked(Array.from({ length: 99 }, () => refusal(503)))
  expect(outcome).toEqual({ failed: 'Refusal: the storage is not responding' })
  expect(waited).toBeGreaterThan(120_000)
  expect(waited).toBeLessThan(130_000)
})

it.each([
  ['a refusal that does not pass', refusal(403)],
  ['an address where nothing listens', new TypeError('fetch failed')],
])('%s ends it at once', async (_, answer) => {
  expect(await checked([answer])).toMatchObject({ outcome: { failed: expect.any(String) }, asked: 1, waited: 0 })
})
