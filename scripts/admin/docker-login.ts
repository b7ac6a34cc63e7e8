/** Logs Docker in and out on this machine. The token goes through a pipe: arguments are seen by all users of the machine. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** Runs `docker login`, which keeps the token where Docker keeps passwords. @throws Error with what Docker says */
export async function logDockerIn(host: string, user: string, token: string): Promise<void> {
  const child = spawn('docker', ['login', '--username', user, '--password-stdin', host], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => {
      reject(new Error('docker does not run here: install it, or log in without --docker', { cause: error }))
    })
    child.on('exit', resolve)
  })
  // Docker may end before it has read all: its exit code tells.
  child.stdin.on('error', () => undefined)
  child.stdin.end(token)
  const [code, said] = await Promise.all([exited, text(child.stderr)])
  if (code !== 0) throw new Error(`docker did not log in to ${host}: ${said.trim()}`)
}

/** Runs `docker logout`. What Docker keeps is of no use any more, so a Docker that is gone is no failure. */
export async function logDockerOut(host: string): Promise<void> {
  const child = spawn('docker', ['logout', host], { stdio: 'ignore' })
  await new Promise<void>((resolve) => {
    child.on('error', () => resolve())
    child.on('exit', () => resolve())
  })
}
