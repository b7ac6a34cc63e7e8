/**
 * Trust data on its way: another registry reads it by tokens, owners adopt it by the keys that they keep, and what is
 * changed in the store behind the back of the registry is found, by the notary command or by the registry.
 */
import assert from 'node:assert/strict'
// oxlint-disable-next-line import/no-unassigned-import -- the library below expects it to be there
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { createHash, KeyObject } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as z from 'zod'
import { openLocalDatabase } from '../../scripts/admin/recovery/local-database.ts'
import { findRootKeys, readRootDocument } from '../../scripts/client/notary-key.ts'
import { listGuns, readCollection, sha256Of } from '../../scripts/client/notary.ts'
import { OtherServer } from '../../scripts/client/other-server.ts'
import { authorityPath } from '../../scripts/local/tls.ts'
import { newFolder } from './support/folders.ts'
import { newNotary, passphrase, type Notary } from './support/notary.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { once } from './support/shared.ts'
import { admin } from './support/users.ts'

const script = join(import.meta.dirname, '../../scripts/admin/breakwater.mjs')

const collections = ['kept', 'replayed', 'forged', 'damaged'] as const
type Collection = (typeof collections)[number]

const signed = 'a'.repeat(64)
const other = 'b'.repeat(64)

let registry: Registry
let owner: Notary
/** Has read collections before the change. */
let reader: Notary

const gunOf = (name: Collection): string => `${registry.host}/admin/${name}`

const prepared = once(async () => {
  const start = { state: await newFolder('state'), port: await freePort(), https: true, password: admin.password }
  registry = await startRegistry(start)
  owner = await newNotary(registry, admin)
  reader = await newNotary(registry, admin)
  for (const name of collections) {
    await owner.run('init', gunOf(name))
    await sign(name, 'v1')
  }
  await sign('replayed', 'v2')
  assert.match(await reader.run('list', gunOf('replayed')), /^v2 /m)
  assert.match(await reader.run('list', gunOf('forged')), /^v1 /m)
  await registry.stop()
  await tamper(start.state)
  registry = await startRegistry(start)
  setDefaultCACertificates([...getCACertificates(), await readFile(authorityPath(start.state), 'utf8')])
})

const sign = (name: Collection, tag: string): Promise<string> =>
  owner.run('addhash', '-p', gunOf(name), tag, '528', '--sha256', signed)

async function tamper(state: string): Promise<void> {
  const { database, close } = await openLocalDatabase(state)
  const store = new Store(async (text, ...values) => {
    const { results } = await database
      .prepare(text)
      .bind(...values)
      .all()
    return results
  })
  try {
    await store.putBack('replayed')
    await store.forge('forged')
    await store.damage('damaged')
  } finally {
    await close()
  }
}

const document = z.object({ body: z.string(), sha256: z.string() })
const documents = z.tuple([document])

type Ask = (text: string, ...values: readonly string[]) => Promise<unknown>

