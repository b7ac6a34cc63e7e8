/** Docker's content trust, and the notary command, against the registry as their trust server. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { digestOf } from '../../scripts/client/digest.ts'
import { authorityPath } from '../../scripts/local/tls.ts'
import { newDocker, type Docker } from './support/docker.ts'
import { atEnd } from './support/ending.ts'
import { findNewerClient } from './support/engine.ts'
import { newFolder } from './support/folders.ts'
import { buildImage, forgetImages, knownDigests } from './support/images.ts'
import { newNotary, passphrase } from './support/notary.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt, run } from './support/run.ts'
import { once, sharedEngine } from './support/shared.ts'
import { admin, alice, bob, type User } from './support/users.ts'
import { until } from './support/wait.ts'

/** An address that is not loopback, so that clients verify the certificate; what is sent there stays here. */
const isElsewhere = (each: string): boolean => /^\d+\./.test(each) && !each.startsWith('127.')
const addresses: readonly string[] = Object.values(networkInterfaces())
  .flatMap((ofInterface = []) => ofInterface)
  .map((each) => each.address)
const address = addresses.find(isElsewhere) ?? '127.0.0.1'

const tag = z.object({ name: z.string(), digest: z.string(), inNotary: z.boolean(), hashMismatch: z.boolean() })

let registry: Registry
/** Node's `fetch` trusts no authority of ours, so the API is asked by curl. */
let authority: string

const prepared = once(async () => {
  const state = await newFolder('state')
  registry = await startRegistry({ state, address, port: await freePort(), https: true, password: admin.password })
  authority = authorityPath(state)
  const folder = `/etc/docker/certs.d/${registry.host}`
  await mkdir(folder, { recursive: true })
  atEnd(() => rm(folder, { recursive: true, force: true }))
  await copyFile(authority, join(folder, 'ca.crt'))
  for (const { name, password } of [alice, bob]) {
    await call(admin, 'POST', '/enzi/v0/accounts', { name, password })
  }
})

interface Answer {
  readonly status: number
  readonly text: string
}

const call = (user: User, method: string, path: string, body?: unknown): Promise<Answer> =>
  send(user, method, path, 'application/json', body === undefined ? [] : ['--data', JSON.stringify(body)])

async function send(
  user: User,
  method: string,
  path: string,
  type: string,
  content: readonly string[],
): Promise<Answer> {
  const { stdout } = await attempt('curl', [
    '--silent',
    '--noproxy',
    '*',
    '--cacert',
    authority,
    '--user',
    `${user.name}:${user.password}`,
    '--request',
    method,
    '--header',
    `Content-Type: ${type}`,
    ...content,
    '--write-out',
    '\n%{http_code}',
    `https://${registry.host}${path}`,
  ])
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) }
}

/** A docker command with content trust, logged in, with keys of its own. @param client the program; else the engine's */
async function trusting(user: User, client?: string): Promise<Docker> {
  const folder = await newFolder('docker')
  const trusted = join(folder, 'tls', registry.host)
  await mkdir(trusted, { recursive: true })
  await copyFile(authority, join(trusted, 'ca.crt'))
  const docker = await newDocker(await sharedEngine(), {
    folder,
    client,
    env: {
      DOCKER_CONTENT_TRUST: '1',
      DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
      DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
    },
  })
  const { exitCode, output } = await docker.logIn(registry, user)
  assert.equal(exitCode, 0, output)
  return docker
}

/** Builds an image in the engine and gives it a name. Building pulls nothing, so it needs no trust. */
async function build(docker: Docker, image: string): Promise<void> {
  await buildImage(docker, image, { layers: [1000] })
}

const tagsOf = async (repository: string): Promise<z.infer<typeof tag>[]> => {
  const { text } = await call(alice, 'GET', `/api/v0/repositories/${repository}/tags?domain=${registry.host}`)
  return z.array(tag).parse(JSON.parse(text))
}

