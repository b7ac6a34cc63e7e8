/**
 * The memory of a server's runtime while a layer is pushed, which must not depend on the size of the layer. The
 * simulators of R2 and D1 live in the same process, so the registry's figures start from the floor's.
 */
import { randomBytes } from 'node:crypto'
import { pushBlob } from './docker.ts'
import { peakMiB, residentMiB } from './runtime-process.ts'
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

/**
 * Measures the memory of a runtime in MiB: at rest, and at the peaks of a small and a large push.
 *
 * @returns undefined where the kernel does not tell
 */
export async function measureMemory({ client, server }: Site, { largeMiB }: Sizes): Promise<MemoryUse | undefined> {
  const { name, runtime } = server
  if (runtime === undefined) return undefined
  const push = (sizeMiB: number) => pushBlob(client, randomBytes(sizeMiB * MiB))
  await client.freshen()
  await push(smallPushMiB)
  return {
    name,
    restMiB: residentMiB(runtime),
    smallPushMiB: await peakMiB(runtime, () => push(smallPushMiB)),
    largePushMiB: await peakMiB(runtime, () => push(largeMiB)),
  }
}
