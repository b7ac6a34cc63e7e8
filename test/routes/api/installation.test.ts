/** What an operator asks while the secret of the registry is being changed. */
import { env } from 'cloudflare:workers'
import { createExecutionContext } from 'cloudflare:test'
import { beforeEach, expect, it } from 'vitest'
import packageJson from '../../../package.json'
import { nameOfSecret } from '../../../src/auth/keys.ts'
import worker from '../../../src/worker.ts'
import { origin, withPassword } from '../../support/client.ts'
import { anAccount } from '../../support/people.ts'

const password = 'password of root'
const [one, other] = ['o', 'p'].map((letter) => letter.repeat(40)) as [string, string]

interface Installation {
  readonly version: string
  readonly databaseBytes: number
  readonly databaseLimitBytes: number
  readonly secret: { readonly name: string; readonly previousName: string | null; readonly needPrevious: number }
}

async function installationWith(secrets: Record<string, string>): Promise<Installation> {
  const headers = { authorization: `Basic ${btoa(`root:${password}`)}` }
  const request = new Request(`${origin}/api/v0/admin/installation`, { headers })
  const response = await worker.fetch(request, { ...env, ...secrets }, createExecutionContext())
  expect(response.status).toBe(200)
  return response.json<Installation>()
}

beforeEach(() => anAccount('root', password, true))

it('an administrator sees the version, and how full the database is', async () => {
  const response = await withPassword('root', password)('GET', '/api/v0/admin/installation')
  const { version, databaseBytes, databaseLimitBytes, secret } = await response.json<Installation>()
  expect(version).toBe(packageJson.version)
  expect(databaseBytes).toBeGreaterThan(0)
  expect(databaseLimitBytes).toBeGreaterThan(databaseBytes)
  expect(secret).toEqual({ name: await nameOfSecret(env.REGISTRY_SECRET ?? ''), previousName: null, needPrevious: 0 })
})

it('a change of the secret is seen by the names of both, which tell neither', async () => {
  const { secret } = await installationWith({ REGISTRY_SECRET: one, REGISTRY_SECRET_PREVIOUS: other })
  expect(secret).toEqual({
    name: await nameOfSecret(one),
    previousName: await nameOfSecret(other),
    needPrevious: expect.any(Number),
  })
  expect(new Set([secret.name, secret.previousName, one, other]).size).toBe(4)
})

it('a previous secret that is the current one is none, as nothing waits for a change', async () => {
  const { secret } = await installationWith({ REGISTRY_SECRET: one, REGISTRY_SECRET_PREVIOUS: one })
  expect(secret.previousName).toBeNull()
})
