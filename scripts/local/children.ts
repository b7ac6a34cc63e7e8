/** Which processes this one has started, without relying on `ps`, which small images lack. */
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Child {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** The runtime is a child process that nobody names to us, so it is found by its name. */
export function runtimePids(): number[] {
  const processes = process.platform === 'linux' ? processesFromProc() : processesFromPs()
  return processes
    .filter(({ parent, command }) => parent === process.pid && command.includes('workerd'))
    .map(({ pid }) => pid)
}

/**
 * Starts a process that ends the given ones when this one is gone, however it went.
 *
 * @returns ends the watch: the number of a process that has ended may be another one's by then
 */
export function watchOver(pids: readonly number[]): () => void {
  const watchdog = join(import.meta.dirname, 'watchdog.ts')
  const child = spawn(process.execPath, [watchdog, ...pids.map(String)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  // An open pipe would keep this process alive; its end is what the watchdog waits for.
  if (child.stdin !== null && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return () => child.kill('SIGKILL')
}

/** Fields of /proc/PID/stat: pid, (command), state, parent; the command may hold spaces and parentheses. */
function processesFromProc(): Child[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const end = stat.lastIndexOf(')')
        const parent = Number(stat.slice(end + 2).split(' ')[1])
        return [{ pid: Number(name), parent, command: stat.slice(stat.indexOf('(') + 1, end) }]
      } catch {
        return [] // It ended while we were looking.
      }
    })
}

function processesFromPs(): Child[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
    })
}