/** Trust data in the hands of someone who can write to the database, and has no key. */
class Store {
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Puts the versions back that were there before the newest. */
  async putBack(name: Collection): Promise<void> {
    const id = `(SELECT id FROM trust_collections WHERE gun = ?)`
    await this.#ask(`DELETE FROM trust_metadata WHERE collection_id = ${id} AND version = 2`, gunOf(name))
    await this.#ask(
      'UPDATE trust_collections SET timestamp_version = 1, snapshot_version = 1 WHERE gun = ?',
      gunOf(name),
    )
  }

  /** Changes a document, with its hash. @returns its former and its new body */
  async rewrite(
    name: Collection,
    role: string,
    change: (body: string) => string,
  ): Promise<{ readonly from: string; readonly to: string }> {
    const newest = `collection_id = (SELECT id FROM trust_collections WHERE gun = ?) AND role = ? ORDER BY version DESC LIMIT 1`
    const rows = await this.#ask(`SELECT body, sha256 FROM trust_metadata WHERE ${newest}`, gunOf(name), role)
    const [{ body, sha256 }] = documents.parse(rows)
    const to = change(body)
    assert.notEqual(to, body)
    const hash = createHash('sha256').update(to).digest('hex')
    await this.#ask(
      'UPDATE trust_metadata SET body = ?, sha256 = ? WHERE role = ? AND sha256 = ?',
      to,
      hash,
      role,
      sha256,
    )
    return { from: body, to }
  }

  /** Makes a tag another image, and every hash above it fit; only signatures cannot be made. */
  async forge(name: Collection): Promise<void> {
    const targets = await this.rewrite(name, 'targets', (body) => body.replaceAll(base64(signed), base64(other)))
    const snapshot = await this.rewrite(name, 'snapshot', (body) => naming(body, targets))
    await this.rewrite(name, 'timestamp', (body) => naming(body, snapshot))
  }

  /** Changes a byte, and nothing else. */
  async damage(name: Collection): Promise<void> {
    const targets = `role = 'targets' AND collection_id = (SELECT id FROM trust_collections WHERE gun = ?)`
    await this.#ask(`UPDATE trust_metadata SET body = replace(body, 'v1', 'v2') WHERE ${targets}`, gunOf(name))
  }
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/** Replaces the hashes by which a document names another one. */
const naming = (body: string, { from, to }: { readonly from: string; readonly to: string }): string =>
  ['sha256', 'sha512'].reduce((text, algorithm) => {
    const hashOf = (content: string): string => createHash(algorithm).update(content).digest('base64')
    return text.replaceAll(hashOf(from), hashOf(to))
  }, body)

describe('After a change in the store', () => {
  before(prepared)

  const refused = async (notary: Notary, name: Collection, why: RegExp): Promise<void> => {
    const { exitCode, output } = await notary.attempt('list', gunOf(name))
    assert.notEqual(exitCode, 0, output)
    assert.doesNotMatch(output, /^v\d /m)
    assert.match(output, why)
  }

  test('what was not changed is verified as before', async () => {
    for (const notary of [reader, await newNotary(registry, admin)]) {
      assert.match(await notary.run('list', gunOf('kept')), /^v1 /m)
    }
  })

  test('an old timestamp is refused by who knows a newer one', async () => {
    await refused(reader, 'replayed', /version 1 is lower than current version 2/)
  })

  test('another image under a signed tag is refused, though all hashes fit', async () => {
    for (const notary of [reader, await newNotary(registry, admin)]) {
      await refused(notary, 'forged', /valid signatures did not meet threshold for timestamp/)
    }
  })

  test('a changed byte is not served', async () => {
    await refused(await newNotary(registry, admin), 'damaged', /unable to reach trust server at this time: 500/)
    assert.match(registry.output(), /trust data is damaged: the stored version \d of targets is not what was published/)
  })
})

describe('A registry that gives tokens', () => {
  before(prepared)

  const origin = (): string => `https://${registry.host}`

  test('is read by the protocol of Notary, as a DTR is', async () => {
    const server = new OtherServer(origin(), admin)
    assert.ok((await listGuns(server)).includes(gunOf('kept')))
    const read = await readCollection(server, gunOf('kept'))
    assert.deepEqual(read.map(({ role }) => role).toSorted(), ['root', 'snapshot', 'targets', 'timestamp'])
    const strangers = { name: admin.name, password: 'not the password' }
    await assert.rejects(readCollection(new OtherServer(origin(), strangers), gunOf('kept')), /gives no token for/)
    await assert.rejects(
      readCollection(new OtherServer(origin(), undefined), gunOf('kept')),
      /asks for a login: name a user with --from-user/,
    )
    await assert.rejects(readCollection(server, 'other.example.com/admin/kept'), /has no root of other\.example\.com/)
  })

  test('is imported from by the command, which logs in there', async () => {
    const output = await command('import', origin(), '--gun', gunOf('kept'), '--from-user', admin.name)
    assert.match(output, /admin\/kept: unchanged/)
  })

  test('gets the keys of a collection by the key that its owner keeps', async () => {
    const output = await command('adopt', gunOf('kept'), '--keys', join(owner.folder, 'trust', 'private'))
    assert.match(output, /holds the keys of timestamp and snapshot/)
    await sign('kept', 'v2')
    assert.match(await reader.run('list', gunOf('kept')), /^v2 /m)
  })

  async function command(...words: readonly string[]): Promise<string> {
    const { exitCode, output } = await attempt(process.execPath, [script, 'trust', ...words], {
      env: {
        XDG_CONFIG_HOME: await newFolder('profiles'),
        NODE_EXTRA_CA_CERTS: authorityPath(registry.state),
        BREAKWATER_URL: origin(),
        BREAKWATER_USER: admin.name,
        BREAKWATER_PASSWORD: admin.password,
        BREAKWATER_SOURCE_PASSWORD: admin.password,
        NOTARY_ROOT_PASSPHRASE: passphrase,
      },
    })
    assert.equal(exitCode, 0, output)
    return output
  }
})

