/**
 * Checks whether a body fits on the disk. On Cloudflare storage is unlimited. On a machine of its own, the start
 * command tells the free space of the disk through the binding DISK. R2's simulator hangs when the disk is full, so
 * bodies are refused while there is still room for everything else.
 */
import { RegistryError } from '../errors.ts'
import { withinTime } from '../util/timeout.ts'

export interface Disk {
  /** Answers with the number of free bytes. */
  readonly fetch: (url: string) => Promise<Response>
}

/** Reserved for deletions, garbage collection and events. */
export const reserveBytes = 64 * 1024 * 1024

const roomFreshMilliseconds = 1000
const diskAnswerMilliseconds = 500

interface Known {
  readonly at: number
  /** The bytes that were free then, minus those that have arrived since. */
  freeBytes: number
}

/** One entry for each binding; an isolate has one. */
const known = new WeakMap<Disk, Known>()

/**
 * Returns the check before each piece of a body; undefined where storage is unlimited.
 *
 * @param announcedBytes the length of the whole body, if its sender announced it
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

/** Tells whether the disk takes no more bodies. */
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

/** Makes the refusal of a full disk, with a cause for the operator's log. */
const diskFull = (freeBytes: number): RegistryError =>
  new RegistryError({ kind: 'disk-full' }, { cause: new Error(`${freeBytes} bytes are free on the disk`) })

/** Counts a disk that does not answer as one with room. */
async function ask(disk: Disk): Promise<number> {
  const answer = async (): Promise<number> => Number(await (await disk.fetch('http://disk/')).text())
  const freeBytes = await withinTime(answer(), diskAnswerMilliseconds).catch(() => Number.NaN)
  return Number.isNaN(freeBytes) ? Number.POSITIVE_INFINITY : freeBytes
}
