/** The folder of a registry on this machine: who may have it, and what its data must look like to be served. */
import assert from 'node:assert/strict'
import { chmod, cp, lstat, mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { markAccounts, refuseDamage, writeBack } from '../../scripts/local/data-files.ts'
import { replaceFile, secretMode } from '../../scripts/local/replace-file.ts'
import { prepareStateFolder } from '../../scripts/local/state-folder.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { childrenNamed, isRunning } from './support/proc.ts'
import { endServer, start, type Running } from './support/run.ts'
import { until } from './support/wait.ts'

const local = join(import.meta.dirname, '../../scripts/local')

describe('The data of a state folder', () => {
  const d1 = 'data/d1/miniflare-D1DatabaseObject/database.sqlite'
  const r2 = 'data/r2/miniflare-R2BucketObject/bucket.sqlite'
  const object = 'data/r2/breakwater/blobs/object'

  interface Data {
    readonly accounts: number
    readonly segments: number
    readonly objects: number
    /** What lies in the file of the one object. */
    readonly bytes: string
  }
  const healthy: Data = { accounts: 1, segments: 1, objects: 1, bytes: 'bytes of a layer' }

  async function stateWith({ accounts, segments, objects, bytes }: Data): Promise<string> {
    const state = await newFolder('state')
    for (const path of [d1, r2, object]) await mkdir(join(state, path, '..'), { recursive: true })
    write(join(state, d1), [
      'CREATE TABLE accounts (is_organization INTEGER)',
      'CREATE TABLE segments (blob_digest TEXT)',
      ...Array<string>(accounts).fill('INSERT INTO accounts VALUES (0)'),
      ...Array<string>(segments).fill("INSERT INTO segments VALUES ('sha256:1')"),
    ])
    write(join(state, r2), [
      'CREATE TABLE _mf_objects (key TEXT)',
      ...Array<string>(objects).fill("INSERT INTO _mf_objects VALUES ('segments/1')"),
    ])
    if (bytes !== '') await writeFile(join(state, object), bytes)
    return state
  }

  function write(path: string, statements: readonly string[]): void {
    const file = new DatabaseSync(path)
    for (const statement of ['PRAGMA journal_mode = WAL', ...statements]) file.exec(statement)
    file.close()
  }

  for (const [name, data] of Object.entries<Data>({
    'with accounts and images': healthy,
    'with accounts alone': { accounts: 1, segments: 0, objects: 0, bytes: '' },
    'of a first start that was killed, after a replica had tried out R2,': {
      accounts: 0,
      segments: 0,
      objects: 0,
      bytes: 'probe',
    },
    'of a first push that was killed': { accounts: 1, segments: 0, objects: 0, bytes: 'bytes of a layer' },
  })) {
    test(`data ${name} is served`, async () => {
      refuseDamage(await stateWith(data))
    })
  }

  test('a folder without data is served', async () => {
    refuseDamage(await newFolder('state'))
  })

  for (const [name, refusal, damage] of [
    ['whose database has no account', /database .* is lost.*backup/, { accounts: 0, segments: 0 }],
    ['whose objects lost their names', /names .* are lost.*backup/, { objects: 0 }],
  ] as const) {
    test(`images ${name} are refused`, async () => {
      const state = await stateWith({ ...healthy, ...damage })
      assert.throws(() => refuseDamage(state), refusal)
    })
  }

  test('images whose database is gone are refused, also when the names of their objects are gone too', async () => {
    const state = await stateWith(healthy)
    await rm(join(state, d1))
    assert.throws(() => refuseDamage(state), /database .* is lost/)
    await rm(join(state, r2))
    assert.throws(() => refuseDamage(state), /database .* is lost/)
  })

  test('accounts of a backup that was restored for proof do not stand for those of the registry', async () => {
    const state = await stateWith(healthy)
    const drill = '12b56b49d1f18095102e2d9ae1505be1915e0107b80f6ddd7d655b9aaaeee382.sqlite'
    await cp(join(state, d1), join(state, d1, '..', drill))
    refuseDamage(state)
    await rm(join(state, d1))
    assert.throws(() => refuseDamage(state), /database .* is lost/)
  })

  for (const path of [d1, r2]) {
    test(`a damaged ${path} is refused by its name`, async () => {
      const state = await stateWith(healthy)
      await writeFile(join(state, path), 'this was a database once '.repeat(200))
      assert.throws(() => refuseDamage(state), new RegExp(`${path} cannot be read.*backup`))
    })
  }

  test('a page that was damaged deep in a file is refused', async () => {
    const state = await stateWith(healthy)
    const path = join(state, d1)
    write(path, ['CREATE TABLE events (text TEXT)', "INSERT INTO events VALUES ('hello')"])
    refuseDamage(state)
    const pageBytes = 4096
    const lastPage = (await stat(path)).size - pageBytes
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(pageBytes, 'damage'), 0, pageBytes, lastPage)
    await file.close()
    assert.throws(() => refuseDamage(state), new RegExp(`${d1} cannot be read.*backup`))
  })

  test('a database that had accounts and has none is refused, also when no image was pushed', async () => {
    const state = await stateWith({ accounts: 1, segments: 0, objects: 0, bytes: '' })
    markAccounts(state)
    refuseDamage(state)
    await rm(join(state, d1))
    assert.throws(() => refuseDamage(state), /database .* is lost: it had accounts.*backup/)
  })

  test('a file that was written back is whole without its log', async () => {
    const [state, copy] = [await newFolder('state'), await newFolder('state')]
    await mkdir(join(state, d1, '..'), { recursive: true })
    // Killed before the log was written back, as the runtime is.
    const change = `import { DatabaseSync } from 'node:sqlite'
      const file = new DatabaseSync(process.argv[1])
      file.exec('PRAGMA journal_mode = WAL; CREATE TABLE accounts (name TEXT)')
      process.kill(process.pid, 'SIGKILL')`
    await (
      await start(process.execPath, ['--input-type=module', '--eval', change, join(state, d1)])
    ).outcome
    writeBack(state)
    await cp(join(state, d1), join(copy, 'database.sqlite'))
    const file = new DatabaseSync(join(copy, 'database.sqlite'))
    assert.deepEqual(file.prepare('SELECT name FROM accounts').all(), [])
    file.close()
  })
})

