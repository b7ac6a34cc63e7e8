/** The operator's commands that read a backup: one that is encrypted is verified, and some repositories come back alone. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import * as z from 'zod'
import { digestOf } from '../../scripts/client/digest.ts'
import { request, send } from '../../scripts/client/registry.ts'
import { uploadBlob } from './support/content.ts'
import { newFolder } from './support/folders.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { attempt, type Outcome } from './support/run.ts'
import { admin, alice, bob, type User } from './support/users.ts'

const root = join(import.meta.dirname, '../..')
const mediaType = 'application/vnd.oci.image.manifest.v1+json'
const restored = z.object({ notRestored: z.number(), log: z.array(z.string()) })

describe('The commands of an operator with a backup', () => {
  let registry: Registry
  let profiles: string
  let origin: string
  let backup: string
  /** A file with the identity that opens encrypted backups. */
  let identity: string

  before(async () => {
    registry = await newRegistry()
    origin = `http://${registry.host}`
    profiles = await newFolder('no-profiles')
    identity = join(await newFolder('identity'), 'operator.txt')
    const secret = await generateIdentity()
    await writeFile(identity, `${secret}\n`)
    await push(alice, 'alice/app', 'v1')
    await push(alice, 'alice/other', 'v1')
    await push(bob, 'bob/app', 'v1')
    const backupRecipients = [await identityToRecipient(secret)]
    await request(origin, 'POST', '/api/v0/meta/settings', { user: admin, json: { backupRecipients } })
    backup = (await tell('backup', 'create', '--wait')).trim()
  })
  after(() => registry.stop())

  const call = (...words: readonly string[]): Promise<Outcome> =>
    attempt(process.execPath, [join(root, 'scripts/admin/breakwater.mjs'), ...words], {
      cwd: root,
      env: {
        XDG_CONFIG_HOME: profiles,
        BREAKWATER_URL: origin,
        BREAKWATER_USER: admin.name,
        BREAKWATER_PASSWORD: admin.password,
      },
    })

  async function tell(...words: readonly string[]): Promise<string> {
    const { exitCode, stdout, output } = await call(...words)
    assert.equal(exitCode, 0, output)
    return stdout
  }

  async function push(user: User, repository: string, tag: string): Promise<void> {
    const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', repository }))
    await uploadBlob(registry, repository, config, user)
    const digest = digestOf(config)
    const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length }
    const body = JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers: [] })
    const headers = { 'content-type': mediaType }
    await request(origin, 'PUT', `/v2/${repository}/manifests/${tag}`, { user, headers, body })
  }

  const has = async (repository: string): Promise<boolean> => {
    const headers = { accept: mediaType }
    return (await send(origin, 'GET', `/v2/${repository}/manifests/v1`, { user: admin, headers })).status === 200
  }

  const remove = (repository: string): Promise<Response> =>
    request(origin, 'DELETE', `/api/v0/repositories/${repository}`, { user: admin })

  test('`backup verify` cannot open an encrypted backup that was proven, and says what to give', async () => {
    const { exitCode, output } = await call('backup', 'verify', backup)
    assert.equal(exitCode, 1)
    assert.match(output, /is encrypted, and this registry has no key for it: give an identity.*--identity/s)
  })

  test('`backup verify --identity` checks all hashes of it, and leaves no key behind', async () => {
    for (const _ of [1, 2]) {
      assert.match(
        await tell('backup', 'verify', backup, '--identity', identity),
        /All hashes of the backup .* are right/,
      )
    }
    assert.notEqual((await call('backup', 'verify', backup)).exitCode, 0)
  })

  test('`backup verify` with the identity of another operator opens nothing', async () => {
    const other = join(await newFolder('identity'), 'other.txt')
    await writeFile(other, await generateIdentity())
    const { exitCode, output } = await call('backup', 'verify', backup, '--identity', other)
    assert.equal(exitCode, 1)
    assert.match(output, /the identity does not open the backup/)
  })

  test('`backup restore --repository` brings one repository back, and no other', async () => {
    await remove('alice/app')
    await remove('alice/other')
    const words = ['backup', 'restore', backup, '--repository', 'alice/app', '--identity', identity, '--yes', '--json']
    const { notRestored, log } = restored.parse(JSON.parse(await tell(...words)))
    assert.equal(notRestored, 0, log.join('\n'))
    assert.deepEqual([await has('alice/app'), await has('alice/other')], [true, false])
  })

  test('`backup restore --repository --as` brings it back under another name', async () => {
    await tell(
      'backup',
      'restore',
      backup,
      '--repository',
      'alice/app',
      '--as',
      'alice/copy',
      '--identity',
      identity,
      '--yes',
    )
    assert.equal(await has('alice/copy'), true)
  })

  test('`backup restore --namespace` brings all repositories of a namespace back', async () => {
    await remove('alice/app')
    await remove('bob/app')
    await tell('backup', 'restore', backup, '--namespace', 'alice', '--identity', identity, '--yes')
    assert.deepEqual([await has('alice/app'), await has('alice/other'), await has('bob/app')], [true, true, false])
  })

  test('a name that the backup has not ends with an error, and options without a name are refused', async () => {
    const unknown = await call(
      'backup',
      'restore',
      backup,
      '--repository',
      'alice/none',
      '--identity',
      identity,
      '--yes',
    )
    assert.equal(unknown.exitCode, 1)
    assert.match(unknown.output, /the backup .* has no repository alice\/none/)
    const nameless = await call('backup', 'restore', backup, '--move-tags', '--yes')
    assert.notEqual(nameless.exitCode, 0)
    assert.match(nameless.output, /--as and --move-tags are for --repository and --namespace/)
  })
})