describe('The keys of the owners of a root', () => {
  before(prepared)

  const message = 'what a root says'

  test('are found of every kind, each under the ID that the root names', async () => {
    const folder = await newFolder('private')
    const owners = await Promise.all(
      [rsa, { name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', namedCurve: 'P-384' }].map((kind) =>
        anOwner(folder, kind),
      ),
    )
    const stranger = await anOwner(await newFolder('elsewhere'), { name: 'ECDSA', namedCurve: 'P-256' })
    await anOwner(folder, { name: 'ECDSA', namedCurve: 'P-256' })
    const all = [...owners, stranger]
    const root = rootOf(all)
    const found = await findRootKeys(folder, root, () => Promise.resolve(passphrase))
    assert.deepEqual(
      found.map(({ keyId, method }) => [keyId, method]),
      owners.map(({ keyId, isRsa }) => [keyId, isRsa ? 'rsapss' : 'ecdsa']),
    )
    for (const [at, key] of found.entries()) {
      const signature = key.sign(message)
      assert.equal(key.verify(message, signature), true)
      assert.equal(key.verify(`${message}.`, signature), false)
      const next = found[(at + 1) % found.length]
      assert.equal(next?.verify(message, signature), false)
    }
    assert.deepEqual(await findRootKeys(folder, root, () => Promise.resolve('another passphrase')), [])
    assert.deepEqual(await findRootKeys(folder, rootOf([stranger]), () => Promise.resolve(passphrase)), [])
  })
})

const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }

interface Owner {
  readonly keyId: string
  readonly isRsa: boolean
  /** In PEM, as a root has it. */
  readonly certificate: string
}

/** Makes the key of an owner, and keeps it as Docker and notary do. */
async function anOwner(folder: string, kind: { readonly name: string; readonly namedCurve?: string }): Promise<Owner> {
  const algorithm = { ...kind, hash: 'SHA-256' }
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('a pair of keys has a private one')
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=registry.example.com/acme/app',
    keys: pair,
    signingAlgorithm: algorithm,
  })
  const encrypted = KeyObject.from(pair.privateKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  })
  const keyId = sha256Of(Buffer.from(certificate.rawData))
  const header = '-----BEGIN ENCRYPTED PRIVATE KEY-----\n'
  await writeFile(join(folder, `${keyId}.key`), encrypted.toString().replace(header, `${header}role: root\n\n`))
  return { keyId, isRsa: kind.namedCurve === undefined, certificate: certificate.toString('pem') }
}

const rootOf = (owners: readonly Owner[]) =>
  readRootDocument(
    Buffer.from(
      JSON.stringify({
        signed: {
          keys: Object.fromEntries(
            owners.map(({ keyId, certificate }) => [
              keyId,
              { keyval: { public: Buffer.from(certificate).toString('base64') } },
            ]),
          ),
          roles: { root: { keyids: owners.map(({ keyId }) => keyId), threshold: 2 } },
        },
        signatures: [],
      }),
    ),
  )
