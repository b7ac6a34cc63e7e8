/**
 * A repository demands signatures by a team, and Docker's real engine pulls from it: what Docker, cosign and notation sign
 * counts, and nothing else does.
 */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as z from 'zod'
import { request } from '../../scripts/client/registry.ts'
import { authorityPath } from '../../scripts/local/tls.ts'
import { newDocker, type Docker } from './support/docker.ts'
import { newFolder } from './support/folders.ts'
import { buildImage, forgetImages } from './support/images.ts'
import { passphrase } from './support/notary.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import {
  cosignBundle,
  cosignSignature,
  json,
  newCosignKey,
  newNotationKey,
  notationSignature,
  types,
  type NotationKey,
} from './support/signatures.ts'
import { SigningClient } from './support/signing-client.ts'
import { admin, type User } from './support/users.ts'
import { until } from './support/wait.ts'

const script = join(import.meta.dirname, '../../scripts/admin/breakwater.mjs')

/** Signs and may push. */
const sam: User = { name: 'sam', password: 'the password of sam' }
/** May only pull. */
const ray: User = { name: 'ray', password: 'the password of ray' }

const repository = 'acme/app'
const cosignKey = newCosignKey()

let registry: Registry
let folder: string
let signer: SigningClient
let reader: SigningClient
let dockerOfSam: Docker
let dockerOfRay: Docker
let notationKey: NotationKey

async function prepare(): Promise<void> {
  const state = await newFolder('state')
  folder = await newFolder('keys')
  registry = await startRegistry({ state, port: await freePort(), https: true, password: admin.password })
  setDefaultCACertificates([...getCACertificates(), await readFile(authorityPath(state), 'utf8')])
  await makeOrganization()
  notationKey = await newNotationKey()
  signer = new SigningClient(registry, repository, sam)
  reader = new SigningClient(registry, repository, ray)
  dockerOfSam = await dockerOf(sam)
  dockerOfRay = await dockerOf(ray)
  await buildImage(dockerOfSam, imageOf('unsigned'), { layers: [1000] })
  await dockerOfSam.run('push', imageOf('unsigned'))
  for (const tag of ['cosign2', 'cosign3', 'jws', 'cose', 'child', 'forged']) await pushAlike(tag)
}

async function makeOrganization(): Promise<void> {
  await call('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
  await call('POST', '/api/v0/repositories/acme', { name: 'app', visibility: 'private' })
  for (const [team, user, accessLevel] of [
    ['developers', sam, 'read-write'],
    ['readers', ray, 'read-only'],
  ] as const) {
    await call('POST', '/enzi/v0/accounts', { ...user })
    await call('POST', '/enzi/v0/accounts/acme/teams', { name: team })
    await call('PUT', `/enzi/v0/accounts/acme/teams/${team}/members/${user.name}`, { isAdmin: false })
    await call('PUT', `/api/v0/repositories/acme/app/teamAccess/${team}`, { accessLevel })
  }
  await call('POST', '/enzi/v0/accounts/acme/teams', { name: 'security' })
  await call('PUT', membership, { isAdmin: false })
}

const keysOfSam = '/enzi/v0/accounts/sam/publicKeys'
const listedKeys = z.object({ accountPublicKeys: z.array(z.object({ id: z.string(), publicKey: z.string() })) })
const membership = '/enzi/v0/accounts/acme/teams/security/members/sam'

const call = (method: string, path: string, body?: object, user = admin): Promise<Response> =>
  request(`https://${registry.host}`, method, path, { user, json: body })

async function dockerOf(user: User, env: Readonly<Record<string, string>> = {}): Promise<Docker> {
  const docker = await newDocker(await sharedEngine(), { env })
  const { exitCode, output } = await docker.logIn(registry, user)
  assert.equal(exitCode, 0, output)
  return docker
}

const imageOf = (reference: string): string =>
  `${registry.host}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`

/** Pushes an image like the first one, with another digest. @returns its bytes */
async function pushAlike(tag: string, note = tag): Promise<Buffer> {
  const manifest = z.record(z.string(), z.unknown()).parse(await signer.readManifest('unsigned'))
  const made = json({ ...manifest, mediaType: types.image, annotations: { note } })
  await signer.putManifest(tag, made)
  return made
}

/** @returns what the command prints */
async function command(user: User, ...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, output } = await attempt(process.execPath, [script, ...words], {
    env: {
      XDG_CONFIG_HOME: folder,
      NODE_EXTRA_CA_CERTS: authorityPath(registry.state),
      BREAKWATER_URL: `https://${registry.host}`,
      BREAKWATER_USER: user.name,
      BREAKWATER_PASSWORD: user.password,
    },
  })
  assert.equal(exitCode, 0, output)
  return stdout
}

