/** Access tokens with a limit and an end, with Docker's real engine: what they pull, where they push, and when they end. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api } from './support/api.ts'
import { dockerOf, newDocker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { buildImage, forgetImages } from './support/images.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { admin, type User } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'scripts/admin/breakwater.mjs')

const madeToken = z.object({ token: z.string(), expiresAt: z.iso.datetime() })
const tokenFields = z.object({
  tokenLabel: z.string(),
  level: z.string(),
  repositories: z.array(z.string()),
  namespaces: z.array(z.string()),
  expiresAt: z.string(),
  lastUsed: z.string(),
})
const tokens = z.array(tokenFields)
const robot = 'robot.acme.ci'

describe('A limited access token', () => {
  let engine: Engine
  let registry: Registry

  const call = (method: string, path: string, body?: Record<string, unknown>) =>
    api(registry, admin, method, path, body)

  /** Makes a token of the administrator. @returns who logs in with it */
  async function tokenOf(wanted: Record<string, unknown>): Promise<User> {
    const made = madeToken.parse(await call('POST', '/api/v0/api_tokens', { tokenLabel: 'ci', ...wanted }))
    return { name: admin.name, password: made.token }
  }

  before(async () => {
    engine = await sharedEngine()
    registry = await newRegistry()
    await call('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
    const owner = await dockerOf(engine, registry, admin)
    for (const name of ['acme/app', 'acme/other']) {
      await buildImage(owner, `${registry.host}/${name}:1`, { layers: [1000] })
      await owner.run('push', `${registry.host}/${name}:1`)
    }
  })

  test('of one repository and of reading pulls from it, and neither pushes to it nor pulls from another', async () => {
    const docker = await dockerOf(engine, registry, await tokenOf({ level: 'read-only', repositories: ['acme/app'] }))
    await forgetImages(docker)
    const pulled = await docker.attempt('pull', `${registry.host}/acme/app:1`)
    assert.equal(pulled.exitCode, 0, pulled.output)
    const elsewhere = await docker.attempt('pull', `${registry.host}/acme/other:1`)
    assert.equal(elsewhere.exitCode, 1, elsewhere.output)
    assert.match(elsewhere.output, /admin may not pull from acme\/other/)
    await buildImage(docker, `${registry.host}/acme/app:2`, { layers: [500] })
    const pushed = await docker.attempt('push', `${registry.host}/acme/app:2`)
    assert.equal(pushed.exitCode, 1, pushed.output)
    assert.match(pushed.output, /admin may not push to acme\/app/)
  })

  test('is listed by the command and the API with its scope, its end and its last use', async () => {
    const env = {
      BREAKWATER_URL: `http://${registry.host}`,
      BREAKWATER_USER: admin.name,
      BREAKWATER_PASSWORD: admin.password,
    }
    const breakwater = async (...words: readonly string[]): Promise<string> => {
      const { exitCode, output } = await attempt(process.execPath, [script, ...words], { cwd: root, env })
      assert.equal(exitCode, 0, output)
      return output
    }
    const limits = ['--level', 'read-only', '--repository', 'acme/app', '--namespace', 'acme', '--expires', '7']
    const made = await breakwater('token', 'create', 'nightly', ...limits)
    const [, token = ''] = /(bwa_\S+)/.exec(made) ?? []
    const end = new Date(Date.now() + 7 * 24 * 3600 * 1000).toISOString().slice(0, 10)
    const rowOf = async (): Promise<string> =>
      (await breakwater('token', 'list')).split('\n').find((line) => line.includes('nightly')) ?? ''
    const unused = await rowOf()
    assert.match(unused, new RegExp(`read-only +acme/app acme/\\* +${end}.* never `))
    await dockerOf(engine, registry, { name: admin.name, password: token })
    await until('the use to be noted', 20, async () => !(await rowOf()).includes(' never '))
    const nightly = tokens
      .parse(await call('GET', '/api/v0/api_tokens'))
      .find(({ tokenLabel }) => tokenLabel === 'nightly')
    const { level, repositories, namespaces, expiresAt, lastUsed } = tokenFields.parse(nightly)
    assert.deepEqual([level, repositories, namespaces], ['read-only', ['acme/app'], ['acme']])
    assert.ok(expiresAt.startsWith(end), expiresAt)
    assert.ok(!lastUsed.startsWith('0001'), lastUsed)
  })

  test('that has ended is refused with the reason', async () => {
    const user = await tokenOf({ expiresAt: new Date(Date.now() + 8000).toISOString() })
    const docker = await newDocker(engine)
    const login = await docker.logIn(registry, user)
    assert.equal(login.exitCode, 0, login.output)
    await sleep(8500)
    const after = await docker.logIn(registry, user)
    assert.equal(after.exitCode, 1)
    assert.match(after.output, /the access token has expired/)
    await forgetImages(docker)
    const pull = await docker.attempt('pull', `${registry.host}/acme/app:1`)
    assert.equal(pull.exitCode, 1, pull.output)
  })

  test('of a service account pushes where a team of the account may', async () => {
    await call('POST', '/enzi/v0/accounts/acme/serviceAccounts', { name: 'ci' })
    await call('POST', '/enzi/v0/accounts/acme/teams', { name: 'builders' })
    await call('PUT', `/enzi/v0/accounts/acme/teams/builders/members/${robot}`, { isAdmin: false })
    await call('PUT', '/api/v0/repositories/acme/app/teamAccess/builders', { accessLevel: 'read-write' })
    const wanted = { tokenLabel: 'build', level: 'read-write', repositories: ['acme/app', 'acme/other'] }
    const path = `/enzi/v0/accounts/acme/serviceAccounts/${robot}/tokens`
    const { token } = madeToken.parse(await call('POST', path, wanted))
    const docker = await dockerOf(engine, registry, { name: robot, password: token })
    for (const [repository, isAllowed] of [
      ['acme/app', true],
      ['acme/other', false],
    ] as const) {
      await buildImage(docker, `${registry.host}/${repository}:by-robot`, { layers: [700] })
      const { exitCode, output } = await docker.attempt('push', `${registry.host}/${repository}:by-robot`)
      assert.equal(exitCode === 0, isAllowed, output)
    }
    await call('PATCH', `/enzi/v0/accounts/acme/serviceAccounts/${robot}`, { isActive: false })
    assert.equal((await docker.logIn(registry, { name: robot, password: token })).exitCode, 1)
  })
})