describe('Making a state folder', () => {
  test('makes the folders above it, for their owner alone', async () => {
    const folder = join(await newFolder('state'), 'above/state')
    await prepareStateFolder(folder)
    await prepareStateFolder(folder)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  // In a process of its own, which can be ended when it does not end by itself.
  test('refuses with a sentence where no folder can be made', async () => {
    for (const [folder, why] of [
      ['/proc/breakwater', 'no folder can be made there'],
      ['/proc/version/breakwater', 'a part of its path is a file'],
      ['/proc/version', 'it is a file'],
    ]) {
      const script = await startScript(`import { prepareStateFolder } from '${local}/state-folder.ts'
        await prepareStateFolder('${folder}').catch((error) => console.log(error.message))`)
      await until('the refusal', 20, () => script.output().includes(`${folder} (${why}): choose another one`))
    }
  })
})

describe('The lock of a state folder', () => {
  /** Holds the lock until it is killed, or says why it cannot. */
  const locker = (state: string): Promise<Running> =>
    startScript(`import { lockState } from '${local}/lock.ts'
      try { lockState(${JSON.stringify(state)}) } catch (error) { console.log(error.message); process.exit(1) }
      console.log('locked')
      setInterval(() => undefined, 1000)`)

  test('one of two that start at once has it, and the other one refuses with a sentence', async () => {
    const state = await newFolder('state')
    const both = await Promise.all([locker(state), locker(state)])
    await until('both to have tried', 20, () => both.every((one) => one.output().includes('\n')))
    const said = both.map((one) => one.output()).sort()
    assert.deepEqual(said, [
      `another registry is running on ${state}: stop it, or choose another --state\n`,
      'locked\n',
    ])
  })

  test('a process that was killed has it no longer', async () => {
    const state = await newFolder('state')
    const first = await locker(state)
    await until('the lock', 20, () => first.output() === 'locked\n')
    first.child.kill('SIGKILL')
    await first.outcome
    const second = await locker(state)
    await until('the lock', 20, () => second.output() === 'locked\n')
  })
})

describe('The guard of a runtime', () => {
  /** Starts a runtime that does nothing, as Miniflare does, and another one after it was killed. */
  const owner = (state: string): Promise<Running> =>
    startScript(`import { spawn } from 'node:child_process'
      import { guardRuntime } from '${local}/guard.ts'
      await guardRuntime(${JSON.stringify(state)})
      process.env.BREAKWATER_WORKERD = 'sleep'
      const run = () => spawn(process.env.MINIFLARE_WORKERD_PATH, ['600']).once('exit', run)
      run()
      console.log('guarded')`)

  async function runtimeOf({ pid }: Running): Promise<number> {
    let found: number | undefined
    await until('the runtime', 20, async () => {
      ;[found] = await childrenNamed(pid, 'sleep')
      return found !== undefined
    })
    return found ?? 0
  }
  const isGone = async (pid: number): Promise<boolean> => !(await isRunning(pid))

  test('a runtime that was started again ends when its owner is killed', async () => {
    const killed = await owner(await newFolder('state'))
    const first = await runtimeOf(killed)
    process.kill(first, 'SIGKILL')
    await until('the runtime to end', 5, () => isGone(first))
    const second = await runtimeOf(killed)
    killed.child.kill('SIGKILL')
    await until('the second runtime to end', 5, () => isGone(second))
  })

  test('a runtime heeds no Ctrl-C and no end of its terminal, which reach its owner too', async () => {
    const running = await owner(await newFolder('state'))
    const runtime = await runtimeOf(running)
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.kill(runtime, signal)
    await sleep(300)
    assert.equal(await isRunning(runtime), true)
  })

  test('a runtime whose owner died just before ends by itself', async () => {
    const state = await newFolder('state')
    const dead = await startScript('process.exit(0)')
    await dead.outcome
    await mkdir(join(state, 'runtime'))
    const env = { BREAKWATER_GUARD: join(state, 'runtime'), BREAKWATER_OWNER: String(dead.pid) }
    const late = await start(join(local, 'runtime.sh'), ['600'], { env: { ...env, BREAKWATER_WORKERD: 'sleep' } })
    assert.equal((await late.outcome).exitCode, 1)
  })

  test('a runtime that was left behind, as its watch was killed too, is ended by the next start', async () => {
    const state = await newFolder('state')
    const killed = await owner(state)
    const runtime = await runtimeOf(killed)
    const [watch] = await childrenNamed(killed.pid, 'sh')
    assert.ok(watch !== undefined)
    process.kill(watch, 'SIGKILL')
    killed.child.kill('SIGKILL')
    await killed.outcome.catch(() => undefined)
    assert.equal(await isRunning(runtime), true)
    const next = await owner(state)
    await until('the next guard', 20, () => next.output().includes('guarded'))
    assert.equal(await isRunning(runtime), false)
  })
})

async function startScript(source: string): Promise<Running> {
  const script = await start(process.execPath, ['--input-type=module', '--eval', source], { server: true })
  atEnd(() => endServer(script))
  return script
}

describe('A file that is replaced', () => {
  test('keeps who may read it and the link to it, and a new one is for all but where it is secret', async () => {
    const folder = await newFolder('replaced')
    const [file, link, secret] = [join(folder, 'file'), join(folder, 'link'), join(folder, 'secret')]
    replaceFile(file, 'one')
    assert.equal((await stat(file)).mode & 0o777, 0o644)
    await chmod(file, 0o600)
    await symlink(file, link)
    replaceFile(link, 'two')
    assert.deepEqual([await readFile(file, 'utf8'), (await lstat(link)).isSymbolicLink()], ['two', true])
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    replaceFile(secret, 'three', secretMode)
    assert.equal((await stat(secret)).mode & 0o777, 0o600)
    assert.deepEqual((await readdir(folder)).sort(), ['file', 'link', 'secret'])
  })
})
