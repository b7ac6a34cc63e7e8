import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFile, readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import initialize from '@phi-ag/argon2/node'
import * as z from 'zod'
import { digestOf } from '../../scripts/client/digest.ts'
import { hashParameters } from '../../src/auth/password-parameters.ts'
import { parseAccountName } from '../../src/names.ts'
import { groups } from '../../scripts/admin/groups.ts'
import { programOf } from '../../scripts/admin/program.ts'
import { recoverOnCloudflare } from '../../scripts/admin/recovery/remote.ts'
import { request, send } from '../../scripts/client/registry.ts'
import { recoveryStatements } from '../../scripts/admin/recovery/statements.ts'
import { get } from './support/content.ts'
import { newFolder } from './support/folders.ts'
import { freePort } from './support/ports.ts'
import { newRegistry, startRegistry, type Registry } from './support/registry.ts'
import { attempt, run, start, type Outcome } from './support/run.ts'
import { admin, alice, bob, type User } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'scripts/admin/breakwater.mjs')

interface CallOptions {
  readonly as?: User
  readonly input?: string
}

/** Keeps the profiles of the person who runs the tests out of them. */
const noProfiles = { XDG_CONFIG_HOME: await newFolder('no-profiles') }

/** What a person has in the environment. */
const environment = ({ host }: Registry, { name, password }: User): Record<string, string> => ({
  ...noProfiles,
  BREAKWATER_URL: `http://${host}`,
  BREAKWATER_USER: name,
  BREAKWATER_PASSWORD: password,
})

/** Calls the command. Its arguments are split at spaces, but for those that are given one by one. */
function call(registry: Registry, args: string | readonly string[], options: CallOptions = {}): Promise<Outcome> {
  const words = typeof args === 'string' ? args.split(' ') : args
  return attempt(process.execPath, [script, ...words], {
    cwd: root,
    env: environment(registry, options.as ?? admin),
    input: options.input ?? '',
  })
}

/** @returns what it prints, when it ends well */
async function tell(registry: Registry, args: string | readonly string[], options?: CallOptions): Promise<string> {
  const { exitCode, stdout, output } = await call(registry, args, options)
  assert.equal(exitCode, 0, output)
  return stdout
}

/** @returns all it says, when it is refused */
async function refused(
  registry: Registry,
  args: string | readonly string[],
  exitCode: 1 | 2,
  options?: CallOptions,
): Promise<string> {
  const outcome = await call(registry, args, options)
  assert.equal(outcome.exitCode, exitCode, outcome.output)
  assert.equal(outcome.stdout, '')
  return outcome.output
}

/** An image of a config alone, for several tags. */
async function pushImage(registry: Registry, user: User, name: string, tags: readonly string[]): Promise<void> {
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }),
  )
  const digest = digestOf(config)
  const origin = `http://${registry.host}`
  const started = await request(origin, 'POST', `/v2/${name}/blobs/uploads/`, { user })
  const place = new URL(started.headers.get('location') ?? '', origin)
  place.searchParams.set('digest', digest)
  await request(origin, 'PUT', place, { user, body: config })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: [],
  })
  for (const tag of tags) {
    const headers = { 'content-type': mediaType }
    await request(origin, 'PUT', `/v2/${name}/manifests/${tag}`, { user, headers, body: manifest })
  }
}

/** Splits what is typed at spaces outside of quotes, as a shell does. */
const wordsOf = (typed: string): string[] =>
  Array.from(typed.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => quoted ?? word ?? '')

/** Parses a call without running it. */
async function assertParses(words: readonly string[]): Promise<void> {
  let parsed = false
  const program = programOf(groups, '0.0.0', () => {
    parsed = true
    return Promise.resolve()
  })
  await program.parseAsync(words, { from: 'user' })
  assert.ok(parsed, words.join(' '))
}

/** Whether a user can log in, by the distribution API. */
async function canLogIn(registry: Registry, user: User): Promise<boolean> {
  return (await get(registry, '/v2/', user)).ok
}

