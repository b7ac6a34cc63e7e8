/** CI jobs log in with the token of a real issuer on this machine, by the real docker, and hostile tokens get nothing. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, beforeEach, describe, test } from 'node:test'
import { OAuth2Server } from 'oauth2-mock-server'
import { send } from '../../scripts/client/registry.ts'
import { api, attemptApi } from './support/api.ts'
import { newDocker, type Docker } from './support/docker.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { buildImage, forgetImages, imageId } from './support/images.ts'
import { freePort } from './support/ports.ts'
import type { Registry } from './support/registry.ts'
import { attempt, type Outcome } from './support/run.ts'
import { sharedEngine, sharedRegistry } from './support/shared.ts'
import { admin, alice } from './support/users.ts'

const root = join(import.meta.dirname, '../..')
const breakwater = join(root, 'scripts/admin/breakwater.mjs')
const job = { project_id: '7', ref: 'main' }

interface Issuer {
  readonly server: OAuth2Server
  readonly url: string
  /** Signs claims, beside the usual ones. */
  readonly sign: (claims?: Readonly<Record<string, unknown>>) => Promise<string>
}

async function newIssuer(registry: Registry): Promise<Issuer> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(await freePort(), '127.0.0.1')
  atEnd(async () => {
    if (server.listening) await server.stop()
  })
  // The server calls itself localhost.
  const url = `http://127.0.0.1:${server.address().port}`
  server.issuer.url = url
  const sign = (claims: Readonly<Record<string, unknown>> = job): Promise<string> =>
    server.issuer.buildToken({
      expiresIn: 300,
      scopesOrTransform: (_header, payload) => {
        Object.assign(payload, { aud: `http://${registry.host}`, jti: crypto.randomUUID(), ...claims })
      },
    })
  return { server, url, sign }
}

