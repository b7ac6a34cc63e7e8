/** Reads the bodies of requests. */
import { RegistryError } from '../errors.ts'

/**
 * Reads until the buffer is full or the stream ends: the default reader would hand out 4 KiB at a time.
 *
 * @throws RegistryError `body-interrupted`
 */
export async function fill(
  reader: ReadableStreamBYOBReader,
  view: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (view.length === 0) return view
  try {
    const { value } = await reader.readAtLeast(view.length, view)
    return value ?? new Uint8Array()
  } catch (error) {
    throw new RegistryError({ kind: 'body-interrupted' }, { cause: error })
  }
}