async function addKey(name: string, pem: string): Promise<void> {
  const file = join(folder, name)
  await writeFile(file, pem)
  assert.match(await command(sam, 'trust', 'key', 'add', file), /is signed by sam/)
}

async function assertPulled(reference: string, docker = dockerOfRay): Promise<void> {
  const { exitCode, output } = await docker.attempt('pull', imageOf(reference))
  assert.equal(exitCode, 0, output)
}

async function assertRefused(reference: string): Promise<void> {
  const { exitCode, output } = await dockerOfRay.attempt('pull', imageOf(reference))
  assert.notEqual(exitCode, 0, `${reference} was pulled`)
  assert.match(
    output,
    /the signature policy of acme\/app demands a signature by acme\/security, and sha256:[0-9a-f]{64} has none: ask a member of acme\/security to sign it with docker trust, cosign or notation/,
  )
}

const replayed = z.object({
  refused: z.array(
    z.object({
      repository: z.string(),
      name: z.string(),
      digest: z.string(),
      caller: z.string(),
      teams: z.array(z.string()),
    }),
  ),
})

describe('A policy that demands signatures by a team', () => {
  before(prepare)

  test('refuses what no member signed to who may only pull, by tag and digest, and not to who may push', async () => {
    await assertPulled('unsigned')
    await command(admin, 'trust', 'policy', 'set', repository, '--teams', 'acme/security')
    await forgetImages(dockerOfRay)
    const { digest } = await signer.resolve('unsigned')
    await assertRefused('unsigned')
    await assertRefused(digest)
    await assertPulled('unsigned', dockerOfSam)
  })

  test('takes a signature of cosign 2, which the reader verifies too', async () => {
    await addKey('cosign.pub', cosignKey.pem)
    assert.equal(await reader.mayRead('cosign2'), false)
    const { digest } = await signer.signByTag('cosign2', (image) => cosignSignature(cosignKey, image.digest))
    assert.equal(await reader.mayRead(digest), true)
    await assertPulled('cosign2')
    await reader.verifyByTag('cosign2', cosignKey.publicKey)
    await assert.rejects(reader.verifyByTag('cosign2', newCosignKey().publicKey), /signature verification failed/)
  })

  test('takes a bundle of cosign 3, which the reader finds by the referrers and by their tag', async () => {
    assert.equal(await reader.mayRead('cosign3'), false)
    const { digest } = await signer.signByReferrer('cosign3', (image) => cosignBundle(cosignKey, image))
    for (const reference of ['cosign3', digest]) await assertPulled(reference)
    await reader.verifyByReferrer('cosign3', cosignKey.publicKey)
    await reader.verifyByReferrer('cosign3', cosignKey.publicKey, (image) => reader.referrersByTag(image, types.bundle))
    await assert.rejects(reader.verifyByReferrer('cosign3', newCosignKey().publicKey), /signature verification failed/)
  })

  for (const form of ['jws', 'cose'] as const) {
    test(`takes a signature of notation in ${form}`, async () => {
      if (form === 'jws') await addKey('example.com.crt', notationKey.pem)
      assert.equal(await reader.mayRead(form), false)
      const { digest } = await signer.signWithNotation(form, (image) => notationSignature(notationKey, image, form))
      assert.equal(await reader.mayRead(digest), true)
      await assertPulled(form)
      assert.equal((await reader.referrers(digest, types.notation)).length, 1)
    })
  }

  test('takes the signature of an index for the images that it lists', async () => {
    const child = await signer.resolve('child')
    const platform = { os: 'linux', architecture: (await sharedEngine()).architecture }
    const index = json({ schemaVersion: 2, mediaType: types.index, manifests: [{ ...child, platform }] })
    await signer.putManifest('index', index, types.index)
    for (const reference of ['index', child.digest]) assert.equal(await reader.mayRead(reference), false)
    await signer.signByReferrer('index', (image) => cosignBundle(cosignKey, image))
    for (const reference of ['index', child.digest]) await assertPulled(reference)
  })

  test('takes what docker push signs by the key of a member', async () => {
    const docker = await dockerOf(sam, {
      DOCKER_CONTENT_TRUST: '1',
      DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
      DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
    })
    await docker.run('trust', 'key', 'generate', 'sam', '--dir', folder)
    const publicKey = join(folder, 'sam.pub')
    await docker.run('trust', 'signer', 'add', '--key', publicKey, 'sam', `${registry.host}/${repository}`)
    await buildImage(docker, imageOf('notary'), { layers: [1000] })
    assert.match(await docker.run('push', imageOf('notary')), /Successfully signed/)
    assert.equal(await reader.mayRead('notary'), false)
    await addKey('sam.pub', await readFile(publicKey, 'utf8'))
    await forgetImages(dockerOfRay)
    await assertPulled('notary')
  })

  test('takes no signature over another digest', async () => {
    const signed = await signer.resolve('cosign3')
    await signer.signByTag('forged', () => cosignSignature(cosignKey, signed.digest))
    await signer.signByReferrer('forged', (image) => cosignBundle(cosignKey, image, signed.digest))
    await signer.signWithNotation('forged', (image) => notationSignature(notationKey, image, 'jws', signed))
    await assertRefused('forged')
    await assert.rejects(reader.verifyByTag('forged', cosignKey.publicKey))
  })

  test('refuses the manifest that replaced a signed one behind its tag', async () => {
    const { digest } = await signer.resolve('cosign2')
    await pushAlike('cosign2', 'another')
    await assertRefused('cosign2')
    await assertPulled(digest)
  })

  test('refuses again what was signed by a member who left, and by a key that was deleted', async () => {
    const tags = ['cosign3', 'jws', 'cose', 'notary', 'index']
    const readable = () => Promise.all(tags.map((tag) => reader.mayRead(tag)))
    await call('DELETE', membership)
    assert.deepEqual(await readable(), [false, false, false, false, false])
    await assertRefused('jws')
    await call('PUT', membership, { isAdmin: false })
    assert.deepEqual(await readable(), [true, true, true, true, true])
    const keys = await call('GET', `${keysOfSam}?limit=10`, undefined, sam)
    const { accountPublicKeys } = listedKeys.parse(await keys.json())
    const { id } = accountPublicKeys.find(({ publicKey }) => publicKey === cosignKey.pem) ?? {}
    await call('DELETE', `${keysOfSam}/${id}`, undefined, sam)
    assert.deepEqual(await readable(), [false, true, true, true, false])
    await assertRefused('cosign3')
  })

  test('in report mode refuses nothing, and a replay names what it would have refused', async () => {
    await command(admin, 'trust', 'policy', 'set', repository, '--teams', 'acme/security', '--report')
    await forgetImages(dockerOfRay)
    await assertPulled('unsigned')
    await until('the event of the pull', 60, async () => {
      const events = await call('GET', '/api/v0/repositories/acme/app/events?eventType=GET&limit=1')
      return /missingSignatures.*acme\/security/.test(await events.text())
    })
    const question = ['--days', '30', '--repository', repository, '--policy', 'acme/security', '--json']
    const { refused } = replayed.parse(JSON.parse(await command(admin, 'trust', 'replay', ...question)))
    const { digest } = await signer.resolve('unsigned')
    const found = refused.filter((one) => one.digest === digest && one.caller === 'ray')
    assert.deepEqual(found, [{ repository, name: 'unsigned', digest, caller: 'ray', teams: ['acme/security'] }])
  })
})
