/**
 * One process for one state folder: two would not see each other's locks and fail each other's writes. A listening
 * socket is the lock, as it cannot be left behind: nobody answers at one whose owner has died.
 */
import { createHash } from 'node:crypto'
import { realpathSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @throws Error when another process serves the folder */
export async function lockState(folder: string): Promise<() => void> {
  const path = socketPath(realpathSync(folder))
  const unlock = (await listen(path)) ?? (await takeOver(path))
  if (unlock === undefined) {
    throw new Error(`another registry is running on ${folder}: stop it, or choose another --state`)
  }
  return unlock
}

/** In the folder itself; the name of a socket has 100 characters or so, and a longer one goes to the folder for such. */
function socketPath(folder: string): string {
  const own = join(folder, 'lock.sock')
  const name = `breakwater-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return own.length <= 100 ? own : join(tmpdir(), `${name}.sock`)
}

/** A socket that nobody answers at was left by a process that was killed. */
async function takeOver(path: string): Promise<(() => void) | undefined> {
  if (await answers(path)) return undefined
  rmSync(path, { force: true })
  return listen(path)
}

/** @returns what ends it, undefined when the path is taken */
function listen(path: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(path, () => {
      server.unref()
      resolve(() => server.close())
    })
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
