/** Signatures of Docker, Notary, cosign and notation, and policies that demand them. */
import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { digestOf } from '../../../../scripts/client/digest.ts'
import { newDocker, type Docker } from '../docker.ts'
import { newFolder } from '../folders.ts'
import { buildImage, forgetImages, knownDigests } from '../images.ts'
import { newNotary, passphrase, type Notary } from '../notary.ts'
import { sharedEngine } from '../shared.ts'
import {
  cosignBundle,
  cosignSignature,
  json,
  newCosignKey,
  newNotationKey,
  notationSignature,
  types,
} from '../signatures.ts'
import { SigningClient } from '../signing-client.ts'
import { admin, type User } from '../users.ts'
import { pushIndex } from './content.ts'
import { ray, sam } from './people.ts'
import type { Site } from './site.ts'
import type { Witness } from './witness.ts'

const repository = 'acme/app'
const cosignKey = newCosignKey()

/** What the notary command signs: of these bytes there is only the hash. */
const target = 'a'.repeat(64)
const tools = 'admin/tools'

export interface Signatures {
  /** The notary command of the owner of `admin/tools`. */
  readonly notary: Notary
  readonly witnesses: readonly Witness[]
}

/** Signs in every way. `acme/app` demands signatures of its readers from then on. */
export async function signContent(site: Site): Promise<Signatures> {
  const [docker, notary] = await Promise.all([signWithDocker(site), signWithNotary(site)])
  await signWithOthers(site)
  const teams = ['acme/security']
  await site.call(admin, 'PUT', `/api/v0/repositories/${repository}/signaturePolicy`, { mode: 'enforce', teams })
  return {
    notary,
    witnesses: [
      { what: 'what docker signed', check: () => pullSigned(site, docker) },
      { what: 'what notary signed', check: () => listSigned(site, notary) },
      { what: 'what cosign and notation signed', check: () => verifyOthers(site) },
      { what: 'the policy that demands signatures', check: () => pullByPolicy(site) },
    ],
  }
}

interface SignedByDocker {
  readonly image: string
  /** `<repository>@<digest>` of what was signed. */
  readonly known: string
}

async function signWithDocker(site: Site): Promise<SignedByDocker> {
  const docker = await trusting(site, sam)
  const keys = await newFolder('keys')
  await docker.run('trust', 'key', 'generate', 'sam', '--dir', keys)
  const publicKey = join(keys, 'sam.pub')
  const registryKey = join(keys, 'registry.pem')
  await writeFile(registryKey, await (await site.ask(undefined, 'GET', '/trust/registry.pem')).text())
  for (const [signer, path] of [
    ['sam', publicKey],
    ['registry', registryKey],
  ] as const) {
    await docker.run('trust', 'signer', 'add', '--key', path, signer, `${site.host}/${repository}`)
  }
  const image = `${site.host}/${repository}:docker`
  await buildImage(docker, image, { layers: [1000] })
  assert.match(await docker.run('push', image), /Successfully signed/)
  await registerKey(site, await readFile(publicKey, 'utf8'))
  return { image, known: await knownDigests(docker, image) }
}

async function pullSigned(site: Site, { image, known }: SignedByDocker): Promise<void> {
  const reader = await trusting(site, ray)
  await forgetImages(reader)
  const { exitCode, output } = await reader.attempt('pull', image)
  assert.equal(exitCode, 0, output)
  assert.match(output, /Tagging .*@sha256:/)
  assert.equal(await knownDigests(reader, image), known)
  assert.match(await reader.run('trust', 'inspect', '--pretty', image), /^docker +[0-9a-f]{64} +.*sam/m)
}

/** A docker command with content trust, logged in, with keys of its own. */
async function trusting(site: Site, user: User): Promise<Docker> {
  const docker = await newDocker(await sharedEngine(), {
    env: {
      DOCKER_CONTENT_TRUST: '1',
      DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
      DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
    },
  })
  const { exitCode, output } = await docker.logIn(site.registry, user)
  assert.equal(exitCode, 0, output)
  return docker
}

async function signWithNotary(site: Site): Promise<Notary> {
  const notary = await newNotary(site.registry, admin)
  await notary.run('init', `${site.host}/${tools}`)
  await signTool(site, notary, 'v1')
  return notary
}

