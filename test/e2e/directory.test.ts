import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { basic } from '../../scripts/client/credentials.ts'
import { api, attemptApi } from './support/api.ts'
import { newAuthority } from './support/authority.ts'
import { newDocker, type Docker } from './support/docker.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import {
  base,
  reader,
  startDirectory,
  windowsBase,
  windowsReader,
  type Directory,
  type DirectoryOptions,
} from './support/slapd.ts'
import { admin, alice, type User } from './support/users.ts'
import { until } from './support/wait.ts'

const anna: User = { name: 'anna', password: 'password of anna in the directory' }
const ben: User = { name: 'ben', password: 'password of ben in the directory' }
const cleo: User = { name: 'cleo', password: 'password of cleo in the other directory' }

const personOf = ({ name, password }: User): string => `
dn: uid=${name},ou=people,${base}
objectClass: inetOrgPerson
uid: ${name}
cn: ${name} of Acme
sn: ${name}
userPassword: ${password}
`

const groupOf = (name: string, ...members: readonly string[]): string => `
dn: cn=${name},ou=groups,${base}
objectClass: groupOfNames
cn: ${name}
${members.map((member) => `member: uid=${member},ou=people,${base}`).join('\n')}
`

const people = [
  anna,
  ben,
  { name: 'admin', password: 'password of another admin' },
  { name: 'alice', password: 'other' },
]
const content: DirectoryOptions = {
  ldif: [...people.map(personOf), groupOf('staff', 'anna')].join('\n'),
  windowsLdif: `
dn: cn=Cleo Cole,ou=people,${windowsBase}
objectClass: user
cn: Cleo Cole
sn: Cole
sAMAccountName: Cleo
objectGUID:: AAECAwQFBgcICQoLDA0ODw==
userPassword: ${cleo.password}
`,
}

const search = {
  baseDN: `ou=people,${base}`,
  scopeSubtree: true,
  usernameAttr: 'uid',
  fullNameAttr: 'cn',
  filter: '(objectClass=inetOrgPerson)',
}
const windowsSearch = { ...search, baseDN: `ou=people,${windowsBase}`, usernameAttr: 'sAMAccountName', filter: '' }

const settingsFor = ({ url }: Pick<Directory, 'url'>, changes: object = {}) => ({
  serverURL: url,
  readerDN: reader.dn,
  readerPassword: reader.password,
  userSearchConfigs: [search],
  ...changes,
})

const path = '/enzi/v0/config/auth/ldap'

interface Step {
  readonly step: string
  readonly outcome: string
  readonly message: string
}

interface LoginTest {
  readonly isRight: boolean
  readonly steps: readonly Step[]
  readonly accountName?: string
}