describe('Docker with content trust', () => {
  before(prepared)

  test('signs what it pushes, and another docker verifies what it pulls', async () => {
    const [signer, reader] = [await trusting(alice), await trusting(alice)]
    const image = `${registry.host}/alice/signed:1`
    await build(signer, image)
    assert.match(await signer.run('push', image), /Successfully signed|Signing and pushing trust metadata/)
    await forgetImages(reader)
    const { exitCode, output } = await reader.attempt('pull', image)
    assert.equal(exitCode, 0, output)
    assert.match(output, /Tagging .*@sha256:/)
    const [found] = await tagsOf('alice/signed')
    assert.deepEqual([found?.name, found?.inNotary, found?.hashMismatch], ['1', true, false])
  })

  test('refuses a tag without a signature, and pulls what was signed of a tag that was moved', async () => {
    const signer = await trusting(alice)
    const image = `${registry.host}/alice/moved:1`
    await build(signer, image)
    await signer.run('push', image)
    const signed = await knownDigests(signer, image)
    await build(signer, image)
    await signer.run('push', '--disable-content-trust', image)
    await signer.run('tag', image, `${registry.host}/alice/moved:unsigned`)
    await signer.run('push', '--disable-content-trust', `${registry.host}/alice/moved:unsigned`)
    const reader = await trusting(alice)
    await forgetImages(reader)
    const refused = await reader.attempt('pull', `${registry.host}/alice/moved:unsigned`)
    assert.notEqual(refused.exitCode, 0)
    assert.match(refused.output, /No valid trust data for unsigned/)
    await reader.run('pull', image)
    assert.equal(await knownDigests(reader, image), signed)
    const found = (await tagsOf('alice/moved')).map(({ name, inNotary, hashMismatch }) => [
      name,
      inNotary,
      hashMismatch,
    ])
    assert.deepEqual(found, [
      ['1', true, true],
      ['unsigned', false, false],
    ])
  })

  test('of a newer version signs what that of the engine verifies, and refuses a tag without a signature', async (t) => {
    const newer = findNewerClient()
    if (newer === undefined) return t.skip('there is one docker command on this machine')
    // Docker 29 has no content trust any more.
    const [, major = ''] = /version (\d+)\./.exec(await run(newer, ['--version'])) ?? []
    if (Number(major) > 28) return t.skip(`docker ${major} has no content trust`)
    const signer = await trusting(alice, newer)
    const [image, unsigned] = [`${registry.host}/alice/newer:1`, `${registry.host}/alice/newer:unsigned`]
    await build(signer, image)
    assert.match(await signer.run('push', image), /Successfully signed|Signing and pushing trust metadata/)
    await signer.run('tag', image, unsigned)
    await signer.run('push', '--disable-content-trust', unsigned)
    for (const reader of [await trusting(alice), await trusting(alice, newer)]) {
      await forgetImages(reader)
      assert.match(await reader.run('pull', image), /Pull \(1 of 1\): .*@sha256:/)
      const refused = await reader.attempt('pull', unsigned)
      assert.notEqual(refused.exitCode, 0)
      assert.match(refused.output, /No valid trust data for unsigned/)
    }
    assert.match(await signer.run('trust', 'inspect', '--pretty', image), /^1 +[0-9a-f]{64} /m)
  })

  test('signs with two signers, lists them and revokes', async () => {
    const owner = await trusting(alice)
    const repository = `${registry.host}/alice/team`
    const keys = await newFolder('keys')
    for (const name of ['alice', 'carol']) {
      await run('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', join(keys, `${name}.key`)])
      await run('openssl', [
        'req',
        '-x509',
        '-new',
        '-key',
        join(keys, `${name}.key`),
        '-subj',
        `/CN=${name}`,
        '-days',
        '30',
        '-out',
        join(keys, `${name}.crt`),
      ])
      await run('chmod', ['600', join(keys, `${name}.key`)])
      await owner.run('trust', 'key', 'load', '--name', name, join(keys, `${name}.key`))
      await owner.run('trust', 'signer', 'add', '--key', join(keys, `${name}.crt`), name, repository)
    }
    await build(owner, `${repository}:1`)
    await owner.run('trust', 'sign', `${repository}:1`)
    const inspected = await owner.run('trust', 'inspect', '--pretty', repository)
    assert.match(inspected, /alice, carol/)
    const reader = await trusting(alice)
    await forgetImages(reader)
    await reader.run('pull', `${repository}:1`)
    await owner.run('trust', 'revoke', `${repository}:1`)
    await forgetImages(reader)
    assert.notEqual((await reader.attempt('pull', `${repository}:1`)).exitCode, 0)
  })

  test('a signed tag and its repository cannot be deleted before the signature', async () => {
    const signer = await trusting(alice)
    const image = `${registry.host}/alice/kept:1`
    await build(signer, image)
    await signer.run('push', image)
    const tagPath = '/api/v0/repositories/alice/kept/tags/1'
    const refusedTag = await call(alice, 'DELETE', tagPath)
    assert.equal(refusedTag.status, 409)
    assert.match(refusedTag.text, /TAG_IN_NOTARY/)
    const refusedRepository = await call(alice, 'DELETE', '/api/v0/repositories/alice/kept')
    assert.equal(refusedRepository.status, 405)
    assert.match(refusedRepository.text, /REPOSITORY_CONTAINS_TAGS_IN_NOTARY/)
    const notary = await newNotary(registry, alice)
    await notary.run('delete', `${registry.host}/alice/kept`, '--remote')
    assert.equal((await call(alice, 'DELETE', tagPath)).status, 204)
    assert.equal((await call(alice, 'DELETE', '/api/v0/repositories/alice/kept')).status, 204)
  })

  test('a reader who may not see the repository learns nothing of its trust data', async () => {
    const reader = await trusting(bob)
    const signed = await reader.attempt('trust', 'inspect', `${registry.host}/alice/signed`)
    const missing = await reader.attempt('trust', 'inspect', `${registry.host}/alice/missing`)
    assert.notEqual(signed.exitCode, 0)
    assert.equal(signed.output.replaceAll('/signed', '/missing'), missing.output)
  })
})

