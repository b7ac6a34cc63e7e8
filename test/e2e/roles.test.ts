/**
 * The story of an organization, told with Docker's real engine: an administrator makes it with teams, users and
 * repositories of each level, and every user may do what DTR's table says and nothing else.
 */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { fetchManifest, get, manifestPath } from './support/content.ts'
import { dockerOf, newDocker, type Docker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { buildImage, forgetImages } from './support/images.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { sharedEngine } from './support/shared.ts'
import { newSkopeo } from './support/skopeo.ts'
import { admin, type User } from './support/users.ts'

/**
 * `dev` is in a team with each level on one repository, `ops` in one that administers the whole namespace, and `guest` in
 * none: a member of nothing.
 */
const dev: User = { name: 'dev', password: 'the password of dev' }
const ops: User = { name: 'ops', password: 'the password of ops' }
const guest: User = { name: 'guest', password: 'the password of guest' }

type Operation = 'pull' | 'push' | 'delete' | 'administer'
const everything: readonly Operation[] = ['pull', 'push', 'delete', 'administer']

const table: readonly (readonly [User, string, readonly Operation[]])[] = [
  [dev, 'acme/app', ['pull', 'push', 'delete']],
  [dev, 'acme/tools', everything],
  [dev, 'acme/lib', ['pull']],
  [dev, 'acme/open', ['pull']],
  [dev, 'acme/secret', []],
  [ops, 'acme/app', everything],
  [ops, 'acme/lib', everything],
  [ops, 'acme/open', everything],
  [ops, 'acme/secret', everything],
  [guest, 'acme/app', []],
  [guest, 'acme/lib', []],
  [guest, 'acme/open', ['pull']],
  [guest, 'acme/secret', []],
]
const repositories = ['app', 'lib', 'tools', 'open', 'secret']
const createdToken = z.object({ token: z.string(), hashedToken: z.string() })

describe('An organization with teams', () => {
  let engine: Engine
  let registry: Registry
  let owner: Docker
  const tokens = new Map<string, z.infer<typeof createdToken>>()

  const call = (user: User, method: string, path: string, body?: Record<string, unknown>) =>
    api(registry, user, method, path, body)

  before(async () => {
    engine = await sharedEngine()
    registry = await newRegistry()
    for (const { name, password } of [dev, ops, guest]) {
      await call(admin, 'POST', '/enzi/v0/accounts', { name, password })
    }
    await call(admin, 'POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
    for (const [team, user] of [
      ['developers', dev],
      ['operators', ops],
    ] as const) {
      await call(admin, 'POST', '/enzi/v0/accounts/acme/teams', { name: team })
      await call(admin, 'PUT', `/enzi/v0/accounts/acme/teams/${team}/members/${user.name}`, { isAdmin: false })
    }
    for (const name of repositories) {
      const visibility = name === 'open' ? 'public' : 'private'
      await call(admin, 'POST', '/api/v0/repositories/acme', { name, visibility })
    }
    const access = (repository: string, accessLevel: string) =>
      call(admin, 'PUT', `/api/v0/repositories/acme/${repository}/teamAccess/developers`, { accessLevel })
    await access('app', 'read-write')
    await access('lib', 'read-only')
    await access('tools', 'admin')
    await call(admin, 'PUT', '/api/v0/repositoryNamespaces/acme/teamAccess/operators', { accessLevel: 'admin' })
    for (const user of [dev, ops, guest]) {
      tokens.set(
        user.name,
        createdToken.parse(await call(user, 'POST', '/api/v0/api_tokens', { tokenLabel: 'laptop' })),
      )
    }
    owner = await dockerOf(engine, registry, admin)
    for (const name of repositories) {
      await buildImage(owner, `${registry.host}/acme/${name}:1`, { layers: [1000, 2000] })
      await owner.run('push', `${registry.host}/acme/${name}:1`)
    }
  })

  const withToken = ({ name }: User): User => ({ name, password: tokens.get(name)?.token ?? '' })

  for (const [user, repository, allowed] of table) {
    for (const how of ['password', 'access token'] as const) {
      const may = allowed.length === 0 ? 'nothing' : allowed.join(', ')
      test(`${user.name} by ${how} on ${repository}: ${may}`, async () => {
        const known = how === 'password' ? user : withToken(user)
        const docker = await dockerOf(engine, registry, known)
        const image = `${registry.host}/${repository}:1`
        const refusal = (what: string) => new RegExp(`${user.name} may not ${what} ${repository}`)

        await forgetImages(docker)
        const pull = await docker.attempt('pull', image)
        assert.equal(pull.exitCode === 0, allowed.includes('pull'), pull.output)
        if (pull.exitCode !== 0) assert.match(pull.output, refusal('pull from'))

        const tag = `${how.replace(' ', '-')}-of-${user.name}`
        const pushed = `${registry.host}/${repository}:${tag}`
        await buildImage(docker, pushed, { layers: [500] })
        const push = await docker.attempt('push', pushed)
        assert.equal(push.exitCode === 0, allowed.includes('push'), push.output)
        if (push.exitCode !== 0) assert.match(push.output, refusal('push to'))

        const victim = `${repository}:victim-${tag}`
        await owner.run('tag', pushed, `${registry.host}/${victim}`)
        await owner.run('push', `${registry.host}/${victim}`)
        const skopeo = await newSkopeo()
        assert.equal((await skopeo.logIn(registry, known, '--tls-verify=false')).exitCode, 0)
        const gone = await skopeo.attempt('delete', '--tls-verify=false', `docker://${registry.host}/${victim}`)
        assert.equal(gone.exitCode === 0, allowed.includes('delete'), gone.output)
        const left = await get(registry, manifestPath(victim), admin)
        assert.equal(left.status, allowed.includes('delete') ? 404 : 200)

        for (const [method, path, body] of [
          ['PATCH', '', { shortDescription: `edited by ${user.name}` }],
          ['PUT', '/teamAccess/operators', { accessLevel: 'admin' }],
        ] as const) {
          const edit = await attemptApi(registry, known, method, `/api/v0/repositories/${repository}${path}`, body)
          const refused = allowed.includes('pull') ? 403 : 404
          assert.equal(edit.status, allowed.includes('administer') ? 200 : refused)
        }
      })
    }
  }

  test('an anonymous caller pulls public images, and no others', async () => {
    const stranger = await newDocker(engine)
    await forgetImages(stranger)
    const open = await stranger.attempt('pull', `${registry.host}/acme/open:1`)
    assert.equal(open.exitCode, 0, open.output)
    const closed = await stranger.attempt('pull', `${registry.host}/acme/app:1`)
    assert.equal(closed.exitCode, 1)
    const absent = await stranger.attempt('pull', `${registry.host}/acme/app-that-is-not:1`)
    assert.equal(absent.output.replaceAll('app-that-is-not', 'app'), closed.output)
  })

  test('a push makes a private repository where the user administers, and nowhere else', async () => {
    const attempts = [
      [ops, 'acme/made-by-ops', true],
      [dev, 'acme/made-by-dev', false],
      [guest, 'acme/made-by-guest', false],
      [dev, 'dev/deep/er', true],
      [dev, 'guest/own', false],
      [admin, 'guest/by-admin', true],
      [admin, 'no-such-namespace/app', false],
    ] as const
    for (const [user, repository, allowed] of attempts) {
      const docker = await dockerOf(engine, registry, user)
      await buildImage(docker, `${registry.host}/${repository}:1`, { layers: [100] })
      const { exitCode, output } = await docker.attempt('push', `${registry.host}/${repository}:1`)
      assert.equal(exitCode === 0, allowed, `${repository}: ${output}`)
    }
    const made = await call(ops, 'GET', '/api/v0/repositories/acme/made-by-ops')
    assert.deepEqual(z.object({ visibility: z.string() }).parse(made), { visibility: 'private' })
    const nowhere = await newDocker(engine)
    await nowhere.logIn(registry, admin)
    const refused = await nowhere.attempt('push', `${registry.host}/no-such-namespace/app:1`)
    assert.match(refused.output, /account "no-such-namespace" does not exist/)
  })

  test('a push to a name of one part is refused with the form that it should have', async () => {
    const docker = await dockerOf(engine, registry, dev)
    await buildImage(docker, `${registry.host}/nginx:1`, { layers: [100] })
    const { exitCode, output } = await docker.attempt('push', `${registry.host}/nginx:1`)
    assert.equal(exitCode, 1)
    assert.match(output, /write <namespace>\/<repository>, like alice\/nginx/)
  })

  test('without creation on push, a push to what is not there says how to create it', async () => {
    await call(admin, 'POST', '/api/v0/meta/settings', { createRepositoryOnPush: false })
    const docker = await dockerOf(engine, registry, dev)
    await buildImage(docker, `${registry.host}/dev/not-yet:1`, { layers: [100] })
    const refused = await docker.attempt('push', `${registry.host}/dev/not-yet:1`)
    assert.equal(refused.exitCode, 1)
    assert.match(refused.output, /create it with POST \/api\/v0\/repositories\/dev/)
    await call(dev, 'POST', '/api/v0/repositories/dev', { name: 'not-yet' })
    await docker.run('push', `${registry.host}/dev/not-yet:1`)
    await call(admin, 'POST', '/api/v0/meta/settings', { createRepositoryOnPush: true })
  })

  test('layers are mounted from where the user may read', async () => {
    const docker = await dockerOf(engine, registry, dev)
    await forgetImages(docker)
    await docker.run('pull', `${registry.host}/acme/lib:1`)
    await docker.run('tag', `${registry.host}/acme/lib:1`, `${registry.host}/dev/from-lib:1`)
    assert.match(await docker.run('push', `${registry.host}/dev/from-lib:1`), /Mounted from acme\/lib/)
  })

  test('a mount from what the user may not read is an upload, whether the blob is there or not', async () => {
    const { bytes } = await fetchManifest(registry, 'acme/secret:1', admin)
    const manifest = z.object({ config: z.object({ digest: z.string() }) }).parse(JSON.parse(bytes.toString()))
    const mount = async (digest: string) => {
      const path = `/v2/dev/mounts/blobs/uploads/?mount=${digest}&from=acme/secret`
      const response = await attemptApi(registry, dev, 'POST', path)
      return { status: response.status, names: [...response.headers.keys()].sort(), body: await response.text() }
    }
    const [there, missing] = [await mount(manifest.config.digest), await mount(`sha256:${'a'.repeat(64)}`)]
    assert.equal(there.status, 202)
    assert.deepEqual(there, missing)
    // The engine has the layers of an image that it pulled as another user, and still uploads them.
    const docker = await dockerOf(engine, registry, dev)
    await forgetImages(owner)
    await owner.run('pull', `${registry.host}/acme/secret:1`)
    await owner.run('tag', `${registry.host}/acme/secret:1`, `${registry.host}/dev/copied:1`)
    const pushed = await docker.run('push', `${registry.host}/dev/copied:1`)
    assert.ok(!pushed.includes('Mounted from'), pushed)
  })

  test('docker search finds what the user may see', async () => {
    const search = async (docker: Docker): Promise<string> =>
      docker.run('search', '--format', '{{.Name}}', `${registry.host}/app`)
    assert.match(await search(await dockerOf(engine, registry, dev)), /acme\/app/)
    assert.doesNotMatch(await search(await dockerOf(engine, registry, guest)), /acme\/app/)
    assert.match(
      await (await newDocker(engine)).run('search', '--format', '{{.Name}}', `${registry.host}/open`),
      /acme\/open/,
    )
  })

  test('an immutable tag is not overwritten, and docker shows why', async () => {
    await call(admin, 'PATCH', '/api/v0/repositories/acme/app', { immutableTags: true })
    const docker = await dockerOf(engine, registry, dev)
    await buildImage(docker, `${registry.host}/acme/app:1`, { layers: [321] })
    const { exitCode, output } = await docker.attempt('push', `${registry.host}/acme/app:1`)
    assert.equal(exitCode, 1)
    assert.match(output, /tags of acme\/app are immutable/)
    await call(admin, 'PATCH', '/api/v0/repositories/acme/app', { immutableTags: false })
  })

  test('a read-only registry refuses pushes in words that a Docker user reads, and serves pulls', async () => {
    await call(admin, 'POST', '/api/v0/meta/settings', { readOnlyRegistry: true })
    const docker = await dockerOf(engine, registry, dev)
    await buildImage(docker, `${registry.host}/dev/read-only:1`, { layers: [100] })
    const refused = await docker.attempt('push', `${registry.host}/dev/read-only:1`)
    assert.equal(refused.exitCode, 1)
    assert.match(refused.output, /the registry is read-only/)
    await docker.run('pull', `${registry.host}/acme/lib:1`)
    await call(admin, 'POST', '/api/v0/meta/settings', { readOnlyRegistry: false })
    await docker.run('push', `${registry.host}/dev/read-only:1`)
  })

  test('a token that was revoked and a user who was deactivated are out at once', async () => {
    const revoked = withToken(dev)
    const docker = await dockerOf(engine, registry, revoked)
    const hash = tokens.get('dev')?.hashedToken ?? ''
    await call(dev, 'PATCH', `/api/v0/api_tokens/${hash}`, { isActive: false })
    assert.match((await docker.attempt('pull', `${registry.host}/acme/lib:1`)).output, /denied|unauthorized/)
    assert.equal((await docker.logIn(registry, revoked)).exitCode, 1)
    assert.equal((await docker.logIn(registry, dev)).exitCode, 0)

    await call(admin, 'PATCH', '/enzi/v0/accounts/dev', { isActive: false })
    assert.equal((await docker.attempt('pull', `${registry.host}/acme/lib:1`)).exitCode, 1)
    assert.equal((await docker.logIn(registry, dev)).exitCode, 1)
    assert.equal((await docker.logIn(registry, revoked)).exitCode, 1)
  })

  test('a registry token that was issued before goes on for five minutes at most', async () => {
    const path = `/auth/token?service=${registry.host}&scope=repository:acme/lib:pull`
    const issued = z
      .object({ token: z.string(), expires_in: z.number() })
      .parse(await (await get(registry, path, ops)).json())
    assert.ok(issued.expires_in <= 300)
    const claims = z
      .object({ iat: z.number(), exp: z.number() })
      .parse(JSON.parse(Buffer.from(issued.token.split('.')[1] ?? '', 'base64url').toString()))
    assert.equal(claims.exp - claims.iat, issued.expires_in)
  })
})
