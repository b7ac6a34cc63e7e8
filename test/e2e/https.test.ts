import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { newDocker } from './support/docker.ts'
import { newFolder } from './support/folders.ts'
import { buildImage } from './support/images.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt, type Outcome } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { newSkopeo } from './support/skopeo.ts'
import { admin } from './support/users.ts'

/** What curl says when it does not trust a certificate. */
const curlDistrusts = 60

describe('Serving HTTPS', () => {
  let registry: Registry
  let certificate: string
  /** The folder of certificates to trust, as skopeo and docker want it. */
  let trusted: string

  before(async () => {
    const state = await newFolder('state')
    registry = await startRegistry({ state, port: await freePort(), https: true, password: admin.password })
    trusted = join(state, 'tls')
    certificate = join(trusted, '127.0.0.1.crt')
  })

  test('curl that trusts the certificate is answered', async () => {
    const { exitCode, output } = await curl('--cacert', certificate)
    assert.equal(exitCode, 0, output)
    assert.match(output, /you must log in/)
  })

  test('curl that does not trust it refuses to talk', async () => {
    const { exitCode } = await curl()
    assert.equal(exitCode, curlDistrusts)
  })

  test('skopeo that trusts the certificate logs in and copies there and back', async () => {
    const skopeo = await newSkopeo()
    const login = await skopeo.logIn(registry, admin, `--cert-dir=${trusted}`)
    assert.equal(login.exitCode, 0, login.output)
    const folder = await newFolder('https')
    const [archive, remote] = [join(folder, 'image.tar'), `docker://${registry.host}/admin/secure:1`]
    await saveImage(archive)
    await skopeo.run('copy', '--dest-cert-dir', trusted, `docker-archive:${archive}`, remote)
    await skopeo.run('copy', '--src-cert-dir', trusted, remote, `oci:${join(folder, 'layout')}:1`)
  })

  test('skopeo that does not trust it refuses to log in', async () => {
    const { exitCode, output } = await (await newSkopeo()).logIn(registry, admin)
    assert.notEqual(exitCode, 0)
    assert.match(output, /x509|certificate/)
  })

  const curl = (...trust: readonly string[]): Promise<Outcome> =>
    attempt('curl', ['--silent', '--noproxy', '*', ...trust, `https://${registry.host}/v2/`])
})

async function saveImage(path: string): Promise<void> {
  const docker = await newDocker(await sharedEngine())
  await buildImage(docker, 'https-source:1', { layers: [1000] })
  await docker.run('save', '--output', path, 'https-source:1')
}
