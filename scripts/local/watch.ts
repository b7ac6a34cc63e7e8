/**
 * Ends processes that this one leaves behind when it is killed and cannot. The watch is a shell, which takes a megabyte;
 * it learns of the end of this process when the pipe to it closes, and heeds no signal that is meant for all at once.
 */
import { spawn } from 'node:child_process'

const untilTheEnd = `trap '' HUP INT QUIT TERM; while read -r _; do :; done`

/** Watches over one process. Returns what ends the watch: the number of a process that has ended may be given again. */
export const watchOver = (pid: number | undefined): (() => void) => watch('kill -9 "$1"', String(pid ?? ''))

/** Watches over a process that leads a group, and over the group. Returns what ends the watch. */
export const watchOverGroup = (leader: number | undefined): (() => void) => watch('kill -9 "-$1"', String(leader ?? ''))

/** Watches over the process whose number is in the file by the time. Returns what ends the watch. */
export const watchOverFile = (path: string): (() => void) => watch('read -r pid <"$1" && kill -9 "$pid"', path)

function watch(end: string, argument: string): () => void {
  if (process.platform === 'win32') return () => undefined
  const child = spawn('/bin/sh', ['-c', `${untilTheEnd}; ${end}`, 'watch', argument], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  // An open pipe would keep this process alive.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return () => child.kill('SIGKILL')
}
