/** Each failure is declared once, with its answers and its sentence; those of capabilities are answered like the core's. */
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { capabilities } from '../../src/installed.ts'
import { coreFailures, RegistryError } from '../../src/errors.ts'
import { errorsOf, ExpectedError, type FailureTypes } from '../../src/failures/failure.ts'
import type { AppEnv } from '../../src/routes/app-context.ts'
import { answerError } from '../../src/routes/error-responses.ts'
import { apiErrors } from '../../src/routes/shared/api-errors.ts'
import { declareErrorForm } from '../../src/routes/shared/error-forms.ts'

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

it('each kind of failure is declared once', () => {
  const tables = Object.values(sources).filter((source) => source.includes('satisfies FailureTypes'))
  const kinds = tables.flatMap((table) =>
    Array.from(table.matchAll(/^ {2}'?([a-z-]+)'?: \{$/gm), ([, kind = '']) => kind),
  )
  expect(kinds.length).toBeGreaterThan(70)
  expect(kinds.filter((kind, at) => kinds.indexOf(kind) !== at)).toEqual([])
  const known = [coreFailures, ...capabilities.map(({ failures = {} }) => failures)].flatMap((types) =>
    Object.keys(types),
  )
  expect(known.sort()).toEqual(kinds.sort())
})

const types = {
  'tea-cold': {
    status: 409,
    apiStatus: 400,
    ociCode: 'DENIED',
    apiCode: 'TEA_COLD',
    sentence: ({ degrees }: { degrees: number }) => `the tea has ${degrees} degrees: make a new pot`,
  },
  'kettle-busy': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'KETTLE_BUSY',
    sentence: ({ until }: { until: number }) => `the kettle is busy until ${until}: wait`,
    retryAfterSeconds: ({ until }: { until: number }, now: number) => (until - now) / 1000,
  },
} as const satisfies FailureTypes
const teaError = errorsOf(types)

async function answered(path: string, error: Error): Promise<unknown> {
  const app = new Hono<AppEnv>()
  app.onError(answerError)
  const api = new Hono<AppEnv>().get('*', () => {
    throw error
  })
  declareErrorForm(api, apiErrors)
  app.route('/api/v0', api)
  app.get('*', () => {
    throw error
  })
  const response = await app.request(path)
  return [response.status, response.headers.get('retry-after'), await response.json()]
}

it('a failure of a capability has the status, the code and the sentence that it declares', async () => {
  const message = 'the tea has 20 degrees: make a new pot'
  const detail = { degrees: 20 }
  const error = teaError({ kind: 'tea-cold', degrees: 20 })
  expect([error instanceof ExpectedError, error instanceof RegistryError]).toEqual([true, false])
  expect(await answered('/v2/x', error)).toEqual([409, null, { errors: [{ code: 'DENIED', message, detail }] }])
  expect(await answered('/api/v0/x', error)).toEqual([400, null, { errors: [{ code: 'TEA_COLD', message, detail }] }])
})

it('a failure that passes by itself says when to try again', async () => {
  const error = teaError({ kind: 'kettle-busy', until: Date.now() + 30_000 })
  for (const path of ['/v2/x', '/api/v0/x']) {
    const [status, seconds] = (await answered(path, error)) as [number, string]
    expect(status).toBe(503)
    expect(Number(seconds)).toBeGreaterThan(20)
  }
})