describe('The registry as a signer', () => {
  before(prepared)

  const repository = 'alice/delegate'
  const job = z.object({ id: z.string(), status: z.string() })

  /** Signs in the way of `cosign sign --key` of version 2. @returns the reference of the signature */
  async function cosign(digest: string): Promise<string> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    assert.equal((await call(alice, 'POST', '/enzi/v0/accounts/alice/publicKeys', { publicKey: pem })).status, 201)
    const payload = JSON.stringify({
      critical: {
        identity: { 'docker-reference': `${registry.host}/${repository}` },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    })
    const config = JSON.stringify({ architecture: '', os: '' })
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: await blob('application/vnd.oci.image.config.v1+json', config),
      layers: [
        {
          ...(await blob('application/vnd.dev.cosign.simplesigning.v1+json', payload)),
          annotations: {
            'dev.cosignproject.cosign/signature': sign('sha256', Buffer.from(payload), privateKey).toString('base64'),
          },
        },
      ],
    })
    const path = `/v2/${repository}/manifests/${digest.replace(':', '-')}.sig`
    const type = 'application/vnd.oci.image.manifest.v1+json'
    const pushed = await send(alice, 'PUT', path, type, ['--data-raw', manifest])
    assert.equal(pushed.status, 201, pushed.text)
    return path
  }

  async function blob(mediaType: string, content: string): Promise<object> {
    const digest = digestOf(Buffer.from(content))
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`
    const pushed = await send(alice, 'POST', path, 'application/octet-stream', ['--data-raw', content])
    assert.equal(pushed.status, 201, pushed.text)
    return { mediaType, digest, size: content.length }
  }

  async function letRegistrySign(): Promise<void> {
    const { text } = await call(admin, 'POST', '/api/v0/jobs', { action: 'trust_delegate' })
    const { id } = job.parse(JSON.parse(text))
    await until('the registry to sign', 30, async () => {
      const { status } = job.parse(JSON.parse((await call(admin, 'GET', `/api/v0/jobs/${id}`)).text))
      return status === 'done'
    })
  }

  test('lets Docker pull what cosign has signed, as long as that is so, and nothing else', async () => {
    const [owner, reader] = [await trusting(alice), await trusting(alice)]
    const name = `${registry.host}/${repository}`
    for (const tagged of ['signed', 'unsigned']) {
      await build(owner, `${name}:${tagged}`)
      await owner.run('push', '--disable-content-trust', `${name}:${tagged}`)
    }
    const pem = join(await newFolder('keys'), 'registry.pem')
    await writeFile(pem, (await call(alice, 'GET', '/trust/registry.pem')).text)
    await owner.run('trust', 'signer', 'add', '--key', pem, 'registry', name)
    const [, digest = ''] = (await knownDigests(owner, `${name}:signed`)).split('@')
    const signature = await cosign(digest)
    await letRegistrySign()
    await forgetImages(reader)
    await reader.run('pull', `${name}:signed`)
    assert.equal(await knownDigests(reader, `${name}:signed`), `${name}@${digest}`)
    const refused = await reader.attempt('pull', `${name}:unsigned`)
    assert.notEqual(refused.exitCode, 0)
    assert.match(refused.output, /No valid trust data for unsigned/)
    assert.match(await reader.run('trust', 'inspect', '--pretty', name), /signed +[0-9a-f]{64} +registry/)
    assert.equal((await call(alice, 'DELETE', signature)).status, 202)
    await letRegistrySign()
    await forgetImages(reader)
    assert.notEqual((await reader.attempt('pull', `${name}:signed`)).exitCode, 0)
  })
})

describe('The notary command', () => {
  before(prepared)

  test('initializes, adds, publishes, lists and verifies', async () => {
    const notary = await newNotary(registry, alice)
    const gun = `${registry.host}/alice/tools`
    await call(alice, 'POST', '/api/v0/repositories/alice', { name: 'tools' })
    await notary.run('init', gun)
    await notary.run('publish', gun)
    const file = join(notary.folder, 'target')
    await writeFile(file, 'the content of a target')
    await notary.run('add', gun, 'v1', file)
    await notary.run('publish', gun)
    const other = await newNotary(registry, alice)
    assert.match(await other.run('list', gun), /v1 /)
    assert.match(await other.run('lookup', gun, 'v1'), /sha256/)
    await notary.run('remove', gun, 'v1')
    await notary.run('publish', gun)
    assert.doesNotMatch(await other.run('list', gun), /v1 /)
  })

  test('adds a delegation, signs with it, witnesses it and removes it', async () => {
    const notary = await newNotary(registry, alice)
    const gun = `${registry.host}/alice/delegated`
    await call(alice, 'POST', '/api/v0/repositories/alice', { name: 'delegated' })
    await notary.run('init', gun)
    await notary.run('publish', gun)
    const [key, certificate] = [join(notary.folder, 'd.key'), join(notary.folder, 'd.crt')]
    await run('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', key])
    await run('openssl', [
      'req',
      '-x509',
      '-new',
      '-key',
      key,
      '-subj',
      '/CN=delegate',
      '-days',
      '30',
      '-out',
      certificate,
    ])
    await notary.run('key', 'import', key, '--role', 'targets/releases', '--gun', gun)
    await notary.run('delegation', 'add', '-p', gun, 'targets/releases', certificate, '--all-paths')
    const file = join(notary.folder, 'target')
    await writeFile(file, 'the content of a target')
    await notary.run('add', '-p', gun, 'r1', file, '--roles', 'targets/releases')
    const other = await newNotary(registry, alice)
    assert.match(await other.run('list', gun), /r1 .*targets\/releases/)
    await notary.run('witness', '-p', gun, 'targets/releases')
    assert.match(await other.run('delegation', 'list', gun), /targets\/releases/)
    await notary.run('delegation', 'remove', '-p', gun, 'targets/releases', '--yes')
    assert.doesNotMatch(await other.run('delegation', 'list', gun), /targets\/releases/)
  })

  test('rotates keys of the server, of targets and of the root, and a client that was away catches up', async () => {
    const notary = await newNotary(registry, alice)
    const gun = `${registry.host}/alice/rotated`
    await call(alice, 'POST', '/api/v0/repositories/alice', { name: 'rotated' })
    await notary.run('init', gun)
    const file = join(notary.folder, 'target')
    await writeFile(file, 'the content of a target')
    await notary.run('add', '-p', gun, 'v1', file)
    const away = await newNotary(registry, alice)
    assert.match(await away.run('list', gun), /v1 /)
    await notary.run('key', 'rotate', gun, 'snapshot', '--server-managed')
    await notary.run('key', 'rotate', gun, 'timestamp', '--server-managed')
    await notary.run('key', 'rotate', gun, 'targets')
    await notary.run('key', 'rotate', gun, 'root')
    await notary.run('key', 'rotate', gun, 'snapshot')
    await notary.run('add', '-p', gun, 'v2', file)
    assert.match(await away.run('list', gun), /v2 /)
  })

  test('two publishers at once both succeed', async () => {
    const owner = await newNotary(registry, alice)
    const gun = `${registry.host}/alice/crowded`
    await call(alice, 'POST', '/api/v0/repositories/alice', { name: 'crowded' })
    await owner.run('init', gun)
    await owner.run('publish', gun)
    await owner.run('key', 'rotate', gun, 'snapshot', '--server-managed')
    const publishers = []
    for (const name of ['one', 'two']) {
      const publisher = await newNotary(registry, alice)
      const [key, certificate] = [join(publisher.folder, 'd.key'), join(publisher.folder, 'd.crt')]
      await run('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', key])
      await run('openssl', [
        'req',
        '-x509',
        '-new',
        '-key',
        key,
        '-subj',
        `/CN=${name}`,
        '-days',
        '30',
        '-out',
        certificate,
      ])
      await publisher.run('key', 'import', key, '--role', `targets/${name}`, '--gun', gun)
      await owner.run('delegation', 'add', '-p', gun, `targets/${name}`, certificate, '--all-paths')
      const file = join(publisher.folder, 'target')
      await writeFile(file, `the content of ${name}`)
      publishers.push({ publisher, name, file })
    }
    await Promise.all(
      publishers.map(({ publisher, name, file }) =>
        publisher.run('add', '-p', gun, name, file, '--roles', `targets/${name}`),
      ),
    )
    const listed = await (await newNotary(registry, alice)).run('list', gun)
    assert.match(listed, /one /)
    assert.match(listed, /two /)
  })

  test('says what is wrong: a stranger may not publish', async () => {
    const stranger = await newNotary(registry, bob)
    const gun = `${registry.host}/alice/tools`
    const { exitCode, output } = await stranger.attempt('list', gun)
    assert.notEqual(exitCode, 0)
    assert.match(output, /unauthorized|not authorized|no trust data|does not exist/i)
  })
})
