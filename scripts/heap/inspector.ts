/** Asks the inspector of the runtime how much memory the Worker's isolate holds. */
import * as z from 'zod'

/** Numbers of bytes: what JavaScript holds, and what its array buffers hold outside of that. */
const heapUsage = z.object({ usedSize: z.number(), backingStorageSize: z.number() })
export type HeapUsage = z.infer<typeof heapUsage>

const answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
})

export interface Inspector {
  readonly heapUsage: () => Promise<HeapUsage>
  /** Collects garbage, so that what is held after it is in use. */
  readonly collectGarbage: () => Promise<void>
  readonly close: () => void
}

export async function openInspector(url: URL): Promise<Inspector> {
  const socket = new WebSocket(url)
  const waiting = new Map<number, (said: z.infer<typeof answer>) => void>()
  socket.addEventListener('message', ({ data }) => {
    const said = answer.safeParse(JSON.parse(String(data)))
    if (said.success) waiting.get(said.data.id)?.(said.data)
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error(`the inspector at ${url.href} does not answer`)))
  })
  let asked = 0
  const ask = async (method: string): Promise<unknown> => {
    const id = ++asked
    const said = await new Promise<z.infer<typeof answer>>((resolve) => {
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method }))
    })
    waiting.delete(id)
    if (said.error !== undefined) throw new Error(`the inspector refuses ${method}: ${said.error.message}`)
    return said.result
  }
  return {
    heapUsage: async () => heapUsage.parse(await ask('Runtime.getHeapUsage')),
    async collectGarbage() {
      await ask('HeapProfiler.collectGarbage')
    },
    close: () => socket.close(),
  }
}
