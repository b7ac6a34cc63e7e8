/**
 * How much the storage can still take. On Cloudflare it has no end and there is nothing to ask; a registry on a machine of
 * its own has a disk, of which its start command tells through the binding DISK. R2's simulator waits in vain when the
 * disk is full, so a body is refused while there is still room for everything else.
 */
import { RegistryError } from '../errors.ts'
import { withinTime } from '../util/timeout.ts'

export interface Disk {
  /** Answers with the number of bytes that are free. */
  readonly fetch: (url: string) => Promise<Response>
}

/** Reserved for deletions, garbage collection and events. */
export const reserveBytes = 64 * 1024 * 1024

const roomFreshMilliseconds = 1000
const diskAnswerMilliseconds = 500

interface Known {
  readonly at: number
  /** What was free then, without what has arrived since. */
  freeBytes: number
}

/** By the binding, of which an isolate has one. */
const known = new WeakMap<Disk, Known>()

/**
 * Returns what a body asks before each of its pieces; undefined where the storage has no end.
 *
 * @param announcedBytes of the whole body, where its sender said it
 */
export function roomForBody(
  disk: Disk | undefined,
  announcedBytes: number | undefined,
): ((arrivedBytes: number) => Promise<void>) | undefined {
  if (disk === undefined) return undefined
  let countedBytes = 0
  /** @throws RegistryError `disk-full` when the rest of the body does not fit */
  return async function requireRoom(arrivedBytes) {
    const space = await lookAt(disk)
    space.freeBytes -= arrivedBytes - countedBytes
    countedBytes = arrivedBytes
    const restBytes = Math.max((announcedBytes ?? 0) - arrivedBytes, 0)
    if (space.freeBytes - restBytes < reserveBytes) throw diskFull(space.freeBytes)
  }
}

/** Whether nothing can be stored any more. */
export async function isFull(disk: Disk | undefined): Promise<boolean> {
  return disk !== undefined && (await lookAt(disk)).freeBytes < reserveBytes
}

async function lookAt(disk: Disk): Promise<Known> {
  const last = known.get(disk)
  if (last !== undefined && Date.now() - last.at < roomFreshMilliseconds) return last
  const next = { at: Date.now(), freeBytes: await ask(disk) }
  known.set(disk, next)
  return next
}

/** The cause is for the operator's log. */
const diskFull = (freeBytes: number): RegistryError =>
  new RegistryError({ kind: 'disk-full' }, { cause: new Error(`${freeBytes} bytes are free on the disk`) })

/** A disk of which nothing is known refuses nothing. */
async function ask(disk: Disk): Promise<number> {
  const answer = async (): Promise<number> => Number(await (await disk.fetch('http://disk/')).text())
  const freeBytes = await withinTime(answer(), diskAnswerMilliseconds).catch(() => Number.NaN)
  return Number.isNaN(freeBytes) ? Number.POSITIVE_INFINITY : freeBytes
}