describe('A directory of users', () => {
  let directory: Directory
  let registry: Registry
  let docker: Docker

  const store = (settings: object) => api(registry, admin, 'PUT', path, { ...settings })
  const tryLogin = ({ name, password }: User, settings: object): Promise<LoginTest> =>
    api(registry, admin, 'POST', `${path}/test`, { username: name, password, settings }) as Promise<LoginTest>
  const failedStep = async (user: User, settings: object): Promise<Step | undefined> =>
    (await tryLogin(user, settings)).steps.find(({ outcome }) => outcome === 'failed')

  before(async () => {
    const authority = await newAuthority()
    directory = await startDirectory({ ...content, authority })
    const state = await newFolder('state')
    const env = { NODE_EXTRA_CA_CERTS: authority.file }
    registry = await startRegistry({ state, port: await freePort(), password: admin.password, env })
    await api(registry, admin, 'POST', '/enzi/v0/accounts', { ...alice })
    docker = await newDocker(await sharedEngine())
    await store(settingsFor(directory))
  })

  test('docker login takes a user of the directory, who gets an account', async () => {
    const { exitCode, output } = await docker.logIn(registry, anna)
    assert.equal(exitCode, 0, output)
    const account = (await api(registry, admin, 'GET', '/enzi/v0/accounts/anna')) as Record<string, unknown>
    assert.equal(account['isImported'], true)
    assert.equal(account['fullName'], 'anna of Acme')
    const again = await docker.logIn(registry, { ...anna, name: 'Anna' })
    assert.equal(again.exitCode, 0, again.output)
  })

  test('docker login refuses a wrong password, an unknown user and none in the same words', async () => {
    for (const user of [
      { ...anna, password: 'a guess' },
      { ...anna, name: 'zoe' },
    ]) {
      const { exitCode, output } = await docker.logIn(registry, user)
      assert.equal(exitCode, 1)
      assert.match(output, /wrong username or password/)
    }
    assert.equal((await attemptApi(registry, { ...anna, password: '' }, 'GET', '/enzi/v0/accounts/anna')).status, 401)
  })

  test('the password of a local user never reaches the directory', async () => {
    const asked = directory.output().length
    assert.equal((await docker.logIn(registry, alice)).exitCode, 0)
    assert.equal((await docker.logIn(registry, admin)).exitCode, 0)
    assert.equal(directory.output().slice(asked), '')
  })

  test('a name of the directory takes neither a local user nor the administrator over', async () => {
    const [, , another, otherAlice] = people
    assert.ok(another !== undefined && otherAlice !== undefined)
    for (const user of [another, otherAlice]) {
      const { exitCode, output } = await docker.logIn(registry, user)
      assert.equal(exitCode, 1)
      assert.match(output, /cannot be the name of an account/)
    }
  })

  test('what is special in a filter or a distinguished name has no effect in a name', async () => {
    const names = ['*', 'a*', ')(uid=*', 'anna)(uid=*', '*)(|(uid=*', 'anna\u0000', String.raw`\61nna`, `anna,${base}`]
    for (const name of names) {
      const given = { ...anna, name }
      const status = await loginStatus(registry, given, '127.0.9.1')
      assert.equal(status, 401, JSON.stringify(name))
      assert.equal((await failedStep(given, settingsFor(directory)))?.step, 'search', JSON.stringify(name))
    }
  })

  test('Basic on every request is no bind on every request', async () => {
    const asked = directory.output().length
    for (let request = 0; request < 5; request++) {
      assert.equal((await attemptApi(registry, ben, 'GET', '/enzi/v0/accounts/ben')).status, 200)
    }
    const binds =
      directory
        .output()
        .slice(asked)
        .match(/BIND dn="uid=ben,[^"]*" method=128/g) ?? []
    assert.equal(binds.length, 1)
  })

  test('a user whose name changes keeps the account, and another one cannot take its name', async () => {
    const dn = `uid=ben,ou=people,${base}`
    await directory.modify(`dn: ${dn}\nchangetype: modrdn\nnewrdn: uid=benjamin\ndeleteoldrdn: 1\n`)
    await directory.modify(
      personOf({ name: 'ben', password: 'password of the next ben' }).replace('\nobject', '\nchangetype: add\nobject'),
    )
    const renamed = await attemptApi(registry, { ...ben, name: 'benjamin' }, 'GET', '/enzi/v0/accounts/ben')
    assert.equal(renamed.status, 200)
    const next = await docker.logIn(registry, { name: 'ben', password: 'password of the next ben' })
    assert.equal(next.exitCode, 1)
    assert.match(next.output, /another user or an organization has it/)
  })

  test('an account that is deactivated here is refused, with the right password too', async () => {
    await api(registry, admin, 'PATCH', '/enzi/v0/accounts/anna', { isActive: false })
    assert.equal((await docker.logIn(registry, anna)).exitCode, 1)
    await api(registry, admin, 'PATCH', '/enzi/v0/accounts/anna', { isActive: true })
  })

  test('StartTLS and ldaps are taken where the certificate is trusted and names the host', async () => {
    const encrypted = [
      settingsFor(directory, { startTLS: true }),
      settingsFor({ url: directory.secureUrl }),
      settingsFor({ url: directory.url.replace('127.0.0.1', 'localhost') }, { startTLS: true }),
    ]
    for (const settings of encrypted) {
      const tested = await tryLogin(anna, settings)
      assert.ok(tested.isRight, JSON.stringify(tested))
      assert.match(tested.steps.find(({ step }) => step === 'tls')?.message ?? '', /is encrypted/)
    }
    assert.ok(directory.output().includes('TLS established'))
  })

  test('a certificate of another authority, or of another host, is refused', async () => {
    const stranger = await startDirectory(content)
    const misnamed = await startDirectory({
      ...content,
      authority: directory.authority,
      certificateNames: ['DNS:other.test'],
    })
    for (const wrong of [stranger, misnamed]) {
      for (const settings of [settingsFor(wrong, { startTLS: true }), settingsFor({ url: wrong.secureUrl })]) {
        assert.equal((await failedStep(anna, settings))?.step, 'tls')
      }
      assert.doesNotMatch(wrong.output(), /BIND/)
      await wrong.stop()
    }
  })

  test('the test of a login says which step failed', async () => {
    const { readerPassword: _, ...withoutPassword } = settingsFor(directory)
    const refused = await attemptApi(registry, admin, 'POST', `${path}/test`, {
      username: 'anna',
      password: 'x',
      settings: { ...withoutPassword, serverURL: 'ldap://127.0.0.1:1' },
    })
    // The stored password was given for another server.
    assert.equal(refused.status, 400)
    const cases: readonly [step: string, user: User, settings: object][] = [
      ['connect', anna, settingsFor({ url: 'ldap://127.0.0.1:1' })],
      ['connect', anna, settingsFor({ url: 'ldaps://127.0.0.1:1' })],
      ['reader-bind', anna, settingsFor(directory, { readerPassword: 'wrong' })],
      [
        'search',
        anna,
        settingsFor(directory, { userSearchConfigs: [{ ...search, baseDN: 'ou=nowhere,dc=acme,dc=test' }] }),
      ],
      ['search', { ...anna, name: 'zoe' }, settingsFor(directory)],
      [
        'search',
        anna,
        settingsFor(directory, { userSearchConfigs: [{ ...search, usernameAttr: 'objectClass', filter: '' }] }),
      ],
      ['user-bind', { ...anna, password: 'a guess' }, settingsFor(directory)],
      ['user-bind', { ...anna, password: '' }, settingsFor(directory)],
      ['name', people[3] ?? anna, settingsFor(directory)],
    ]
    for (const [step, user, settings] of cases) {
      assert.equal((await failedStep(user, settings))?.step, step, `${step} for ${user.name}`)
    }
    const several = await failedStep(
      { ...anna, name: 'inetOrgPerson' },
      settingsFor(directory, {
        userSearchConfigs: [{ ...search, usernameAttr: 'objectClass', filter: '' }],
      }),
    )
    assert.match(several?.message ?? '', /several users/)
    assert.ok((await tryLogin(anna, withoutPassword)).isRight)
  })

  test('the command stores and shows settings, and tests a login', async () => {
    const file = join(await newFolder('settings'), 'ldap.json')
    await writeFile(file, JSON.stringify(settingsFor(directory)))
    const run = (...args: readonly string[]) =>
      attempt(process.execPath, ['scripts/admin/main.ts', 'identity', 'ldap', ...args], {
        env: {
          BREAKWATER_URL: `http://${registry.host}`,
          BREAKWATER_USER: admin.name,
          BREAKWATER_PASSWORD: admin.password,
          BREAKWATER_LDAP_TEST_PASSWORD: anna.password,
        },
      })
    const stored = await run('set', file)
    assert.equal(stored.exitCode, 0, stored.output)
    const shown = await run('show')
    assert.ok(!shown.output.includes(reader.password))
    assert.match(shown.output, /"readerDN"/)
    const tested = await run('test', 'anna')
    assert.equal(tested.exitCode, 0, tested.output)
    assert.match(tested.output, /user-bind +done/)
    const failed = await run('test', 'zoe')
    assert.equal(failed.exitCode, 1)
    assert.match(failed.output, /search +failed/)
  })

  test('only members of a group are users, where a search demands it', async () => {
    const group = { matchGroup: true, matchGroupDN: `cn=staff,ou=groups,${base}`, matchGroupMemberAttr: 'member' }
    for (const matchGroupIterate of [false, true]) {
      const settings = settingsFor(directory, { userSearchConfigs: [{ ...search, ...group, matchGroupIterate }] })
      assert.ok((await tryLogin(anna, settings)).isRight)
      const outsider = await failedStep({ name: 'benjamin', password: ben.password }, settings)
      assert.match(outsider?.message ?? '', /not in its group/)
    }
  })

  test('users of two domains log in, each at the server of the domain', async () => {
    await store(
      settingsFor(directory, {
        userSearchConfigs: [search, windowsSearch],
        additionalDomains: [
          {
            domain: windowsBase,
            serverURL: directory.secureUrl,
            readerDN: windowsReader.dn,
            readerPassword: windowsReader.password,
          },
        ],
      }),
    )
    for (const user of [anna, cleo]) {
      const { exitCode, output } = await docker.logIn(registry, user)
      assert.equal(exitCode, 0, output)
    }
    await store(settingsFor(directory))
  })

  test('a directory that is down is told as such, and the administrator logs in', async () => {
    await directory.stop()
    try {
      const { exitCode, output } = await docker.logIn(registry, { ...anna, password: 'not remembered' })
      assert.equal(exitCode, 1)
      assert.match(output, /the directory of users cannot be asked now/)
      const asked = await attemptApi(registry, { ...ben, password: 'nor this' }, 'GET', '/enzi/v0/accounts/ben')
      assert.equal(asked.status, 503)
      assert.equal((await docker.logIn(registry, admin)).exitCode, 0)
    } finally {
      await directory.restart()
    }
    await until(
      'the directory to be asked again',
      15,
      async () => (await loginStatus(registry, anna, '127.0.9.2')) === 200,
    )
  })

  test('a directory that hangs costs seconds, and the administrator none', async () => {
    directory.hang()
    try {
      const begin = Date.now()
      assert.equal(await loginStatus(registry, { ...anna, password: 'not remembered either' }, '127.0.9.3'), 429)
      assert.ok(Date.now() - begin < 25_000)
      assert.equal(await loginStatus(registry, admin, '127.0.9.3'), 200)
      // The next one does not wait again.
      const next = Date.now()
      assert.equal(await loginStatus(registry, { ...anna, password: 'nor this' }, '127.0.9.3'), 429)
      assert.ok(Date.now() - next < 3000)
    } finally {
      directory.wake()
    }
  })

  test('a server that sends nonsense or without end is refused within bounds', async () => {
    const endless = await serveBytes(Buffer.alloc(1 << 20, 0x30))
    const web = await serveBytes(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
    for (const port of [endless, web]) {
      const step = await failedStep(anna, settingsFor({ url: `ldap://127.0.0.1:${port}` }))
      assert.equal(step?.step, 'reader-bind')
      assert.match(step.message, /does not speak LDAP|sends more/)
    }
  })

  test(
    'known and unknown names take the same time, local ones and those of the directory',
    { timeout: 900_000 },
    async (context) => {
      await until(
        'the directory to be asked again',
        15,
        async () => (await loginStatus(registry, cleo, '127.0.9.4')) === 401,
      )
      const kinds = { local: 'alice', directory: 'anna', unknown: 'zoe-the-unknown' }
      const ratios = await timeRatios(registry, kinds)
      context.diagnostic(JSON.stringify(ratios))
      for (const [kind, ratio] of Object.entries(ratios)) {
        assert.ok(Math.abs(ratio - 1) < 0.05, `${kind}: ${JSON.stringify(ratios)}`)
      }
    },
  )
})

/** A server that sends the same bytes to every client, again and again. @returns its port */
async function serveBytes(bytes: Buffer): Promise<number> {
  const server = createServer((socket) => {
    const send = (): void => {
      if (!socket.destroyed) socket.write(bytes, () => setImmediate(send))
    }
    socket.on('error', () => socket.destroy())
    send()
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  atEnd(async () => void server.close())
  return port
}

/** Asks for a registry token from an address of loopback of its own. @returns the status */
const loginStatus = async (registry: Registry, user: User, localAddress: string): Promise<number> =>
  (await timedLogin(registry, user, localAddress)).status

function timedLogin(
  { port, host }: Registry,
  user: User,
  localAddress: string,
): Promise<{ readonly status: number; readonly milliseconds: number }> {
  return new Promise((resolve, reject) => {
    const begin = performance.now()
    const options = {
      host: '127.0.0.1',
      port,
      path: `/auth/token?service=${host}`,
      localAddress,
      agent: false,
      headers: { authorization: basic(user) },
    }
    httpRequest(options, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, milliseconds: performance.now() - begin }))
    })
      .on('error', reject)
      .end()
  })
}

