/**
 * One process for one state folder: two would not see each other's locks and fail each other's writes. A listening
 * socket is the lock, as it cannot be left behind: nobody answers at one whose owner has died.
 */
import { createHash } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @throws Error when another process serves the folder */
export async function lockState(folder: string): Promise<() => void> {
  const name = `breakwater-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name)
  if (await answers(path)) {
    throw new Error(`another registry is running on ${folder}: stop it, or choose another --state`)
  }
  try {
    unlinkSync(path)
  } catch {
    // There was none.
  }
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  server.unref()
  return () => server.close()
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
