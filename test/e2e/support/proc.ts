/** Processes as Linux shows them under /proc. */
import { readdir, readFile, writeFile } from 'node:fs/promises'

interface ProcessFacts {
  readonly name: string
  readonly state: string
  readonly parent: number
}

/** A process that ended but was not waited for yet is gone as well. */
export async function isRunning(pid: number): Promise<boolean> {
  const facts = await factsOf(pid)
  return facts !== undefined && facts.state !== 'Z'
}

export async function childrenNamed(parent: number, name: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const facts = await Promise.all(pids.map(async (pid) => ({ pid, facts: await factsOf(pid) })))
  return facts.filter((found) => found.facts?.parent === parent && found.facts.name === name).map(({ pid }) => pid)
}

/** From here on, `peakMemoryBytes` tells the peak since now. */
export async function resetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** The most memory that was resident at any one time. */
export async function peakMemoryBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** /proc/PID/stat: pid, (name), state, parent; the name may hold spaces and parentheses. */
async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  const end = stat.lastIndexOf(')')
  const [state = '', parent = ''] = stat.slice(end + 2).split(' ')
  return { name: stat.slice(stat.indexOf('(') + 1, end), state, parent: Number(parent) }
}
