/** A blob of several segments. */
import { header, type Send } from '../../support/client.ts'
import { digestOf, type Bytes } from '../../support/content.ts'
import type { Digest } from '../../../src/names.ts'

/** Pushes a blob in chunks, each of which becomes a segment. */
export async function pushInChunks(
  client: Send,
  repository: string,
  chunks: readonly Bytes[],
): Promise<{ readonly digest: Digest; readonly content: Bytes }> {
  const content = new Uint8Array(await new Blob([...chunks]).arrayBuffer())
  const digest = await digestOf(content)
  let at = header(await client('POST', `/v2/${repository}/blobs/uploads/`), 'location')
  for (const chunk of chunks) at = header(await client('PATCH', at, { body: chunk }), 'location')
  const closed = await client('PUT', `${at}?digest=${digest}`)
  if (closed.status !== 201) throw new Error(`push in chunks: ${closed.status}`)
  return { digest, content }
}