describe('The admin command', () => {
  let registry: Registry

  before(async () => {
    registry = await newRegistry()
  })

  test('help lists all commands, through npm and npx as a user calls it', async () => {
    for (const [program, ...words] of [
      ['npm', 'run', '--silent', 'admin', '--', 'help'],
      ['npx', 'breakwater', 'help'],
    ] as const) {
      const all = await run(program, words, { cwd: root })
      for (const name of ['user', 'grant', 'events', 'recover']) assert.match(all, new RegExp(`^  ${name} `, 'm'))
    }
  })

  test('help of every command says what it does, shows its options and an example that can be typed', async () => {
    const edit = await tell(registry, 'help user edit')
    assert.match(edit, /^Usage: breakwater user edit \[options] <NAME>$/m)
    assert.match(edit, /--no-admin +revoke administrator rights/)
    assert.match(edit, /Example:\n {2}breakwater user edit bob --admin\n/)
    for (const example of groups.flatMap((group) => ('commands' in group ? group.commands : [group]))) {
      await assertParses(wordsOf(example.example))
    }
  })

  for (const name of ['administration', 'operations']) {
    test(`every command of docs/${name}.md can be called so`, async () => {
      const written = await readFile(join(root, `docs/${name}.md`), 'utf8')
      // A long call goes on in the next line.
      const page = written.replaceAll(/ \\\n +/g, ' ')
      const lines = [...page.matchAll(/^(?:npx )?breakwater (?!help)(.+?)(?: {2,}#.*| < .*)?$/gm)]
      // In the text stand calls, and names of commands alone, which need arguments.
      const inTables = [...page.matchAll(/^\|.*?`breakwater ([^`]+)`/gm)]
      const calls = [...lines, ...inTables].map(([, typed = '']) => typed)
      assert.ok(calls.length > (name === 'operations' ? 15 : 40))
      for (const typed of calls) await assertParses(wordsOf(typed))
    })
  }

  test('status shows the registry on one screen, and as JSON, and ends with 1 where there is none', async () => {
    const screen = await tell(registry, 'status')
    for (const line of [
      /^health: +healthy$/m,
      /^replicas: +3 of 3 healthy/m,
      /^read-only: +no$/m,
      /^newest backup: /m,
    ]) {
      assert.match(screen, line)
    }
    const found = z
      .object({
        healthy: z.literal(true),
        installation: z.object({ version: z.string() }),
        replicas: z.object({ hasMajority: z.literal(true) }),
        gc: z.object({ crons: z.array(z.unknown()) }),
        backups: z.object({ newest: z.unknown() }),
        unknown: z.tuple([]),
      })
      .safeParse(JSON.parse(await tell(registry, 'status --json')))
    assert.ok(found.success, String(found.error))
    const nowhere = await call({ ...registry, host: `127.0.0.1:${await freePort()}` }, 'status')
    assert.equal(nowhere.exitCode, 1)
    assert.match(nowhere.stdout, /^health: +NOT REACHABLE: /m)
    const stranger = await call(registry, 'status', { as: alice })
    assert.equal(stranger.exitCode, 1)
    assert.match(stranger.stdout, /^health: +healthy$[^]*alerts is not known: /m)
  })

  test('wrong usage ends with 2 and shows the usage of that command', async () => {
    const missing = await refused(registry, 'user create', 2)
    assert.match(missing, /missing required argument 'NAME'\nUsage: breakwater user create \[options] <NAME>/)
    assert.match(await refused(registry, 'user show alice bob', 2), /too many arguments.*\nUsage: .* user show/)
    assert.match(await refused(registry, 'org list --owner', 2), /unknown option '--owner'.*\nUsage: .* org list/)
    assert.match(await refused(registry, 'user show ..', 2), /"\.\." is not a name\nUsage: .* user show/)
    assert.match(await refused(registry, 'user fly', 2), /unknown command 'fly'/)
    assert.match(await refused(registry, 'help fly', 2), /unknown command 'fly'/)
    assert.match(await refused(registry, 'help user fly', 2), /unknown command 'fly'/)
    assert.match(await refused(registry, 'tag list a/b --limit many', 2), /--limit many is not a whole number/)
    assert.match(await refused(registry, 'tag list a/b --limit 0', 2), /--limit must be 1 or more/)
    assert.match(await refused(registry, [], 2), /^Usage: breakwater/)
  })

  test('the bundle works where there is nothing but Node, and the recovery says that it does not', async () => {
    const folder = await newFolder('copied-command')
    const copy = join(folder, 'breakwater.mjs')
    await copyFile(join(root, 'dist/breakwater.mjs'), copy)
    const alone = (...words: readonly string[]): Promise<Outcome> =>
      attempt(process.execPath, [copy, ...words], { cwd: folder, env: environment(registry, admin) })
    assert.match((await alone('user', 'list')).stdout, /^alice /m)
    const recovery = await alone('recover', '--generate')
    assert.equal(recovery.exitCode, 1)
    assert.match(recovery.output, /works in a clone of Breakwater only/)
  })

  test('bash completes the names of commands, choices and options', async () => {
    const completion = await tell(registry, 'completion bash')
    const complete = async (...words: readonly string[]): Promise<string[]> => {
      const typed = words.map((word) => `'${word}'`).join(' ')
      const pressTab = `COMP_WORDS=(breakwater ${typed}); COMP_CWORD=${words.length}; _breakwater; echo "\${COMPREPLY[*]}"`
      return (await run('bash', ['-c', `${completion}\n${pressTab}`])).trim().split(' ')
    }
    assert.deepEqual(await complete('re'), ['readonly', 'recover', 'replica', 'repository'])
    assert.deepEqual(await complete('--json', 'user', 'de'), ['deactivate', 'delete'])
    assert.deepEqual(await complete('--url', 'http://tag', 'user', 'de'), ['deactivate', 'delete'])
    assert.deepEqual(await complete('tag', 'list', '--limit', ''), [''])
    assert.deepEqual(await complete('grant', 'set', 'acme', 'dev', 'read-'), ['read-only', 'read-write'])
    assert.deepEqual(await complete('user', 'edit', 'bob', '--no'), ['--no-admin'])
    // The names of earlier releases are not offered, and are completed.
    assert.deepEqual(await complete('read-only', 'o'), ['on', 'off'])
    assert.deepEqual(await complete('gc', 'start', '--d'), ['--dry-run'])
    assert.deepEqual(await complete('secret', 'rotate', '--at'), ['--at-once'])
    assert.deepEqual(await complete('help', 'gc', 's'), ['status', 'stop', 'schedule'])
  })

  test('a user is made with the password of the standard input, which then logs in', async () => {
    const carol = { name: 'carol', password: 'a long enough password' }
    const made = await tell(registry, ['user', 'create', 'carol', '--password-stdin', '--full-name', 'Carol C'], {
      input: `${carol.password}\n`,
    })
    assert.equal(made, 'Created the user carol.\n')
    assert.ok(await canLogIn(registry, carol))
    assert.match(await tell(registry, 'user list'), /^carol +Carol C +no +yes$/m)
  })

  test('a password that is generated is printed once and logs in', async () => {
    const made = await tell(registry, 'user create dave --generate --admin --json')
    const { password } = z.object({ password: z.string() }).parse(JSON.parse(made))
    assert.ok(await canLogIn(registry, { name: 'dave', password }))
    assert.match(await tell(registry, 'user list --admins'), /^dave /m)
    assert.match(await tell(registry, 'user edit dave --no-admin'), /dave was changed/)
    assert.doesNotMatch(await tell(registry, 'user list --admins'), /^dave /m)
    assert.equal(await tell(registry, 'user delete dave --yes'), 'Deleted the user dave.\n')
    assert.match(await refused(registry, 'user show dave', 1), /"dave".*\(NO_SUCH_ACCOUNT\)/)
  })

  test('a password without a terminal to ask at is refused before anything is sent', async () => {
    assert.match(await refused(registry, 'user create erin', 2), /no terminal.*--password-stdin or --generate/)
    const stranger = await call(registry, 'user list', { as: { ...admin, password: '' } })
    assert.equal(stranger.exitCode, 1)
    assert.match(stranger.output, /set BREAKWATER_PASSWORD/)
  })

  test('a refusal is told in the sentence and the code of the API', async () => {
    const taken = await refused(registry, 'user create alice --generate', 1)
    assert.equal(taken, 'there is already an account "alice": choose another name (ACCOUNT_EXISTS)\n')
    assert.match(await refused(registry, 'user list', 1, { as: alice }), /alice may not .*\(NOT_AUTHORIZED\)/)
    const wrong = { ...admin, password: 'a guess' }
    assert.match(await refused(registry, 'user list', 1, { as: wrong }), /wrong username or password/)
  })

  test('a deactivated user cannot log in until activated again', async () => {
    await tell(registry, 'user deactivate bob')
    assert.equal(await canLogIn(registry, bob), false)
    assert.match(await tell(registry, 'user list --inactive'), /^bob /m)
    await tell(registry, 'user activate bob')
    assert.equal(await canLogIn(registry, bob), true)
  })

  test('a password is changed by the user with the old one, and by an administrator without', async () => {
    const [second, third] = [
      { ...bob, password: 'the second of bob' },
      { ...bob, password: 'the third of bob' },
    ]
    await tell(registry, 'user password bob --password-stdin', { as: bob, input: second.password })
    assert.deepEqual([await canLogIn(registry, bob), await canLogIn(registry, second)], [false, true])
    await tell(registry, 'user password bob --password-stdin', { input: third.password })
    assert.deepEqual([await canLogIn(registry, second), await canLogIn(registry, third)], [false, true])
    await tell(registry, 'user password bob --password-stdin', { input: bob.password })
  })

  test('an organization, its members, teams and grants are made, listed and taken away', async () => {
    await tell(registry, ['org', 'create', 'acme', '--full-name', 'Acme Corporation'])
    assert.match(await tell(registry, 'org list'), /^acme +Acme Corporation +0 +0$/m)
    assert.match(await tell(registry, 'member add acme alice --owner'), /alice is an owner of acme/)
    // From here on the owner does it.
    const as = alice
    await tell(registry, ['team', 'create', 'acme', 'dev', '--description', 'they build it'], { as })
    assert.match(await tell(registry, 'team add acme dev bob --team-admin', { as }), /bob is an administrator/)
    assert.match(await tell(registry, 'team list acme', { as }), /^dev +1 +they build it$/m)
    assert.match(await tell(registry, 'team members acme dev', { as }), /^bob .* yes +yes$/m)
    assert.match(await tell(registry, 'member list acme', { as }), /^alice .* yes +yes\nbob .* no +yes$/m)
    assert.match(await tell(registry, 'user show alice'), /organizations: +acme \(owner\)/)
    assert.match(await tell(registry, 'org show acme', { as }), /members: +2\nteams: +1/)

    await tell(registry, 'repository create acme/backend/api', { as })
    await tell(registry, 'grant set acme dev read-only', { as })
    await tell(registry, 'grant set acme dev read-write --repository backend/api', { as })
    assert.match(await tell(registry, 'grant list acme', { as }), /^dev +read-only$/m)
    assert.match(await tell(registry, 'grant list acme --repository backend/api', { as }), /^dev +read-write$/m)
    assert.match(await tell(registry, 'grant list acme --team dev', { as }), /^acme\/backend\/api +read-write$/m)
    assert.match(await tell(registry, 'repository list', { as: bob }), /^acme\/backend\/api /m)
    await tell(registry, 'grant remove acme dev', { as })
    await tell(registry, 'grant remove acme dev --repository backend/api', { as })
    assert.doesNotMatch(await tell(registry, 'repository list', { as: bob }), /acme/)
    assert.match(await refused(registry, 'grant set acme dev everything', 2, { as }), /read-only, read-write, admin/)

    await tell(registry, 'team remove acme dev bob', { as })
    await tell(registry, 'team delete acme dev --yes', { as })
    await tell(registry, 'member remove acme bob', { as })
    assert.doesNotMatch(await tell(registry, 'member list acme', { as }), /^bob /m)
    assert.match(
      await refused(registry, 'org delete acme --yes', 1),
      /--with-repositories \(ACCOUNT_HAS_REPOSITORIES\)/,
    )
    await tell(registry, 'org delete acme --yes --with-repositories')
    assert.match(await refused(registry, 'org show acme', 1), /NO_SUCH_ACCOUNT/)
  })

  test('users and organizations are not taken for each other', async () => {
    await tell(registry, 'org create guild')
    assert.match(await refused(registry, 'user delete guild --yes', 1), /guild is an organization/)
    assert.match(await refused(registry, 'org delete alice --yes', 1), /alice is a user/)
  })

  test('a repository is made, edited, shown and deleted by its owner', async () => {
    const as = alice
    await tell(registry, ['repository', 'create', 'alice/deep/app', '--public', '--description', 'an app'], { as })
    await tell(registry, 'repository edit alice/deep/app --private --immutable-tags --tag-limit 7', { as })
    const shown = await tell(registry, 'repository show alice/deep/app --json', { as })
    const { visibility, immutableTags, tagLimit, shortDescription } = JSON.parse(shown) as Record<string, unknown>
    assert.deepEqual([visibility, immutableTags, tagLimit, shortDescription], ['private', true, 7, 'an app'])
    assert.match(await tell(registry, 'repository show alice/deep/app', { as }), /tag limit: +7/)
    assert.match(await refused(registry, 'repository edit alice/deep/app --public --private', 2, { as }), /exclude/)
    assert.match(await refused(registry, 'repository show alice', 2, { as }), /NAMESPACE\/NAME/)
    await tell(registry, 'repository delete alice/deep/app --yes', { as })
    assert.match(await refused(registry, 'repository show alice/deep/app', 1, { as }), /NO_SUCH_REPOSITORY/)
  })

  test('tags are listed, shown and deleted, and shown with their repository', async () => {
    const as = alice
    await pushImage(registry, as, 'alice/tagged', ['v1', 'v2'])
    const list = await tell(registry, 'tag list alice/tagged', { as })
    assert.match(list, /^TAG +DIGEST +PUSHED +BY +SIGNED BY\nv1 +sha256:[0-9a-f]{64} +\d{4}-\S+ +alice +-\nv2 /)
    assert.match(await tell(registry, 'tag list alice/tagged --limit 1', { as }), /^v1 [^\n]*\n$/m)
    const shown = await tell(registry, 'tag show alice/tagged:v1', { as })
    assert.match(shown, /^v1 +linux\/amd64 +\d+ +sha256:/m)
    const whole = await tell(registry, 'repository show alice/tagged', { as })
    assert.match(whole, /^visibility: .*\n\nTAG .*\nv1 +sha256:.*\nv2 /ms)
    const { tags } = z
      .object({ tags: z.array(z.object({ name: z.string() })) })
      .parse(JSON.parse(await tell(registry, 'repository show alice/tagged --json', { as })))
    assert.deepEqual(
      tags.map(({ name }) => name),
      ['v1', 'v2'],
    )
    assert.match(await refused(registry, 'tag delete alice/tagged:v1', 2, { as }), /say --yes/)
    assert.equal(await tell(registry, 'tag delete alice/tagged:v1 --yes', { as }), 'Deleted the tag alice/tagged:v1.\n')
    assert.match(await refused(registry, 'tag show alice/tagged:v1', 1, { as }), /NO_SUCH_TAG/)
    assert.match(await refused(registry, 'tag show alice/tagged', 2, { as }), /write NAMESPACE\/NAME:TAG/)
    for (const tag of Array.from({ length: 20 }, (_, at) => `t${at}`)) {
      await pushImage(registry, as, 'alice/tagged', [tag])
    }
    assert.match(
      await tell(registry, 'repository show alice/tagged', { as }),
      /"tag list alice\/tagged" shows all\.\n$/,
    )
  })

  test('what was typed wrong gets a hint', async () => {
    assert.match(await refused(registry, 'repositry list', 2), /Did you mean repository\?/)
    assert.match(await refused(registry, 'repository lits', 2), /Did you mean list\?/)
    assert.match(await refused(registry, 'user list --inactiv', 2), /Did you mean --inactive\?/)
    assert.match(await refused(registry, 'job stop x', 2), /unknown command 'stop'/)
    const unreachable = { ...registry, host: `127.0.0.1:${await freePort()}` }
    assert.match(await refused(unreachable, 'user list', 1), /nothing listens there; is the registry running/)
  })

  test('a repository of a grant may be named with its organization, and only with that', async () => {
    await tell(registry, 'org create works')
    await tell(registry, 'team create works dev')
    await tell(registry, 'repository create works/app')
    for (const name of ['app', 'works/app']) {
      const given = await tell(registry, `grant set works dev read-write --repository ${name}`)
      assert.equal(given, 'The team dev has read-write access to works/app.\n')
      assert.match(await tell(registry, `grant list works --repository ${name}`), /^dev +read-write$/m)
    }
  })

  test('a pruning policy is shown in the words of the options, opposites and days among them', async () => {
    const as = alice
    await tell(registry, 'repository create alice/pruned', { as })
    const typed = '--tag-is-not latest --tag-begins-not release-,v --older-than 30d'
    const made = await tell(registry, `pruning add alice/pruned ${typed}`, { as })
    assert.ok(made.includes(`of alice/pruned: ${typed}.`), made)
    assert.ok((await tell(registry, 'pruning list alice/pruned', { as })).includes(typed))
    assert.equal(await tell(registry, `pruning test alice/pruned ${typed}`, { as }), 'It would delete no tag.\n')
    const hint = await refused(registry, ['pruning', 'add', 'alice/pruned', '--tag-is-not', 'release-*'], 1, { as })
    assert.match(hint, /no tag can be "release-\*": patterns are not supported/)
  })

  test('who locks themselves out is asked first', async () => {
    await tell(registry, ['user', 'create', 'grace', '--password-stdin', '--admin'], { input: 'a password of grace\n' })
    const as = { name: 'grace', password: 'a password of grace' }
    assert.match(await refused(registry, 'user deactivate grace', 2, { as }), /Locking yourself \(grace\) out/)
    assert.ok(await canLogIn(registry, as))
    await tell(registry, 'user deactivate grace --yes', { as })
    assert.ok(!(await canLogIn(registry, as)))
  })

  test('a job that is over cannot be stopped', async () => {
    await tell(registry, 'gc start --dry-run --wait')
    const jobs = z.array(z.object({ id: z.string() })).parse(JSON.parse(await tell(registry, 'job list --json')))
    assert.match(
      await refused(registry, `job cancel ${jobs[0]?.id ?? ''}`, 1),
      /is over \(done\): there is nothing to stop/,
    )
  })

  test('a schedule may have the five fields of cron', async () => {
    assert.match(
      await tell(registry, ['gc', 'schedule', '30 1 * * 6']),
      /^Garbage is collected at "30 1 \* \* 6".*T01:30:00/,
    )
    await tell(registry, 'gc schedule never')
  })

  test('npm start tells how it is called, and what is wrong with its state folder', async () => {
    const startIt = (...args: readonly string[]) =>
      attempt(process.execPath, [join(root, 'scripts/start.ts'), ...args], { cwd: root })
    const help = await startIt('--help')
    assert.equal(help.exitCode, 0, help.output)
    assert.match(help.stdout, /usage: npm start -- .*--port NUMBER .*BREAKWATER_ADMIN_PASSWORD/s)
    const file = join(root, 'package.json')
    for (const state of [file, join(file, 'state')]) {
      const refusedStart = await startIt('--state', state, '--port', String(await freePort()))
      assert.equal(refusedStart.exitCode, 1)
      assert.match(
        refusedStart.output,
        /^cannot write to the state folder .*package\.json.*choose another one with --state/,
      )
    }
  })

  test('npm start says what to do about an address that it cannot have', async () => {
    const state = await newFolder('address')
    const advice = {
      // One for documentation (RFC 5737), which no machine has.
      '192.0.2.1': /^cannot serve on 192\.0\.2\.1:\d+: this machine does not have the address: .*--host/,
      'registry.invalid': /^cannot serve on registry\.invalid:\d+: the name is not known here: .*--host/,
    }
    for (const [host, sentence] of Object.entries(advice)) {
      const args = ['--state', state, '--host', host, '--port', String(await freePort())]
      const outcome = await attempt(process.execPath, [join(root, 'scripts/start.ts'), ...args], { cwd: root })
      assert.equal(outcome.exitCode, 1, outcome.output)
      assert.match(outcome.output, sentence)
    }
  })

  test('a deletion without a terminal needs --yes', async () => {
    await tell(registry, 'repository create alice/kept', { as: alice })
    assert.match(await refused(registry, 'repository delete alice/kept', 2, { as: alice }), /say --yes/)
    assert.match(await tell(registry, 'repository list alice', { as: alice }), /^alice\/kept /m)
  })

  test('an access token is made, logs in in the place of the password, and is switched off and deleted', async () => {
    const made = await tell(registry, 'token create laptop --for alice --json')
    const { token, hashedToken } = z.object({ token: z.string(), hashedToken: z.string() }).parse(JSON.parse(made))
    const as = { ...alice, password: token }
    assert.match(await tell(registry, 'token list', { as }), /^[0-9a-f]{12} +laptop +yes .* admin +\S/m)
    const another = await refused(registry, 'token create another', 1, { as })
    assert.match(
      another,
      /alice may not create access tokens with an access token.*log in with the password.*PASSWORD_NEEDED/,
    )
    await tell(registry, 'token deactivate laptop', { as: alice })
    assert.match(await refused(registry, 'token list', 1, { as }), /NOT_AUTHENTICATED/)
    await tell(registry, ['token', 'activate', hashedToken.slice(0, 12)], { as: alice })
    await tell(registry, 'token delete laptop --yes --for alice')
    assert.equal(await tell(registry, 'token list', { as: alice }), 'There are no access tokens.\n')
    assert.match(await refused(registry, 'token delete laptop --yes', 1, { as: alice }), /no token "laptop"/)
  })

  test('a service account gets a limited token, and logs in no more when it is disabled', async () => {
    await tell(registry, 'org create robots')
    await tell(registry, 'service-account create robots ci')
    const made = await tell(
      registry,
      'service-account token robots ci build --expires 30 --level read-only --namespace robots --json',
    )
    const { token } = z.object({ token: z.string() }).parse(JSON.parse(made))
    const as = { name: 'robot.robots.ci', password: token }
    assert.match(
      await tell(registry, 'service-account tokens robots ci'),
      /^[0-9a-f]{12} +build +yes +read-only +robots\/\*/m,
    )
    await tell(registry, 'repository list robots', { as })
    assert.match(await refused(registry, 'token list', 1, { as }), /NO_SUCH_ACCOUNT/)
    await tell(registry, 'service-account disable robots ci')
    assert.match(await refused(registry, 'repository list robots', 1, { as }), /NOT_AUTHENTICATED/)
    assert.match(await tell(registry, 'service-account list robots'), /^robot\.robots\.ci +no /m)
    await tell(registry, 'service-account delete robots ci --yes')
    assert.equal(await tell(registry, 'service-account list robots'), 'There are no service accounts.\n')
  })

  test('sessions are listed and ended, and their policy is changed', async () => {
    const open = () =>
      send(`http://${registry.host}`, 'POST', '/auth/login', {
        json: { username: 'alice', password: alice.password },
      })
    assert.equal((await open()).status, 200)
    const [, id = ''] = /^([0-9a-f]{12}) /m.exec(await tell(registry, 'session list', { as: alice })) ?? []
    await tell(registry, ['session', 'end', id, '--for', 'alice'])
    assert.equal((await open()).status, 200)
    await tell(registry, 'session end --all', { as: alice })
    assert.equal(await tell(registry, 'session list', { as: alice }), 'There are no sessions.\n')
    assert.match(await tell(registry, 'session policy --lifetime 120'), /^lifetime: +120 minutes$/m)
    assert.match(await tell(registry, 'session policy --lifetime 60'), /^renewal: +in the last 20 minutes$/m)
  })

  test('a setting is shown and changed, and events tell who did it', async () => {
    assert.match(await tell(registry, 'settings show'), /^createRepositoryOnPush: +true$/m)
    await tell(registry, 'settings set createRepositoryOnPush false')
    assert.match(await tell(registry, 'settings show'), /^createRepositoryOnPush: +false$/m)
    await tell(registry, 'settings set createRepositoryOnPush true')
    assert.match(await refused(registry, 'settings set logo cat', 1), /INVALID_SETTINGS/)
    const events = (await tell(registry, 'events --limit 2')).trimEnd().split('\n')
    assert.equal(events.length, 3)
    assert.match(
      events[1] ?? '',
      / admin +UPDATE +settings +createRepositoryOnPush +- +\{"createRepositoryOnPush":true}$/,
    )
    await tell(registry, 'repository create alice/watched', { as: alice })
    assert.match(
      await tell(registry, 'events --repository alice/watched', { as: alice }),
      / alice +CREATE +repository /,
    )
  })

  test('garbage is collected by hand and on a schedule, and its jobs are looked at', async () => {
    assert.match(
      await tell(registry, 'gc start --dry-run --wait'),
      / dry run: .*\n(.*\n)*.* found \d+ objects that a run would/,
    )
    assert.match(await tell(registry, 'gc start --wait'), / the registry is read-only .*\n(.*\n)*.* freed .*\n$/)
    assert.match(await tell(registry, 'gc status'), /\(gc\) is done since .*\nNo collection is scheduled\.\n$/)
    assert.equal(await tell(registry, 'gc stop'), 'No garbage collection runs.\n')

    const daily = await tell(registry, ['gc', 'schedule', '@daily', '--online', '--minutes', '30'])
    assert.match(daily, /^Garbage is collected at "@daily", for 30m, with the registry writable: next at .*T00:00:00/)
    await tell(registry, ['gc', 'schedule', '0 0 1 * * 6'])
    const status = await tell(registry, 'gc status')
    assert.match(status, /at "0 0 1 \* \* 6", until it is done, with the registry read-only/)
    assert.doesNotMatch(status, /@daily/)
    assert.match(await refused(registry, ['gc', 'schedule', '0 0 0 30 2 *'], 1), /it would never fire/)
    await tell(registry, 'gc schedule never')
    assert.match(await tell(registry, 'gc status'), /No collection is scheduled/)

    const jobs = z.array(z.object({ id: z.string(), action: z.string(), status: z.string() }))
    const [last] = jobs.parse(JSON.parse(await tell(registry, 'job list --action gc --limit 1 --json')))
    assert.ok(last !== undefined)
    assert.match(await tell(registry, `job show ${last.id}`), /^status: +done$/m)
    assert.match(await tell(registry, `job logs ${last.id}`), / freed .*$/m)
    assert.match(await refused(registry, `job cancel ${last.id}`, 1), /is over \(done\)/)
    await tell(registry, `job delete ${last.id} --yes`)
    assert.match(await refused(registry, `job show ${last.id}`, 1), /NO_SUCH_JOB/)
    assert.match(await refused(registry, 'gc start', 1, { as: alice }), /NOT_AUTHORIZED/)
  })

  test('a listing has what all pages have', async () => {
    const names = Array.from({ length: 104 }, (_, index) => `many-${String(index).padStart(3, '0')}`)
    for (const name of names) {
      await request(`http://${registry.host}`, 'POST', '/api/v0/repositories/bob', { user: bob, json: { name } })
    }
    const listed = z.array(z.object({ name: z.string() }))
    const found = listed.parse(JSON.parse(await tell(registry, 'repository list bob --json', { as: bob })))
    assert.deepEqual(
      found.map(({ name }) => name),
      names,
    )
  })

  test('what others wrote cannot steer the terminal', async () => {
    const steering = ['user', 'edit', 'carol', '--full-name', 'red \u001B[31m \u202E dub']
    assert.match(await refused(registry, steering, 1), /fullName: it has a control character/)
    await tell(registry, ['user', 'edit', 'carol', '--full-name', 'red \u200F dub'])
    assert.match(await tell(registry, 'user list'), /red \uFFFD dub/)
  })

  test('a password does not go over a network in the clear, nor where an answer sends it', async () => {
    assert.match(await refused(registry, 'user list --url http://registry.example', 1), /not encrypted.*--insecure/)
    const inAddress = await refused(registry, 'user list --url https://admin:secret@registry.example', 2)
    assert.match(inAddress, /BREAKWATER_PASSWORD/)
    const elsewhere = createServer((_request, response) =>
      response.writeHead(302, { Location: `http://${registry.host}/` }).end(),
    )
    const port = await freePort()
    elsewhere.listen(port, '127.0.0.1')
    try {
      assert.match(await refused(registry, `user list --url http://127.0.0.1:${port}`, 1), /302.*sends its clients to/)
    } finally {
      elsewhere.close()
    }
  })

  describe('a profile', () => {
    const tokens = z.array(z.object({ tokenLabel: z.string(), hashedToken: z.string() }))
    const tokensOf = async (as: User): Promise<string[]> =>
      tokens.parse(JSON.parse(await tell(registry, 'token list --json', { as }))).map(({ hashedToken }) => hashedToken)

    /** Calls it without a user or a password in the environment, as after `login`. */
    async function inProfile(config: string, words: string, input = ''): Promise<Outcome> {
      const env = { XDG_CONFIG_HOME: config, BREAKWATER_URL: '', BREAKWATER_USER: '', BREAKWATER_PASSWORD: '' }
      return attempt(process.execPath, [script, ...words.split(' ')], { cwd: root, env, input })
    }

    test('keeps a token that commands log in with, in a file of its owner alone, until logout revokes it', async () => {
      const config = await newFolder('profiles')
      const url = `http://${registry.host}`
      const loggedIn = await inProfile(config, `login ${url} --username alice --password-stdin`, `${alice.password}\n`)
      assert.equal(loggedIn.output, `Logged in to ${url} as alice.\n`)

      const folder = join(config, 'breakwater')
      assert.deepEqual(await readdir(folder), ['profiles.json'])
      const file = join(folder, 'profiles.json')
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      const kept = await readFile(file, 'utf8')
      assert.ok(!kept.includes(alice.password))
      const [token = ''] = /bwa_[\w-]+/.exec(kept) ?? []
      assert.equal(await canLogIn(registry, { ...alice, password: token }), true)

      assert.match((await inProfile(config, 'profile list')).stdout, new RegExp(`^${url} +alice +yes$`, 'm'))
      assert.ok(!(await inProfile(config, 'profile list --json')).output.includes(token))
      assert.equal((await inProfile(config, 'repository list')).exitCode, 0)
      const needsPassword = await inProfile(config, 'token create another')
      assert.equal(needsPassword.exitCode, 1)
      assert.match(needsPassword.output, /PASSWORD_NEEDED/)

      const loggedOut = await inProfile(config, 'logout --json')
      assert.deepEqual(JSON.parse(loggedOut.stdout), { message: `Logged out of ${url}.`, url })
      assert.equal(await canLogIn(registry, { ...alice, password: token }), false)
      assert.doesNotMatch(await readFile(file, 'utf8'), /bwa_/)
      assert.match((await inProfile(config, 'logout')).output, /you are not logged in to/)
    })

    test('replaces its token at the next login, and the environment counts more than it does', async () => {
      const config = await newFolder('profiles')
      const log = (user: User): Promise<Outcome> =>
        inProfile(config, `login http://${registry.host} --username ${user.name} --password-stdin`, user.password)
      await log(bob)
      const first = await tokensOf(bob)
      await log(bob)
      const second = await tokensOf(bob)
      assert.deepEqual([first.length, second.length], [1, 1])
      assert.notDeepEqual(first, second)
      const env = { ...environment(registry, admin), XDG_CONFIG_HOME: config }
      const asAdmin = await attempt(process.execPath, [script, 'user', 'list'], { cwd: root, env })
      assert.equal(asAdmin.exitCode, 0, asAdmin.output)
      assert.match((await inProfile(config, 'logout')).output, /^Logged out of/)
      assert.deepEqual(await tokensOf(bob), [])
    })

    test('is not made with a wrong password, nor where others could read the password', async () => {
      const config = await newFolder('profiles')
      const wrong = await inProfile(
        config,
        `login http://${registry.host} --username alice --password-stdin`,
        'a guess',
      )
      assert.equal(wrong.exitCode, 1)
      assert.ok(!wrong.output.includes('a guess'))
      const open = await inProfile(config, 'login http://registry.example --username alice --password-stdin', 'secret')
      assert.match(open.output, /not encrypted/)
      assert.deepEqual(await readdir(config), [])
    })

    test('asks for the password where a token is not enough', async () => {
      const config = await newFolder('profiles')
      await inProfile(config, `login http://${registry.host} --username alice --password-stdin`, alice.password)
      const env = { XDG_CONFIG_HOME: config, BREAKWATER_USER: '', BREAKWATER_PASSWORD: '' }
      const { exitCode, output } = await atTerminal(
        registry,
        alice,
        'token create desktop',
        [[`Password of alice at ${registry.host}:`, alice.password]],
        env,
      )
      assert.equal(exitCode, 0, output)
      assert.match(output, /The token "desktop" is {2}bwa_/)
      await tell(registry, 'token delete desktop --yes', { as: alice })
      assert.match((await inProfile(config, 'logout')).output, /^Logged out of/)
    })
  })

  describe('at a terminal', () => {
    test('the password is asked for and not shown', async () => {
      const { exitCode, output } = await atTerminal(registry, { ...admin, password: '' }, 'user list', [
        [`Password of admin at ${registry.host}:`, admin.password],
      ])
      assert.equal(exitCode, 0, output)
      assert.match(output, /^alice /m)
      assert.ok(!output.includes(admin.password))
    })

    test('a new password is asked for twice', async () => {
      const frank = { name: 'frank', password: 'typed at a terminal' }
      const twice = (second: string): Promise<Outcome> =>
        atTerminal(registry, admin, 'user create frank', [
          ['New password of frank:', frank.password],
          ['Once more:', second],
        ])
      const differs = await twice('typed at the terminal')
      assert.equal(differs.exitCode, 1)
      assert.match(differs.output, /differ/)
      const { exitCode, output } = await twice(frank.password)
      assert.equal(exitCode, 0, output)
      assert.ok(await canLogIn(registry, frank))
    })

    test('a deletion is confirmed by the name alone', async () => {
      await tell(registry, 'repository create alice/doomed', { as: alice })
      const confirm = (answer: string): Promise<Outcome> =>
        atTerminal(registry, alice, 'repository delete alice/doomed', [['Type alice/doomed to confirm:', answer]])
      const unsure = await confirm('y')
      assert.equal(unsure.exitCode, 1)
      assert.match(unsure.output, /nothing was deleted/)
      assert.match(await tell(registry, 'repository list alice', { as: alice }), /^alice\/doomed /m)
      const sure = await confirm('alice/doomed')
      assert.equal(sure.exitCode, 0, sure.output)
      assert.doesNotMatch(await tell(registry, 'repository list alice', { as: alice }), /doomed/)
    })

    test('Ctrl-C ends it with 130', async () => {
      const { exitCode } = await atTerminal(registry, admin, 'user password alice', [['New password', '\u0003']])
      assert.equal(exitCode, 130)
      assert.ok(await canLogIn(registry, alice))
    })
  })
})

describe('The secret of a registry of this machine', () => {
  test('is rotated over restarts, and a call that was killed is repeated', async () => {
    const first = await newRegistry()
    const { state, port } = first
    const [file, previous] = [join(state, 'secret'), join(state, 'secret.previous')]
    const old = await readFile(file, 'utf8')
    const rotate = ['secret', 'rotate', '--state', state]
    const killed = await start(process.execPath, [script, ...rotate], { cwd: root, env: environment(first, admin) })
    await until('the secret to change', 60, async () => (await readFile(file, 'utf8')) !== old)
    killed.child.kill('SIGKILL')
    await killed.outcome
    const fresh = await readFile(file, 'utf8')
    assert.equal(await readFile(previous, 'utf8'), old)
    await first.stop()

    const second = await startRegistry({ state, port })
    assert.match(await tell(second, 'secret show'), /^keys that need the previous: +0$/m)
    const kept = await tell(second, rotate)
    assert.match(kept, /the rotation that was begun before goes on[^]*can go at 20/)
    assert.equal(await readFile(file, 'utf8'), fresh)
    assert.match(await tell(second, [...rotate, '--at-once']), /The rotation is complete\./)
    await assert.rejects(readFile(previous, 'utf8'))
    await second.stop()
  })
})

describe('A lost password', () => {
  const renewed = { name: 'admin', password: 'found again at last' }

  test('is set again on this machine while the registry is stopped, and logs in', async () => {
    const first = await newRegistry()
    const { state, port } = first
    await tell(first, 'user deactivate bob')
    const recover = ['recover', '--local', '--state', state, '--password-stdin']
    assert.match(await refused(first, recover, 1, { input: renewed.password }), /another registry is running/)
    await first.stop()

    assert.match(await refused(first, recover, 1, { input: 'short' }), /8 to 1024 characters/)
    assert.match(await tell(first, recover, { input: renewed.password }), /^admin is an administrator and can log in/)
    // A user who is not an administrator and cannot log in becomes one, and so does an unknown user.
    const restored = { ...bob, password: 'the new one of bob' }
    await tell(first, [...recover, '--user', 'bob'], { input: restored.password })
    const made = await tell(first, ['recover', '--local', '--state', state, '--user', 'root', '--generate', '--json'])
    const { password } = z.object({ password: z.string() }).parse(JSON.parse(made))

    const second = await startRegistry({ state, port })
    assert.equal(await canLogIn(second, renewed), true)
    assert.equal(await canLogIn(second, alice), true)
    for (const user of [renewed, restored, { name: 'root', password }]) {
      assert.match(
        await tell(second, 'user list --admins', { as: user }),
        new RegExp(`^${user.name} +- +yes +yes$`, 'm'),
      )
    }
    assert.match(await tell(second, 'events', { as: renewed }), / - +UPDATE +account +admin .*"password":"changed"/)
    await second.stop()
  })

  test('is not looked for where there is no registry', async () => {
    const state = await newFolder('empty')
    const registry = { host: '127.0.0.1:1' } as Registry
    assert.match(await refused(registry, ['recover', '--local', '--state', state, '--generate'], 1), /no registry in/)
    assert.match(await refused(registry, ['recover', '--state', state, '--generate'], 2), /--state is for --local/)
    assert.match(await refused(registry, 'recover --local --user UPPER --generate', 2), /not the name of a user/)
  })

  test('is set again through wrangler, with statements that the registry’s migrations know', async () => {
    const place = ['--local', '--persist-to', await newFolder('d1')]
    await wrangler('migrations', 'apply', 'DB', ...place)
    const argon2 = await initialize()
    const hash = argon2.hash(renewed.password, hashParameters).encoded
    const statements = recoveryStatements(
      parseAccountName('admin'),
      { passwordHash: hash, endsAccessTokens: false },
      Date.now(),
    )
    await recoverOnCloudflare(statements, place)
    // Now the account is there, has lost what made it useful, and must wait for the passwords that were tried.
    const keys = [
      'account admin',
      'account admin from 192.0.2.1',
      'account admin.two',
      'account admin-two from 192.0.2.1',
    ]
    await query(
      [
        'UPDATE accounts SET is_admin = 0, is_active = 0',
        ...keys.map((key) => `INSERT INTO login_failures VALUES ('${key}', 9, 0)`),
        "INSERT INTO sessions (hash, account_id, expires_at) SELECT 'a hash', id, 9 FROM accounts",
      ],
      place,
    )
    await recoverOnCloudflare(statements, place)
    const [accounts, events, sessions, failures] = await query(
      [
        'SELECT name, password_hash, is_admin, is_active FROM accounts',
        "SELECT count(*) AS count FROM events WHERE object_name = 'admin'",
        'SELECT hash FROM sessions',
        'SELECT key FROM login_failures ORDER BY key',
      ],
      place,
    )
    assert.deepEqual(accounts, [{ name: 'admin', password_hash: hash, is_admin: 1, is_active: 1 }])
    assert.ok(argon2.tryVerify(hash, renewed.password).success)
    assert.deepEqual(events, [{ count: 2 }])
    assert.deepEqual(sessions, [])
    assert.deepEqual(failures, [{ key: 'account admin-two from 192.0.2.1' }, { key: 'account admin.two' }])

    await query(["INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('1', 'acme', 1, 0)"], place)
    const forOrganization = recoveryStatements(
      parseAccountName('acme'),
      { passwordHash: hash, endsAccessTokens: false },
      Date.now(),
    )
    await assert.rejects(recoverOnCloudflare(forOrganization, place), /wrangler failed/)
    const [organizations] = await query(["SELECT is_admin, password_hash FROM accounts WHERE name = 'acme'"], place)
    assert.deepEqual(organizations, [{ is_admin: 0, password_hash: null }])
  })
})

const wrangler = (...args: readonly string[]): Promise<string> =>
  run(process.execPath, [join(root, 'node_modules/wrangler/bin/wrangler.js'), 'd1', ...args], {
    cwd: root,
    env: { CI: 'true', WRANGLER_SEND_METRICS: 'false' },
  })

/** Sends statements in one call of wrangler, as each call takes seconds. @returns the rows of each statement */
async function query(statements: readonly string[], place: readonly string[]): Promise<unknown[][]> {
  const sql = statements.join('; ')
  const answer = z.array(z.object({ results: z.array(z.unknown()) }))
  return answer
    .parse(JSON.parse(await wrangler('execute', 'DB', ...place, '--json', '--command', sql)))
    .map(({ results }) => results)
}

/**
 * Calls the command at a terminal of its own.
 *
 * @param dialogue what is waited for, and what is then typed
 */
function atTerminal(
  registry: Registry,
  user: User,
  args: string,
  dialogue: readonly (readonly [question: string, answer: string])[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', `"${process.execPath}" "${script}" ${args}`, '/dev/null'],
    {
      cwd: root,
      env: { ...process.env, ...environment(registry, user), ...more },
      stdio: 'pipe',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    },
  )
  let output = ''
  const keep = (text: string): void => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  const type = async (): Promise<void> => {
    for (const [question, answer] of dialogue) {
      await until(`"${question}"`, 30, () => output.includes(question) || child.exitCode !== null)
      child.stdin.write(`${answer}\r`)
    }
  }
  return type().then(async () => {
    const exitCode = await ended
    const text = output.replaceAll('\r\n', '\n')
    return { exitCode, stdout: text, output: text }
  })
}
