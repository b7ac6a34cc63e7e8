import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { after, before as beforeAll, describe, test } from 'node:test'
import packageJson from '../../package.json' with { type: 'json' }
import { answer, createApi } from '../../scripts/admin/api.ts'
import { rotateSecret, type SecretState } from '../../scripts/admin/secret/rotation.ts'
import { Login } from '../../scripts/admin/user-login.ts'
import { secretOnCloudflare } from '../../scripts/deploy/secret.ts'
import { root } from '../../scripts/local/build.ts'
import type { Migration } from '../../scripts/local/migrate.ts'
import { startCloudflare, type Cloudflare } from './support/cloudflare.ts'
import { databaseAfter, migrations, objectsOf } from './support/migrated-database.ts'
import { start, type Outcome } from './support/run.ts'

const configuration = `wrangler.e2e-${process.pid}.json`

describe('npm run deploy', () => {
  let cloudflare: Cloudflare
  let first: Outcome

  const deploy = async (...args: string[]): Promise<Outcome> => {
    const running = await start(
      process.execPath,
      [join(root, 'scripts/deploy/main.ts'), '--config', configuration, ...args],
      {
        cwd: root,
        env: { ...cloudflare.environment },
        // A deployment on a busy machine takes longer than programs may here.
        server: true,
      },
    )
    return running.outcome
  }

  /** Deploys with the command `breakwater deploy`, which takes the same options. */
  const deployAsCommand = (): Promise<Outcome> =>
    start(
      process.execPath,
      [join(root, 'scripts/admin/breakwater.mjs'), 'deploy', '--config', configuration, '--url', cloudflare.url],
      { cwd: root, env: { ...cloudflare.environment }, server: true },
    ).then(({ outcome }) => outcome)

  beforeAll(async () => {
    cloudflare = await startCloudflare()
    first = await deploy('--url', cloudflare.url, '--var', 'PULL_LOG_SECONDS=7', '--domain', 'registry.example.com')
  })

  after(async () => {
    rmSync(join(root, configuration), { force: true })
    await cloudflare.close()
  })

  test('makes bucket, database and secrets from nothing, and is ready when it says so', () => {
    assert.equal(first.exitCode, 0, first.output)
    assert.deepEqual([...cloudflare.buckets], ['breakwater', 'breakwater-backups'])
    assert.deepEqual(
      [...cloudflare.databases.values()].map(({ name }) => name),
      ['breakwater', 'breakwater-drill'],
    )
    assert.deepEqual([...cloudflare.secrets.keys()].sort(), ['BREAKWATER_ADMIN_PASSWORD', 'REGISTRY_SECRET'])
    assert.ok((cloudflare.secrets.get('REGISTRY_SECRET') ?? '').length >= 32)
    const ready = first.stdout.indexOf('Breakwater is ready at')
    assert.ok(ready > first.stdout.indexOf('Waiting until'), first.output)
    assert.ok(first.stdout.indexOf('docker login 127.0.0.1') > ready)
    // Another configuration would be another registry.
    assert.match(first.stdout, new RegExp(`Upgrade with: .* && npm run deploy -- --config ${configuration}$`, 'm'))
  })

  const refused = {
    'a variable that cannot be used': ['REPLICA_COUNT=2', /^REPLICA_COUNT must be 1, 3, 5 or 7, not "2"/],
    'a variable that does not exist': ['REPLICAS=3', /^there is no variable REPLICAS: --var sets PULL_LOG_SECONDS/],
    'a secret among the variables': ['REGISTRY_SECRET=x', /^REGISTRY_SECRET is a secret, which --var would leave/],
    'a bucket of backups without its key': [
      'BACKUP_S3_BUCKET=elsewhere',
      /^BACKUP_S3_ENDPOINT and BACKUP_S3_REGION and BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY must be set beside BACKUP_S3_BUCKET/,
    ],
  } as const

  for (const [what, [variable, sentence]] of Object.entries(refused)) {
    test(`refuses ${what} before it makes anything`, async () => {
      const uploads = cloudflare.uploads()
      const { exitCode, output } = await deploy('--url', cloudflare.url, '--var', variable)
      assert.equal(exitCode, 1, output)
      assert.match(output, sentence)
      assert.equal(cloudflare.uploads(), uploads)
    })
  }

  test('prints the password of the administrator once, and the secret never', () => {
    const password = cloudflare.secrets.get('BREAKWATER_ADMIN_PASSWORD') ?? 'none'
    assert.equal(first.stdout.split(password).length, 2, first.output)
    assert.ok(!first.output.includes(cloudflare.secrets.get('REGISTRY_SECRET') ?? 'none'))
  })

  test('leaves the files that git tracks as they are', () => {
    const changed = execFileSync('git', ['status', '--porcelain', 'wrangler.toml'], { cwd: root, encoding: 'utf8' })
    assert.equal(changed, '')
    const ignored = execFileSync('git', ['check-ignore', configuration], { cwd: root, encoding: 'utf8' })
    assert.equal(ignored.trim(), configuration)
  })

  test('run again, it changes no secret, applies nothing, and remembers what it was told', async () => {
    const secrets = new Map(cloudflare.secrets)
    const second = await deployAsCommand()
    assert.equal(second.exitCode, 0, second.output)
    assert.match(
      second.stdout,
      /Bucket breakwater: found\nBucket breakwater-backups: found\nDatabase breakwater: found\nDatabase breakwater-drill: found\nMigrations: none pending/,
    )
    assert.deepEqual(new Map(cloudflare.secrets), secrets)
    assert.equal(cloudflare.databases.size, 2)
    const kept = readFileSync(join(root, configuration), 'utf8')
    assert.match(kept, /"PULL_LOG_SECONDS": "7"/)
    assert.match(kept, /"pattern": "registry.example.com"/)
  })

  test('goes on where a migration was applied in part', async () => {
    const [database] = cloudflare.databases.values()
    const last = migrations.findLast(({ statements }: Migration) =>
      statements.some((statement) => statement.startsWith('CREATE')),
    )
    assert.ok(database !== undefined && last !== undefined)
    const before = migrations.slice(0, migrations.indexOf(last))
    // As it is after a crash in the middle: all before it, half of it, and no note of it.
    database.sqlite.exec(`${dropAll(database.sqlite)}\n${before.flatMap(({ statements }) => statements).join('\n')}`)
    database.sqlite.exec(last.statements.slice(0, Math.ceil(last.statements.length / 2)).join('\n'))
    database.sqlite.exec(`DELETE FROM d1_migrations WHERE name >= '${last.name}'`)
    const again = await deploy('--url', cloudflare.url)
    assert.equal(again.exitCode, 0, again.output)
    assert.match(again.stdout, new RegExp(`Migrations: ${last.name}`))
    assert.deepEqual(objectsOf(database.sqlite), objectsOf(databaseAfter(migrations)))
  })

  test('says what to do when wrangler is not logged in, and when an option is wrong', async () => {
    const wrong = await deploy('--location', 'mars')
    assert.deepEqual([wrong.exitCode, /--location takes weur/.test(wrong.output)], [1, true], wrong.output)
    const help = await deploy('--help')
    assert.deepEqual([help.exitCode, /usage: npm run deploy/.test(help.stdout)], [0, true])
    assert.ok(existsSync(join(root, configuration)))
  })
})

