/** Docker pushes and pulls as a user of an OpenID provider, who has no password here. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { api } from './support/api.ts'
import { Browser } from './support/browser.ts'
import { newDocker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { newFolder } from './support/folders.ts'
import { buildImage } from './support/images.ts'
import { startOidcProvider } from './support/oidc-provider.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { start, type Running } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { admin } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'scripts/admin/breakwater.mjs')

describe('After a login of the command with --sso --docker', () => {
  let registry: Registry
  let engine: Engine
  let origin: string

  before(async () => {
    engine = await sharedEngine()
    registry = await newRegistry()
    origin = `http://${registry.host}`
    const provider = await startOidcProvider(origin)
    provider.users.set('sub-frank', { name: 'frank', fullName: 'Frank' })
    await api(registry, admin, 'POST', '/api/v0/meta/settings', { publicOrigin: origin })
    await api(registry, admin, 'PUT', '/enzi/v0/config/auth/oidc', {
      enabled: true,
      issuer: provider.issuer,
      clientID: provider.clientID,
      clientSecret: provider.clientSecret,
      scopes: ['openid', 'profile', 'groups'],
    })
  })

  const noLogin = { BREAKWATER_USER: '', BREAKWATER_PASSWORD: '' }

  const command = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Running> =>
    start(process.execPath, [script, ...args], { cwd: root, env: { ...noLogin, BREAKWATER_URL: origin, ...env } })

  async function said(running: Running, pattern: RegExp): Promise<string> {
    await until(`the command to say ${pattern}`, 60, () => pattern.test(running.output()))
    return pattern.exec(running.output())?.[1] ?? ''
  }

  const byLoopback = async (running: Running): Promise<unknown> =>
    new Browser().signOn(await said(running, /(http:\S+\/auth\/oidc\/login\S+)/), 'sub-frank')

  async function byDevice(running: Running): Promise<unknown> {
    const code = await said(running, /code ([A-Z]{4}-[A-Z]{4})/)
    const browser = new Browser()
    const form = await browser.open(`${origin}/auth/sso/device`)
    const asked = await browser.goOn(await browser.submit(form, { code }), 'sub-frank')
    return browser.submit(asked, { answer: 'approve' })
  }

  /** Logs the command and Docker in, and pushes an image. */
  async function pushAfter(flags: readonly string[], approve: (running: Running) => Promise<unknown>, tag: string) {
    const folder = await newFolder('sso-docker')
    const docker = await newDocker(engine, { folder })
    const env = {
      XDG_CONFIG_HOME: await newFolder('sso-docker-profile'),
      DOCKER_CONFIG: folder,
      DOCKER_HOST: engine.host,
      PATH: `${dirname(engine.client)}:${process.env['PATH'] ?? ''}`,
    }
    const running = await command(['login', '--sso', '--docker', ...flags], env)
    await approve(running)
    const { exitCode, output } = await running.outcome
    assert.equal(exitCode, 0, output)
    assert.match(output, /as frank, and so is Docker/)
    assert.ok(!output.includes('bwa_'), output)
    const name = `${registry.host}/frank/app:${tag}`
    await buildImage(docker, name, { layers: [1000] })
    await docker.run('push', name)
    await docker.run('image', 'rm', name)
    await docker.run('pull', name)
    return { env, docker, name }
  }

  test('by a browser on this machine, Docker pushes and pulls until the next login replaces its token', async () => {
    const { env, docker, name } = await pushAfter([], byLoopback, 'loopback')
    const again = await command(['login', '--sso', '--docker'], { ...env, DOCKER_CONFIG: await newFolder('other') })
    await byLoopback(again)
    assert.equal((await again.outcome).exitCode, 0)
    const { exitCode, output } = await docker.attempt('push', name)
    assert.notEqual(exitCode, 0, output)
  })

  test('by a browser on another machine, Docker pushes and pulls until the command logs out', async () => {
    const { env, docker, name } = await pushAfter(['--device'], byDevice, 'device')
    const kept = join(env.DOCKER_CONFIG, 'config.json')
    const copy = await readFile(kept)
    const { exitCode, output } = await (await command(['logout'], env)).outcome
    assert.equal(exitCode, 0, output)
    assert.ok(!(await readFile(kept, 'utf8')).includes(registry.host))
    await writeFile(kept, copy)
    assert.notEqual((await docker.attempt('push', name)).exitCode, 0)
  })

  test('where Docker does not run, no token is left behind', async () => {
    const env = { XDG_CONFIG_HOME: await newFolder('no-docker'), PATH: await newFolder('empty-path') }
    const running = await command(['login', '--sso', '--docker'], env)
    await byLoopback(running)
    const { exitCode, output } = await running.outcome
    assert.equal(exitCode, 1, output)
    assert.match(output, /docker does not run here/)
    const tokens = JSON.stringify(await api(registry, admin, 'GET', '/api/v0/api_tokens?username=frank'))
    // Those of the first test: one of the command and one of Docker.
    assert.equal(tokens.match(/"tokenLabel"/g)?.length, 2, tokens)
  })
})
