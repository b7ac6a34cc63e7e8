/**
 * Guards the runtime of a state folder, which Miniflare starts, and starts again when it crashes. Each runtime says which
 * process it is before it touches the data (`runtime.sh`), so that one is known whenever this process is killed; and it
 * holds a pipe open for as long as it lives, so that the data of one that was left behind is never served twice.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import workerd from 'workerd'
import { watchOverFile } from './watch.ts'

const pollMilliseconds = 50
/** The watch of a process that was killed ends its runtime in this time. */
const watchMilliseconds = 3000
const killMilliseconds = 5000

/**
 * Guards each runtime that this process starts from now on. The lock of the folder must be held (`lock.ts`): a runtime
 * that is still there then belongs to no one, and is ended first.
 *
 * @returns what ends the guard, when no runtime is left
 * @throws Error when a runtime holds the data and cannot be ended
 */
export async function guardRuntime(state: string): Promise<() => void> {
  if (process.platform === 'win32') return () => undefined
  const folder = join(state, 'runtime')
  const [hold, pid] = [join(folder, 'hold'), join(folder, 'pid')]
  mkdirSync(folder, { recursive: true })
  await endLeftRuntime(hold, pid)
  makePipe(hold)
  forget(pid)
  process.env['BREAKWATER_GUARD'] = folder
  process.env['BREAKWATER_OWNER'] = String(process.pid)
  process.env['BREAKWATER_WORKERD'] = workerd.default
  process.env['MINIFLARE_WORKERD_PATH'] = join(import.meta.dirname, 'runtime.sh')
  const endWatch = watchOverFile(pid)
  return () => {
    endWatch()
    forget(pid)
  }
}

/** Writes spaces, over which the runtime writes its number. */
const forget = (pid: string): void => writeFileSync(pid, `${' '.repeat(10)}\n`)

/** Makes a named pipe. Without one, as on some file systems, a runtime that was left behind is not noticed. */
function makePipe(path: string): void {
  if (existsSync(path)) return
  try {
    execFileSync('mkfifo', [path], { stdio: 'ignore' })
  } catch {
    console.error(`cannot make the pipe ${path}: a runtime that is left behind there would not be noticed`)
  }
}

async function endLeftRuntime(hold: string, pid: string): Promise<void> {
  if (await isFreeWithin(hold, watchMilliseconds)) return
  kill(Number(readFileSync(pid, 'utf8')))
  if (await isFreeWithin(hold, killMilliseconds)) return
  throw new Error(
    `a runtime that was left behind still has the data: end the process "workerd" that has ${hold} open, and start again`,
  )
}

function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

async function isFreeWithin(hold: string, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds
  while (isHeld(hold)) {
    if (Date.now() > end) return false
    await sleep(pollMilliseconds)
  }
  return true
}

/** Tells whether a process holds a pipe: without a reader it cannot be opened for writing. */
function isHeld(hold: string): boolean {
  try {
    closeSync(openSync(hold, constants.O_WRONLY | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}