describe('breakwater setup and secret rotate', () => {
  const own = configuration.replace('.json', '-setup.json')
  let cloudflare: Cloudflare
  let keys: Readonly<Record<string, string>> = {}

  const breakwater = (...args: string[]): Promise<Outcome> =>
    start(process.execPath, [join(root, 'scripts/admin/breakwater.mjs'), ...args, '--config', own], {
      cwd: root,
      env: { ...cloudflare.environment, BREAKWATER_URL: cloudflare.url, BREAKWATER_PASSWORD: 'any', ...keys },
      server: true,
    }).then(({ outcome }) => outcome)

  beforeAll(async () => {
    cloudflare = await startCloudflare()
  })

  after(async () => {
    rmSync(join(root, own), { force: true })
    await cloudflare.close()
  })

  test('a dry run says what would be made, and makes nothing', async () => {
    const { exitCode, stdout, output } = await breakwater('setup', '--dry-run')
    assert.equal(exitCode, 0, output)
    assert.match(stdout, /Bucket breakwater-backups: would be made\nDatabase breakwater: would be made/)
    assert.match(stdout, /Secret REGISTRY_SECRET: would be made/)
    assert.deepEqual([cloudflare.buckets.size, cloudflare.databases.size, cloudflare.secrets.size], [0, 0, 0])
    assert.ok(!existsSync(join(root, own)))
  })

  test('what broke off is completed by the next call, which makes nothing twice', async () => {
    cloudflare.failOnce('/d1/database')
    const broken = await breakwater('setup')
    assert.equal(broken.exitCode, 1, broken.output)
    assert.deepEqual([cloudflare.buckets.size, cloudflare.databases.size], [2, 0])
    const again = await breakwater('setup')
    assert.equal(again.exitCode, 0, again.output)
    assert.match(again.stdout, /Bucket breakwater: found\n.*\nDatabase breakwater: made\n/)
    assert.deepEqual([...cloudflare.secrets.keys()].sort(), ['BREAKWATER_ADMIN_PASSWORD', 'REGISTRY_SECRET'])
    assert.match(again.stdout, new RegExp(`password  ${cloudflare.secrets.get('BREAKWATER_ADMIN_PASSWORD') ?? '-'}`))
    assert.ok(!again.output.includes(cloudflare.secrets.get('REGISTRY_SECRET') ?? '-'))
    assert.equal(cloudflare.uploads(), 0)
  })

  test('the key of a bucket of another provider comes from the environment, and is in no file', async () => {
    const [id, secret] = ['BACKUP_S3_ACCESS_KEY_ID', 'BACKUP_S3_SECRET_ACCESS_KEY'] as const
    const variables = [
      'BACKUP_S3_ENDPOINT=https://s3.example.com',
      'BACKUP_S3_BUCKET=elsewhere',
      'BACKUP_S3_REGION=auto',
    ]
    keys = { [id]: 'a-key', [secret]: 'first+secret' }
    const first = await breakwater('setup', ...variables.flatMap((one) => ['--var', one]))
    assert.equal(first.exitCode, 0, first.output)
    assert.match(first.stdout, /Secrets: set BACKUP_S3_ACCESS_KEY_ID, BACKUP_S3_SECRET_ACCESS_KEY/)
    assert.ok(!`${first.output}${readFileSync(join(root, own), 'utf8')}`.includes('first+secret'))
    // The next call remembers the variables, and replaces what it is given.
    keys = { [secret]: 'second+secret' }
    const second = await breakwater('setup')
    assert.equal(second.exitCode, 0, second.output)
    assert.deepEqual([cloudflare.secrets.get(id), cloudflare.secrets.get(secret)], ['a-key', 'second+secret'])
    keys = {}
  })

  test('the secret is renamed and replaced in one upload, and the old one goes when nothing needs it', async () => {
    // As after a deployment, which takes a minute.
    const registry = [...cloudflare.databases.values()].find(({ name }) => name === 'breakwater')
    assert.ok(registry !== undefined)
    registry.sqlite.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)')
    for (const { name } of migrations) registry.sqlite.exec(`INSERT INTO d1_migrations (name) VALUES ('${name}')`)
    const old = cloudflare.secrets.get('REGISTRY_SECRET')
    Object.assign(process.env, cloudflare.environment)
    const rotate = (atOnce: boolean, look = lookAt(cloudflare.url)): Promise<boolean> =>
      rotateSecret({
        place: { ...secretOnCloudflare(own, packageJson.version), settledMilliseconds: 0 },
        look,
        atOnce,
        clock: Date.now,
        pause: () => Promise.resolve(),
        show: () => undefined,
        say: () => undefined,
      })
    cloudflare.failOnce('/scripts/breakwater')
    await assert.rejects(rotate(false))
    assert.deepEqual([cloudflare.secrets.get('REGISTRY_SECRET'), cloudflare.secrets.size], [old, 4])
    assert.equal(await rotate(false), false)
    const fresh = cloudflare.secrets.get('REGISTRY_SECRET')
    assert.ok(fresh !== undefined && fresh !== old && fresh.length >= 32)
    assert.equal(cloudflare.secrets.get('REGISTRY_SECRET_PREVIOUS'), old)
    assert.match(readFileSync(join(root, own), 'utf8'), /"REGISTRY_SECRET_SINCE": "20/)
    assert.ok(!readFileSync(join(root, own), 'utf8').includes(fresh))
    cloudflare.failOnce('/secrets-bulk')
    await assert.rejects(rotate(true))
    assert.equal(await rotate(true), true)
    assert.deepEqual(
      [cloudflare.secrets.get('REGISTRY_SECRET'), cloudflare.secrets.has('REGISTRY_SECRET_PREVIOUS')],
      [fresh, false],
    )
    assert.ok(!readFileSync(join(root, own), 'utf8').includes('REGISTRY_SECRET_SINCE'))
    const other = secretOnCloudflare(own, '0.0.0')
    await assert.rejects(other.begin(Date.now()), /the registry runs 0\.0\.0 and this clone is .*: deploy first/)
    assert.deepEqual(cloudflare.unknown, [])
  })
})

function lookAt(url: string): () => Promise<SecretState> {
  const api = createApi(url, new Login('admin', 'stand-in', 'any'))
  return async () => (await answer(api.GET('/api/v0/admin/installation'))).secret
}

const dropAll = (database: DatabaseSync): string =>
  [
    'PRAGMA foreign_keys = OFF;',
    ...objectsOf(database)
      .filter(({ type }) => type === 'table')
      .map(({ name }) => `DROP TABLE "${name}";`),
  ].join('\n')