/**
 * Compares how long failed logins of kinds of names take. The kinds take turns, in an order that changes with each round, so
 * that what else the machine does slows all of them alike; of each round the logins are compared with the mean of the round,
 * and the median of these ratios tells. Each login has a password and an address of its own, so nothing is remembered, and
 * nothing waits for the throttle.
 */
async function timeRatios<Kind extends string>(
  registry: Registry,
  kinds: Readonly<Record<Kind, string>>,
): Promise<Record<string, number>> {
  const names = Object.entries<string>(kinds)
  const ratios = new Map(names.map(([kind]) => [kind, [] as number[]]))
  const rounds = 300
  for (let round = -10; round < rounds; round++) {
    const turn = names.map((_, at) => names[(at + round + 10) % names.length])
    const times = new Map<string, number>()
    for (const [at, named] of turn.entries()) {
      if (named === undefined) continue
      const [kind, name] = named
      const address = `127.1.${(round + 10) % 250}.${Math.floor((round + 10) / 250) * names.length + at + 1}`
      const user = { name, password: `guess ${round} of ${at}` }
      const { status, milliseconds } = await timedLogin(registry, user, address)
      assert.equal(status, 401)
      times.set(kind, milliseconds)
    }
    const mean = [...times.values()].reduce((sum, time) => sum + time, 0) / times.size
    // The first rounds warm up.
    if (round >= 0) for (const [kind, time] of times) ratios.get(kind)?.push(time / mean)
  }
  return Object.fromEntries([...ratios].map(([kind, each]) => [kind, median(each)]))
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