/** Signs a name in `admin/tools`. */
const signTool = (site: Site, notary: Notary, name: string): Promise<string> =>
  notary.run('addhash', '-p', `${site.host}/${tools}`, name, '528', '--sha256', target)

/** Signs another name with the same keys. The owner does not hear of it, who would refuse anything older later. */
export async function signAgain(site: Site, owner: Notary): Promise<void> {
  const other = await newNotary(site.registry, admin)
  await cp(owner.folder, other.folder, { recursive: true })
  await signTool(site, other, 'v2')
  assert.match(await other.run('list', `${site.host}/${tools}`), /^v2 /m)
}

/** A client that knows the collection, and one that never saw it. */
async function listSigned(site: Site, owner: Notary): Promise<void> {
  for (const notary of [owner, await newNotary(site.registry, admin)]) {
    assert.match(await notary.run('list', `${site.host}/${tools}`), new RegExp(`^v1 +${target} +528 +targets$`, 'm'))
    assert.match(await notary.run('lookup', `${site.host}/${tools}`, 'v1'), new RegExp(`v1 sha256:${target} 528`))
  }
}

const tagsOfOthers = ['cosign2', 'cosign3', 'jws', 'cose'] as const

async function signWithOthers(site: Site): Promise<void> {
  const signer = new SigningClient(site.registry, repository, sam)
  const notationKey = await newNotationKey()
  for (const key of [cosignKey.pem, notationKey.pem]) await registerKey(site, key)
  for (const tag of ['unsigned', ...tagsOfOthers]) await pushAlike(signer, tag)
  await signer.signByTag('cosign2', (image) => cosignSignature(cosignKey, image.digest))
  await signer.signByReferrer('cosign3', (image) => cosignBundle(cosignKey, image))
  for (const form of ['jws', 'cose'] as const) {
    await signer.signWithNotation(form, (image) => notationSignature(notationKey, image, form))
  }
  await pushIndex(site, repository, sam, 'cosign3')
  await signer.signByReferrer('index', (image) => cosignBundle(cosignKey, image))
  const document = notationKey.pem
  await site.call(admin, 'PUT', '/api/v0/trust/roots/example', { kind: 'x509', document })
  const identity = { account: sam.name, issuer: 'x509:example', subject: 'CN=example.com' }
  await site.call(admin, 'POST', '/api/v0/trust/identities', identity)
}

/** Pushes an image like the one that docker has pushed, with another digest. */
export async function pushAlike(client: SigningClient, tag: string): Promise<void> {
  const manifest = z.record(z.string(), z.unknown()).parse(await client.readManifest('docker'))
  await client.putManifest(tag, json({ ...manifest, mediaType: types.image, annotations: { note: tag } }))
}

const keysOfSam = '/enzi/v0/accounts/sam/publicKeys'

const registerKey = async (site: Site, publicKey: string): Promise<string> =>
  z.looseObject({ id: z.string() }).parse(await site.call(sam, 'POST', keysOfSam, { publicKey })).id

async function verifyOthers(site: Site): Promise<void> {
  const reader = new SigningClient(site.registry, repository, sam)
  await reader.verifyByTag('cosign2', cosignKey.publicKey)
  await reader.verifyByReferrer('cosign3', cosignKey.publicKey)
  for (const form of ['jws', 'cose']) {
    const { digest } = await reader.resolve(form)
    const [signature = ''] = await reader.referrers(digest, types.notation)
    const path = `/v2/${repository}/manifests/${signature}`
    const manifest = Buffer.from(await (await site.ask(admin, 'GET', path)).arrayBuffer())
    assert.equal(digestOf(manifest), signature)
  }
}

async function pullByPolicy(site: Site): Promise<void> {
  const reader = await newDocker(await sharedEngine())
  await reader.logIn(site.registry, ray)
  await forgetImages(reader)
  for (const tag of [...tagsOfOthers, 'docker', 'index']) await reader.run('pull', `${site.host}/${repository}:${tag}`)
  const refused = await reader.attempt('pull', `${site.host}/${repository}:unsigned`)
  assert.notEqual(refused.exitCode, 0)
  assert.match(refused.output, /the signature policy of acme\/app demands a signature by acme\/security/)
}
