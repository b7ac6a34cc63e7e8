/**
 * The kernel's figures about a server's runtime. On Linux only: elsewhere there are none, and nothing depends on them.
 */
import { readFileSync, writeFileSync } from 'node:fs'

export type RuntimePid = number

/** Finds the runtime, a child of the Node process that is the server; undefined where the kernel does not tell. */
export function runtimeOf(serverPid: number): RuntimePid | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const children = readFileSync(`/proc/${serverPid}/task/${serverPid}/children`, 'utf8').trim().split(' ').map(Number)
    return children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'workerd')
  } catch {
    return undefined // Kernels can be built without lists of children.
  }
}

/** The kernel counts in ticks, a hundred of them to the second on every common machine. */
const tickSeconds = 0.01

/**
 * Reads the processor time since the start, in seconds, of user mode and kernel (fields 14 and 15 of proc_pid_stat(5)).
 */
export function cpuSeconds(pid: RuntimePid): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * tickSeconds
}

export function residentMiB(pid: RuntimePid): number {
  return statusMiB(pid, 'VmRSS')
}

/** Measures the peak of resident memory during some work, in MiB. */
export async function peakMiB(pid: RuntimePid, work: () => Promise<unknown>): Promise<number> {
  // Makes the kernel forget the peak so far (proc_pid_clear_refs(5)).
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  await work()
  return statusMiB(pid, 'VmHWM')
}

function statusMiB(pid: RuntimePid, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
}
