/** A Notary server is rescued: its collections come here, clients verify them, and owners sign on. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { authorityPath } from '../../scripts/local/tls.ts'
import { newDocker, type Docker } from './support/docker.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { buildImage, forgetImages, knownDigests } from './support/images.ts'
import { passphrase } from './support/notary.ts'
import { freePort, isServed } from './support/ports.ts'
import { newRegistry, startRegistry, type Registry } from './support/registry.ts'
import { attempt, endServer, run, start, type Outcome } from './support/run.ts'
import { once, sharedEngine } from './support/shared.ts'
import { admin } from './support/users.ts'
import { until } from './support/wait.ts'

const script = join(import.meta.dirname, '../../scripts/admin/breakwater.mjs')

let registry: Registry
/** The address of the other server. */
let old: string
/** The certificates of both servers. */
let authorities: string
/** What the owner's notary command keeps. */
let trustFolder: string
let noProfiles: string

const prepared = once(async () => {
  const state = await newFolder('state')
  noProfiles = await newFolder('no-profiles')
  trustFolder = await newFolder('owner')
  registry = await startRegistry({ state, port: await freePort(), https: true, password: admin.password })
  const folder = await newFolder('old')
  old = await startNotaryServer(folder)
  authorities = join(folder, 'both.crt')
  const both = [await readFile(join(folder, 'server.crt'), 'utf8'), await readFile(authorityPath(state), 'utf8')]
  await writeFile(authorities, both.join(''))
})

/** Debian's server, with what it needs in memory. */
async function startNotaryServer(folder: string): Promise<string> {
  const [port, key, certificate] = [await freePort(), join(folder, 'server.key'), join(folder, 'server.crt')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2']
  await run('openssl', ['req', '-x509', ...made, ...subject])
  const config = join(folder, 'config.json')
  await writeFile(
    config,
    JSON.stringify({
      server: { http_addr: `127.0.0.1:${port}`, tls_key_file: key, tls_cert_file: certificate },
      trust_service: { type: 'local', key_algorithm: 'ed25519' },
      storage: { backend: 'memory' },
      logging: { level: 'error' },
    }),
  )
  const server = await start('notary-server', ['-config', config], { server: true })
  atEnd(() => endServer(server))
  await until('the other server to start', 20, () => isServed(port))
  return `https://127.0.0.1:${port}`
}

/** The owner's notary command, with either server. */
const notaryEnv = {
  NOTARY_ROOT_PASSPHRASE: passphrase,
  NOTARY_TARGETS_PASSPHRASE: passphrase,
  NOTARY_SNAPSHOT_PASSPHRASE: passphrase,
}
const attemptNotary = (server: string, ...args: readonly string[]): Promise<Outcome> =>
  attempt('notary', ['-s', server, '--tlscacert', authorities, '-d', trustFolder, ...args], {
    env: { ...notaryEnv, NOTARY_AUTH: Buffer.from(`${admin.name}:${admin.password}`).toString('base64') },
  })

async function notary(server: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, output } = await attemptNotary(server, ...args)
  assert.equal(exitCode, 0, output)
  return output
}

const attemptCommand = (...words: readonly string[]): Promise<Outcome> =>
  attempt(process.execPath, [script, ...words], {
    env: {
      XDG_CONFIG_HOME: noProfiles,
      NODE_EXTRA_CA_CERTS: authorities,
      BREAKWATER_URL: ours(),
      BREAKWATER_USER: admin.name,
      BREAKWATER_PASSWORD: admin.password,
      NOTARY_ROOT_PASSPHRASE: passphrase,
      BREAKWATER_SOURCE_PASSWORD: admin.password,
    },
  })

async function command(...words: readonly string[]): Promise<string> {
  const { exitCode, output } = await attemptCommand(...words)
  assert.equal(exitCode, 0, output)
  return output
}

const ours = (): string => `https://${registry.host}`

async function dockerOfAdmin(env: Readonly<Record<string, string>>): Promise<Docker> {
  const docker = await newDocker(await sharedEngine(), { env })
  const { exitCode, output } = await docker.logIn(registry, admin)
  assert.equal(exitCode, 0, output)
  return docker
}

