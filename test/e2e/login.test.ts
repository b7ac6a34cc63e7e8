import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { newDocker, type Docker } from './support/docker.ts'
import { newFolder } from './support/folders.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { sharedEngine, sharedRegistry } from './support/shared.ts'
import { newSkopeo } from './support/skopeo.ts'
import { alice } from './support/users.ts'

describe('Logging in', () => {
  let registry: Registry
  let docker: Docker

  before(async () => {
    registry = await sharedRegistry()
    docker = await newDocker(await sharedEngine())
  })

  test('docker login takes the right password', async () => {
    const { exitCode, output } = await docker.logIn(registry, alice)
    assert.equal(exitCode, 0, output)
    assert.match(output, /Login Succeeded/)
  })

  test('docker login refuses a wrong password, and says so', async () => {
    const { exitCode, output } = await docker.logIn(registry, { ...alice, password: 'a guess' })
    assert.equal(exitCode, 1)
    assert.match(output, /wrong username or password/)
  })

  test('docker login refuses an unknown user in the same words', async () => {
    const { exitCode, output } = await docker.logIn(registry, { ...alice, name: 'mallory' })
    assert.equal(exitCode, 1)
    assert.match(output, /wrong username or password/)
  })

  test('docker login tells a guesser to wait, while other users log in', async () => {
    const outputs: string[] = []
    // The first waits are short, and may be over before docker asks again.
    for (let attempt = 0; attempt < 9; attempt++) {
      const { exitCode, output } = await docker.logIn(registry, { name: 'eve', password: `guess ${attempt}` })
      assert.equal(exitCode, 1)
      outputs.push(output)
    }
    assert.match(outputs.join('\n'), /too many failed logins: wait \d+ seconds/)
    assert.equal((await docker.logIn(registry, alice)).exitCode, 0)
  })

  test('the password of the first administrator is made up and shown once', async () => {
    const state = await newFolder('state')
    const first = await startRegistry({ state, port: await freePort() })
    const [, password = ''] = /"admin" with the password {2}(\S+)/.exec(first.output()) ?? []
    const right = await docker.logIn(first, { name: 'admin', password })
    assert.equal(right.exitCode, 0, right.output)
    await first.stop()
    const second = await startRegistry({ state, port: first.port })
    assert.ok(!second.output().includes(password))
    assert.match(second.output(), /recover --local/)
    const again = await docker.logIn(second, { name: 'admin', password })
    assert.equal(again.exitCode, 0, again.output)
    await second.stop()
  })

  test('skopeo login takes the right password and refuses a wrong one', async () => {
    const skopeo = await newSkopeo()
    const right = await skopeo.logIn(registry, alice, '--tls-verify=false')
    assert.equal(right.exitCode, 0, right.output)
    const wrong = await skopeo.logIn(registry, { ...alice, password: 'a guess' }, '--tls-verify=false')
    assert.notEqual(wrong.exitCode, 0)
    assert.match(wrong.output, /username\/password|wrong username or password/)
  })
})
