/**
 * `npm start` puts a shell and itself above this process, and passes signals on to the shell at most: a registry that is to
 * end with them has to look.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const lookMilliseconds = 1000

/** Calls back once npm, or the shell that it runs this process in, is gone. Returns what ends the looking. */
export function onEndOfNpm(end: () => void): () => void {
  if (process.env['npm_lifecycle_event'] !== 'start' || process.platform === 'win32') return () => undefined
  const parent = process.ppid
  // Some shells become the last command that they run; above npm is the user's own shell, which may end.
  const npm = shells.test(lookAt(parent).name) ? lookAt(parent).parent : undefined
  const isGone = (): boolean => process.ppid !== parent || (npm !== undefined && lookAt(parent).parent !== npm)
  const timer = setInterval(() => {
    if (isGone()) end()
  }, lookMilliseconds)
  return () => clearInterval(timer)
}

const shells = /(^|[/-])(sh|bash|dash|ash|zsh|ksh)$/

interface Process {
  readonly name: string
  readonly parent: number | undefined
}

function lookAt(pid: number): Process {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
  } catch {
    return { name: '', parent: undefined }
  }
}

/** Reads a process from /proc/PID/stat: pid, (name), state, parent; the name may hold spaces and parentheses. */
function fromProc(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const end = stat.lastIndexOf(')')
  return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) }
}

function fromPs(pid: number): Process {
  const said = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  const [parent, name = ''] = said.split(/\s+/)
  return { name, parent: Number(parent) }
}