/** Signs a digest at the other server. */
async function signThere(gun: string, tag: string, sha256: string): Promise<void> {
  await notary(old, 'init', gun)
  await notary(old, 'addhash', '-p', gun, tag, '528', '--sha256', sha256)
}

describe('a collection of another server', () => {
  before(prepared)

  test('is imported, and Docker verifies the tag', async () => {
    const image = `${registry.host}/admin/app:1`
    const gun = `${registry.host}/admin/app`
    const pusher = await dockerOfAdmin({})
    await buildImage(pusher, image, { layers: [1000] })
    await pusher.run('push', image)
    const [, sha256 = ''] = (await knownDigests(pusher, image)).split('@sha256:')
    await signThere(gun, '1', sha256)
    assert.match(await command('trust', 'import', old, '--gun', gun), /admin\/app: imported/)
    await forgetImages(pusher)
    const reader = await dockerOfAdmin({ DOCKER_CONTENT_TRUST: '1' })
    const { exitCode, output } = await reader.attempt('pull', image)
    assert.equal(exitCode, 0, output)
    assert.match(output, new RegExp(`Tagging .*@sha256:${sha256}`))
  })

  test('is signed on here, when its owner has given both keys to the registry with notary', async () => {
    const gun = `${registry.host}/admin/app`
    await notary(ours(), 'key', 'rotate', gun, 'timestamp', '-r')
    await notary(ours(), 'key', 'rotate', gun, 'snapshot', '-r')
    await notary(ours(), 'addhash', '-p', gun, '2', '528', '--sha256', 'b'.repeat(64))
    assert.match(await notary(ours(), 'list', gun), /^2 /m)
    const { exitCode, output } = await attemptCommand('trust', 'import', old, '--gun', gun)
    assert.equal(exitCode, 1)
    assert.match(output, /TRUST_DATA_EXISTS|has other trust data here/)
  })

  test('is adopted where the other server had both keys, also from what a client keeps', async () => {
    const gun = 'old.example.com/admin/kept'
    await signThere(gun, '1', 'a'.repeat(64))
    await notary(old, 'key', 'rotate', gun, 'snapshot', '-r')
    await notary(old, 'addhash', '-p', gun, '2', '528', '--sha256', 'b'.repeat(64))
    assert.match(await notary(old, 'list', gun), /^2 /m)
    await command('repository', 'create', 'admin/kept')
    assert.match(await command('trust', 'import', trustFolder, '--gun', gun), /2 signed images are not here/)
    assert.match(await notary(ours(), 'list', gun), /^2 /m)
    assert.notEqual((await attemptNotary(ours(), 'key', 'rotate', gun, 'timestamp', '-r')).exitCode, 0)
    assert.match(await command('trust', 'adopt', gun, '--keys', join(trustFolder, 'private')), /holds the keys/)
    await notary(ours(), 'addhash', '-p', gun, '3', '528', '--sha256', 'c'.repeat(64))
    assert.match(await notary(ours(), 'list', gun), /^3 /m)
  })
  test('comes with its images, and is served for the host that it was signed under', async () => {
    const former = await newRegistry()
    const [image, gun] = [`${former.host}/admin/moved:1`, `${former.host}/admin/moved`]
    const pusher = await newDocker(await sharedEngine())
    assert.equal((await pusher.logIn(former, admin)).exitCode, 0)
    await buildImage(pusher, image, { layers: [1000, 2000] })
    await pusher.run('push', image)
    const [, sha256 = ''] = (await knownDigests(pusher, image)).split('@sha256:')
    await signThere(gun, '1', sha256)
    const from = ['--from-user', admin.name, '--images-from', `http://${former.host}`]
    const imported = await command('trust', 'import', old, '--gun', gun, '--with-images', ...from)
    assert.match(imported, /copied sha256:/)
    assert.doesNotMatch(imported, /are not here/)
    assert.match(await command('tag', 'list', 'admin/moved'), new RegExp(`1 .*${sha256.slice(0, 12)}`))
    const reader = await dockerOfAdmin({ DOCKER_CONTENT_TRUST_SERVER: ours() })
    await reader.logIn(former, admin)
    assert.match(await reader.run('trust', 'inspect', image), new RegExp(sha256))
  })
})