describe('CI jobs without a stored secret', () => {
  let registry: Registry
  let docker: Docker
  let issuer: Issuer
  let folder: string
  let image: string

  before(async () => {
    registry = await sharedRegistry()
    docker = await newDocker(await sharedEngine())
    issuer = await newIssuer(registry)
    folder = await newFolder('keyless')
    image = `${registry.host}/alice/keyless:1`
    await writeFile(join(folder, 'rule.cel'), 'claims.project_id == "7" && claims.ref == "main"\n')
    for (const name of ['keyless', 'closed']) {
      await api(registry, alice, 'POST', '/api/v0/repositories/alice', { name, visibility: 'private' })
    }
  })

  beforeEach(async () => {
    await setRule(issuer.url)
    await forgetImages(docker)
  })

  const command = (...args: readonly string[]): Promise<Outcome> =>
    attempt(process.execPath, [breakwater, ...args], {
      cwd: folder,
      env: {
        XDG_CONFIG_HOME: folder,
        BREAKWATER_URL: `http://${registry.host}`,
        BREAKWATER_USER: admin.name,
        BREAKWATER_PASSWORD: admin.password,
      },
    })

  async function setRule(url: string, name = 'deploy', ...more: readonly string[]): Promise<void> {
    const place = ['--repositories', 'alice/keyless', '--level', 'read-write', ...more]
    const set = await command('ci', 'rule', 'set', name, '--issuer', url, '--condition', 'rule.cel', ...place)
    assert.equal(set.exitCode, 0, set.output)
  }

  const logIn = (password: string): Promise<Outcome> => docker.logIn(registry, { name: '_oidc', password })
  const ask = (password: string, scope = 'repository:alice/keyless:pull,push'): Promise<Response> =>
    send(`http://${registry.host}`, 'GET', `/auth/token?service=${registry.host}&scope=${scope}`, {
      user: { name: '_oidc', password },
    })

  test('docker logs in, pushes several layers and pulls them', async () => {
    const login = await logIn(await issuer.sign())
    assert.equal(login.exitCode, 0, login.output)
    assert.match(login.output, /Login Succeeded/)
    await buildImage(docker, image, { layers: [1000, 70_000, 200_000] })
    const id = await imageId(docker, image)
    await docker.run('push', image)
    await forgetImages(docker)
    await docker.run('pull', image)
    assert.equal(await imageId(docker, image), id)
    const closed = `${registry.host}/alice/closed:1`
    await docker.run('tag', image, closed)
    assert.match((await docker.attempt('push', closed)).output, /denied|unauthorized|authentication required/)
  })

  test('a rule that is deleted in the middle of a push ends the push', async () => {
    const login = await logIn(await issuer.sign())
    assert.equal(login.exitCode, 0, login.output)
    const answer = await ask(await issuer.sign())
    const { token } = (await answer.json()) as { readonly token: string }
    const call = (method: string, path: string, body?: string): Promise<Response> =>
      fetch(new URL(path, `http://${registry.host}`), {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body }),
      })
    const upload = await call('POST', '/v2/alice/keyless/blobs/uploads/')
    const location = upload.headers.get('location') ?? ''
    assert.equal((await call('PATCH', location, 'half')).status, 202)
    assert.equal((await command('ci', 'rule', 'delete', 'deploy')).exitCode, 0)
    assert.equal((await call('PATCH', location, ' a layer')).status, 401)
    await buildImage(docker, image, { layers: [1234] })
    const pushed = await docker.attempt('push', image)
    assert.notEqual(pushed.exitCode, 0)
    assert.match(pushed.output, /no rule of this registry|unauthorized|denied/)
  })

  test('hostile tokens get nothing, and docker shows why', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const other = await newIssuer(registry)
    const table: readonly (readonly [string, Promise<string>, RegExp])[] = [
      ['expired', issuer.sign({ ...job, iat: seconds - 900, exp: seconds - 300 }), /it has expired/],
      ['another audience', issuer.sign({ ...job, aud: 'https://other.test' }), /another audience/],
      ['another issuer', other.sign(), /no rule of this registry/],
      ['in the name of the issuer', other.sign({ ...job, iss: issuer.url }), /no rule of this registry/],
      ['other claims', issuer.sign({ ...job, ref: 'fork' }), /no rule lets in/],
      ['alg none', unsigned(issuer.url, registry.host), /no JSON Web Token/],
    ]
    for (const [what, token, reason] of table) {
      const { exitCode, output } = await logIn(await token)
      assert.notEqual(exitCode, 0, what)
      assert.match(output, reason, what)
    }
    const token = await issuer.sign()
    assert.equal((await exchange(token)).status, 200)
    const replayed = await logIn(token)
    assert.match(replayed.output, /it was used before/)
  })

  test('keys that are huge, slow or gone are a fault of the issuer, and no wrong token', async () => {
    const trouble: Readonly<Record<string, (one: Issuer) => void | Promise<void>>> = {
      huge: ({ server }) =>
        server.service.addRoute('GET', '/keys', (_request, response) => {
          response.end(JSON.stringify({ keys: [], more: 'x'.repeat(1_000_000) }))
        }),
      slow: ({ server }) => server.service.addRoute('GET', '/keys', () => undefined),
      gone: ({ server }) => server.stop(),
    }
    for (const [name, make] of Object.entries(trouble)) {
      const one = await newIssuer(registry)
      const token = await one.sign()
      one.server.service.on('beforeWellKnownOpenIdConfiguration', ({ body }: { body: Record<string, unknown> }) => {
        body['jwks_uri'] = `${one.url}/keys`
      })
      await make(one)
      await setRule(one.url, name)
      const answer = await ask(token)
      assert.equal(answer.status, 503, name)
      assert.match(await answer.text(), new RegExp(one.url))
    }
    assert.equal((await ask(await issuer.sign())).status, 200)
  })

  test('keys that were changed count, and others of the issuer no more than before', async () => {
    const one = await newIssuer(registry)
    await setRule(one.url, 'changed')
    const fresh = await one.server.issuer.keys.generate('ES256')
    const token = await one.server.issuer.buildToken({
      kid: fresh.kid,
      scopesOrTransform: (_header, payload) => {
        Object.assign(payload, { ...job, aud: `http://${registry.host}` })
      },
      expiresIn: 300,
    })
    assert.equal((await ask(token)).status, 200)
  })

  test('a rule with the keys of an issuer that cannot be reached lets its jobs in', async () => {
    const away = await newIssuer(registry)
    await writeFile(join(folder, 'jwks.json'), await (await fetch(`${away.url}/jwks`)).text())
    await away.server.stop()
    away.server.issuer.url = away.url
    await setRule(away.url, 'away', '--keys', 'jwks.json')
    const { exitCode, output } = await logIn(await away.sign())
    assert.equal(exitCode, 0, output)
    const stranger = await newIssuer(registry)
    stranger.server.issuer.url = away.url
    assert.equal((await logIn(await stranger.sign())).exitCode, 1)
    assert.match((await command('ci', 'rule', 'show', 'away')).output, /hasKeys: +yes/)
  })

  test('what a job gets opens nothing but its repositories', async () => {
    const token = await issuer.sign()
    const scope = 'repository:alice/closed:pull repository:alice/keyless:pull registry:catalog:*'
    const answer = await exchange(token, scope)
    const body = (await answer.json()) as { readonly access_token: string; readonly scope: string }
    assert.equal(body.scope, 'repository:alice/keyless:pull')
    for (const path of ['/v2/_catalog', '/v2/alice/closed/tags/list', '/api/v0/repositories', '/enzi/v0/accounts']) {
      const headers = { authorization: `Bearer ${body.access_token}` }
      assert.equal((await fetch(`http://${registry.host}${path}`, { headers })).status, 401, path)
    }
    const user = { name: '_oidc', password: await issuer.sign() }
    assert.equal((await attemptApi(registry, user, 'GET', '/api/v0/workloadRules')).status, 401)
  })

  test('the command says what a rule would give, and does not use the token', async () => {
    const token = await issuer.sign()
    await writeFile(join(folder, 'token.jwt'), `${token}\n`)
    const tried = await command('ci', 'try', 'rule.cel', 'token.jwt')
    assert.equal(tried.exitCode, 0, tried.output)
    assert.match(tried.output, /The expression matches the token/)
    assert.match(tried.output, /not checked/)
    const verified = await command('ci', 'try', 'rule.cel', 'token.jwt', '--verify')
    assert.match(verified.output, /The rule deploy of the registry gives read-write on alice\/keyless/)
    assert.equal((await exchange(token)).status, 200)
    const list = await command('ci', 'rule', 'list')
    assert.match(list.output, /deploy .*alice\/keyless/)
    await writeFile(join(folder, 'wrong.cel'), 'claims.ref.matches("(a+)+")')
    const wrong = await command('ci', 'try', 'wrong.cel', 'token.jwt')
    assert.equal(wrong.exitCode, 2)
    assert.match(wrong.output, /"matches"/)
  })

  const exchange = (token: string, scope = 'repository:alice/keyless:pull'): Promise<Response> =>
    fetch(`http://${registry.host}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        subject_token: token,
        scope,
      }),
    })
})

async function unsigned(url: string, host: string): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { ...job, iss: url, aud: `http://${host}`, iat: seconds, exp: seconds + 300 }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.`
}
