/**
 * How much memory a server's runtime takes while a layer is pushed, which must not depend on the size of the layer.
 * The simulators of R2 and D1 live in the same process, so the floor's figures are what the registry's start from.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { pushBlob } from './docker.ts'
import type { Site } from './site.ts'
import { MiB, type Sizes } from './sizes.ts'

export interface MemoryUse {
  readonly name: string
  readonly restMiB: number
  /** The most it had at any time during the push. */
  readonly smallPushMiB: number
  readonly largePushMiB: number
}

export const smallPushMiB = 16

/** @returns undefined where the kernel does not tell */
export async function measureMemory({ client, server }: Site, { largeMiB }: Sizes): Promise<MemoryUse | undefined> {
  if (process.platform !== 'linux') return undefined
  const pid = runtimeOf(server.pid)
  if (pid === undefined) return undefined
  await client.freshen()
  const push = (sizeMiB: number) => pushBlob(client, randomBytes(sizeMiB * MiB))
  await push(smallPushMiB)
  return {
    name: server.name,
    restMiB: statusMiB(pid, 'VmRSS'),
    smallPushMiB: await peakDuring(pid, () => push(smallPushMiB)),
    largePushMiB: await peakDuring(pid, () => push(largeMiB)),
  }
}

async function peakDuring(pid: number, work: () => Promise<unknown>): Promise<number> {
  writeFileSync(`/proc/${pid}/clear_refs`, resetPeak)
  await work()
  return statusMiB(pid, 'VmHWM')
}

/** Makes the kernel forget the highest resident size so far (proc_pid_clear_refs(5)). */
const resetPeak = '5'

function statusMiB(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
}

/** The server is a Node process that has the runtime as a child. */
function runtimeOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  return children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'workerd')
}
