/**
 * Backups in a bucket of another provider: made with the content of images, proven, and restored after the loss of all
 * that the registry has. The provider is a server of its own, which checks each signature.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import { startS3Server } from '../support/s3-server.ts'
import { withBackups } from './support/drill/backup-bucket.ts'
import { loseDatabase, loseImages } from './support/drill/losses.ts'
import { newDocker, type Docker } from './support/docker.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { buildImage, forgetImages, imageId, mebibyte, savedLayers } from './support/images.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt, type Outcome } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { admin } from './support/users.ts'

const root = join(import.meta.dirname, '../..')
const recovery = { BREAKWATER_RECOVERY_SECRET: 'a secret of a drill that is long enough to be one' }
/** The larger one is copied in parts. */
const layers = [1000, 20 * mebibyte]

/** On a busy machine. */
const mostSecondsOfRefusal = 60

const backups = z.array(z.object({ id: z.string(), state: z.string(), content: z.string() }))

describe('A registry whose backups go to another provider', () => {
  let variables: Readonly<Record<string, string>>
  let registry: Registry
  let docker: Docker
  let image: string
  let pushed: { readonly id: string; readonly layers: readonly string[] }
  let backup: string

  before(async () => {
    const { server, stop } = await startS3Server(await newFolder('provider'))
    atEnd(stop)
    variables = {
      BACKUP_S3_ENDPOINT: server.endpoint,
      BACKUP_S3_BUCKET: server.bucket,
      BACKUP_S3_REGION: server.region,
      BACKUP_S3_ACCESS_KEY_ID: server.accessKeyId,
      BACKUP_S3_SECRET_ACCESS_KEY: server.secretAccessKey,
    }
    const [state, port] = [await newFolder('state'), await freePort()]
    registry = await startRegistry({ state, port, password: admin.password, env: variables })
    docker = await newDocker(await sharedEngine())
    assert.equal((await docker.logIn(registry, admin)).exitCode, 0)
    image = `${registry.host}/admin/app:1`
    await buildImage(docker, image, { layers })
    await docker.run('push', image)
    pushed = { id: await imageId(docker, image), layers: await savedLayers(docker, image) }
  })
  after(() => registry.stop())

  const startAgain = async (env: Readonly<Record<string, string>>): Promise<void> => {
    registry = await startRegistry({ state: registry.state, port: registry.port, env })
  }

  const breakwater = async (...words: readonly string[]): Promise<Outcome> =>
    attempt(process.execPath, [join(root, 'scripts/admin/breakwater.mjs'), ...words], {
      env: {
        XDG_CONFIG_HOME: await newFolder('no-profiles'),
        BREAKWATER_URL: `http://${registry.host}`,
        ...(words.includes('restore')
          ? recovery
          : { BREAKWATER_USER: admin.name, BREAKWATER_PASSWORD: admin.password }),
      },
    })

  const assertPulled = async (): Promise<void> => {
    await forgetImages(docker)
    await docker.run('pull', image)
    assert.deepEqual({ id: await imageId(docker, image), layers: await savedLayers(docker, image) }, pushed)
  }

  test('makes a backup there, with the content of images, and proves it', async () => {
    const made = await breakwater('backup', 'create', '--wait', '--content')
    assert.equal(made.exitCode, 0, made.output)
    backup = made.stdout.trim()
    const { stdout } = await breakwater('backup', 'list', '--json')
    assert.deepEqual(backups.parse(JSON.parse(stdout)), [{ id: backup, state: 'proven', content: 'whole' }])
  })

  test('has nothing of it in its own bucket', async () => {
    await registry.stop()
    const { objects } = await withBackups(registry.state, (bucket) => bucket.list())
    assert.deepEqual(objects, [])
  })

  test('gets all back from there when it has lost its database, its replicas and its images', async () => {
    await loseDatabase(registry.state)
    await loseImages(registry.state)
    await startAgain({ ...variables, ...recovery })
    const restored = await breakwater('backup', 'restore', backup, '--yes')
    assert.equal(restored.exitCode, 0, restored.output)
    await assertPulled()
  })

  test('tells what to do when the provider refuses its key, keeps its secret, and serves images', async () => {
    await registry.stop()
    const secret = 'a-wrong-secret-of-the-provider'
    await startAgain({ ...variables, ...recovery, BACKUP_S3_SECRET_ACCESS_KEY: secret })
    const refusal = /the secret does not belong to the access key: set BACKUP_S3_ACCESS_KEY_ID and/
    const told = []
    const restore = ['backup', 'restore', backup, '--yes']
    for (const words of [['backup', 'create', '--wait'], ['backup', 'list'], restore, ['status']]) {
      const begun = Date.now()
      const { exitCode, output } = await breakwater(...words)
      assert.ok(Date.now() - begun < mostSecondsOfRefusal * 1000, 'it does not wait for what does not pass')
      told.push(output)
      assert.match(output, refusal, words.join(' '))
      assert.equal(exitCode, 1, output)
    }
    await assertPulled()
    assert.ok(!`${told.join('\n')}${registry.output()}`.includes(secret))
  })

  test('does not start with a part of the variables, and names what is missing', async () => {
    const { BACKUP_S3_REGION: _, ...half } = variables
    const args = ['scripts/start.ts', '--port', String(await freePort()), '--state', await newFolder('state')]
    const { exitCode, output } = await attempt(process.execPath, args, { cwd: root, env: half })
    assert.equal(exitCode, 1)
    assert.match(output, /^BACKUP_S3_REGION must be set beside BACKUP_S3_ENDPOINT/)
    assert.ok(!output.includes(variables['BACKUP_S3_SECRET_ACCESS_KEY'] ?? ''))
  })
})
