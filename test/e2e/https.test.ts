import assert from 'node:assert/strict'
import { randomBytes, X509Certificate } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { TLSSocket } from 'node:tls'
import { startRuntime } from '../../scripts/local/runtime.ts'
import { serve } from '../../scripts/local/serving.ts'
import { authorityPath, ownCertificate } from '../../scripts/local/tls.ts'
import { newDocker } from './support/docker.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { buildImage } from './support/images.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt, run, type Outcome } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { newSkopeo } from './support/skopeo.ts'
import { admin } from './support/users.ts'
import { until } from './support/wait.ts'

/** What curl says when it does not trust a certificate. */
const curlDistrusts = 60
const day = 24 * 3600 * 1000

/** An address that is not loopback, so that every client verifies the certificate; what is sent there stays here. */
const isElsewhere = (each: string): boolean => /^\d+\./.test(each) && !each.startsWith('127.')
const addresses: readonly string[] = Object.values(networkInterfaces())
  .flatMap((ofInterface = []) => ofInterface)
  .map((each) => each.address)
const loopback = '127.0.0.1'
const address = addresses.find(isElsewhere) ?? loopback
const whyDockerTrusts = 'this machine has no address but loopback, where Docker verifies no certificate'

describe('Serving HTTPS', () => {
  let registry: Registry
  let authority: string
  /** The folder of certificates to trust, as skopeo and docker want it. */
  let trusted: string

  before(async () => {
    const state = await newFolder('state')
    registry = await startRegistry({ state, address, port: await freePort(), https: true, password: admin.password })
    trusted = join(state, 'tls')
    authority = authorityPath(state)
  })

  test('curl that trusts the authority is answered, by each name of the machine', async () => {
    for (const name of [address, hostname(), 'localhost', 'host.docker.internal']) {
      const { exitCode, output } = await curl(name, '--cacert', authority)
      assert.equal(exitCode, 0, `${name}: ${output}`)
      assert.match(output, /you must log in/)
    }
  })

  test('curl that does not trust it, or asks by another name, refuses to talk', async () => {
    assert.equal((await curl(address)).exitCode, curlDistrusts)
    assert.equal((await curl('another.example', '--cacert', authority)).exitCode, curlDistrusts)
  })

  test('skopeo that trusts the authority logs in and copies there and back', async () => {
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

  test('docker logs in and pushes after the two commands that the start has printed, and not before', async (t) => {
    const docker = await newDocker(await sharedEngine())
    await t.test('before them it refuses', { skip: address === loopback && whyDockerTrusts }, async () => {
      assert.match((await docker.logIn(registry, admin)).output, /x509/)
    })
    const folder = `/etc/docker/certs.d/${registry.host}`
    const commands = [`sudo mkdir -p ${folder}`, `sudo cp ${authority} ${folder}/`]
    for (const command of commands) assert.ok(registry.output().includes(`  ${command}\n`), registry.output())
    atEnd(() => rm(folder, { recursive: true, force: true }))
    for (const command of commands) await run('sh', ['-c', command.replace('sudo ', '')])
    assert.equal((await docker.logIn(registry, admin)).exitCode, 0)
    const image = `${registry.host}/admin/trusted:1`
    await buildImage(docker, image, { layers: [1000] })
    await docker.run('push', image)
  })

  const curl = (name: string, ...trust: readonly string[]): Promise<Outcome> =>
    attempt('curl', [
      '--silent',
      '--noproxy',
      '*',
      '--resolve',
      `${name}:${registry.port}:${address}`,
      ...trust,
      `https://${name}:${registry.port}/v2/`,
    ])
})

describe('The certificate of a registry on this machine', () => {
  const now = Date.now()
  const parse = ({ certificate }: { certificate: string }) => new X509Certificate(certificate)
  const lifetimeOf = ({ validFrom, validTo }: X509Certificate) => Date.parse(validTo) - Date.parse(validFrom)

  test('is what strict verifiers and Apple take: SHA-256, at most 398 days, and an authority that signs only servers', async () => {
    const state = await newFolder('tls')
    const made = await ownCertificate(state, '192.0.2.77', now)
    const leaf = join(state, 'leaf.pem')
    await writeFile(leaf, made.certificate)
    const strictly = ['verify', '-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-verify_ip', '192.0.2.77']
    assert.match(await run('openssl', [...strictly, '-CAfile', authorityPath(state), leaf]), /OK/)
    for (const path of [leaf, authorityPath(state)]) {
      assert.match(
        await run('openssl', ['x509', '-noout', '-text', '-in', path]),
        /Signature Algorithm: ecdsa-with-SHA256/,
      )
    }
    assert.ok(lifetimeOf(parse(made)) <= 398 * day)
    assert.equal(parse(made).ca, false)
    assert.match(await run('openssl', ['x509', '-noout', '-text', '-in', authorityPath(state)]), /CA:TRUE, pathlen:0/)
  })

  test('stays the same while it is good, and gets a successor 60 days before its end from the same authority', async () => {
    const state = await newFolder('tls')
    const first = await ownCertificate(state, 'localhost', now)
    const authority = await readFile(authorityPath(state), 'utf8')
    assert.deepEqual(await ownCertificate(state, 'localhost', now + 330 * day), first)
    const second = await ownCertificate(state, 'localhost', now + 338 * day)
    assert.notEqual(second.certificate, first.certificate)
    assert.ok(Date.parse(parse(second).validTo) > now + 700 * day)
    assert.equal(await readFile(authorityPath(state), 'utf8'), authority)
    assert.ok(parse(second).verify(new X509Certificate(authority).publicKey))
  })

  test('gets a successor for another name, for an authority that is gone, and for a file that was damaged', async () => {
    const state = await newFolder('tls')
    const first = await ownCertificate(state, 'localhost', now)
    const named = await ownCertificate(state, 'registry.test', now)
    assert.equal(parse(first).checkHost('registry.test'), undefined)
    assert.equal(parse(named).checkHost('registry.test'), 'registry.test')
    await writeFile(join(state, 'tls/private/ca.key'), 'damaged')
    const renewed = await ownCertificate(state, 'registry.test', now)
    const authority = new X509Certificate(await readFile(authorityPath(state), 'utf8'))
    assert.equal(parse(named).verify(authority.publicKey), false)
    assert.ok(parse(renewed).verify(authority.publicKey))
    await writeFile(join(state, 'tls/private/server.pem'), renewed.key)
    assert.ok(parse(await ownCertificate(state, 'registry.test', now)).verify(authority.publicKey))
  })

  test('outlives no authority: that one is made again with the same key, which those who trust the old one verify', async () => {
    const state = await newFolder('tls')
    await ownCertificate(state, 'localhost', now)
    const old = join(state, 'old.crt')
    await copyFile(authorityPath(state), old)
    const late = now + 3300 * day
    const leaf = join(state, 'late.pem')
    await writeFile(leaf, (await ownCertificate(state, 'localhost', late)).certificate)
    assert.notEqual(await readFile(authorityPath(state), 'utf8'), await readFile(old, 'utf8'))
    const at = String(Math.floor(late / 1000))
    for (const trusted of [old, authorityPath(state)]) {
      assert.match(await run('openssl', ['verify', '-x509_strict', '-attime', at, '-CAfile', trusted, leaf]), /OK/)
    }
  })

  test('and its keys can be read by their owner alone, even when a copy had opened them', async () => {
    const state = await newFolder('tls')
    const folder = join(state, 'tls/private')
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777
    await mkdir(join(state, 'tls'))
    await ownCertificate(state, 'localhost', now)
    assert.equal(await modeOf(folder), 0o700)
    for (const name of ['ca.key', 'server.pem']) {
      assert.equal(await modeOf(join(folder, name)), 0o600)
      await chmod(join(folder, name), 0o644)
    }
    await ownCertificate(state, 'localhost', now)
    for (const name of ['ca.key', 'server.pem']) assert.equal(await modeOf(join(folder, name)), 0o600)
  })
})

describe('A registry that goes on serving HTTPS', () => {
  test('presents the next certificate at the same port once its first one is due', async () => {
    const state = await newFolder('state')
    const port = await freePort()
    const secrets = { REGISTRY_SECRET: randomBytes(32).toString('base64url') }
    const runtime = await startRuntime({ host: loopback, port, state, secrets })
    atEnd(runtime.stop)
    // A certificate that was made then is still valid today, and due.
    let time = Date.now() - 340 * day
    const options = { state, host: loopback, https: true }
    const { url, endRenewal } = await serve(runtime, options, { lookMilliseconds: 2000, now: () => time })
    atEnd(async () => endRenewal())
    assert.equal(url.port, String(port))
    const authority = await readFile(authorityPath(state), 'utf8')
    const first = await ask(url, authority)
    assert.equal(first.status, 401)

    time = Date.now()
    let next = first
    await until('the next certificate', 60, async () => {
      next = await ask(url, authority).catch(wasInterrupted(first))
      return next.certificate.fingerprint256 !== first.certificate.fingerprint256
    })
    assert.equal(next.status, 401)
    assert.ok(Date.parse(next.certificate.validTo) > time + 390 * day)
    assert.equal(await readFile(authorityPath(state), 'utf8'), authority)
  })
})

interface Answer {
  readonly status: number | undefined
  /** The one that was presented. */
  readonly certificate: X509Certificate
}

/** Asks on a connection of its own. @throws Error when the server's certificate is not valid, or not of the authority */
function ask(url: URL, authority: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(new URL('/v2/', url), { ca: authority, agent: false }, (response) => {
      response.resume()
      const certificate = response.socket instanceof TLSSocket ? response.socket.getPeerX509Certificate() : undefined
      if (certificate === undefined) reject(new Error('an answer without a certificate'))
      else resolve({ status: response.statusCode, certificate })
    }).once('error', reject)
  })
}

/** Takes the moment in which the port is opened again for `last`. @throws what else went wrong */
const wasInterrupted =
  (last: Answer) =>
  (error: NodeJS.ErrnoException): Answer => {
    if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return last
    throw error
  }

async function saveImage(path: string): Promise<void> {
  const docker = await newDocker(await sharedEngine())
  await buildImage(docker, 'https-source:1', { layers: [1000] })
  await docker.run('save', '--output', path, 'https-source:1')
}
