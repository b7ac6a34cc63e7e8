/** Collections as an import reads them from another server. */
import { toBase64 } from '../../../src/trust/tuf/base64.ts'
import type { SentDocument } from '../../../src/trust/rescue/collection.ts'
import type { MemoryServer } from './memory-server.ts'

/** Reads every root, and the newest document of each other role. */
export const exported = (server: MemoryServer): SentDocument[] =>
  server.documents.filter(({ role, version }) => role === 'root' || server.newest(role)?.version === version)

/** Replaces the newest document of a role. @param change makes other bytes, or undefined to leave the document out */
export function replacing(
  documents: readonly SentDocument[],
  wanted: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined,
): SentDocument[] {
  const at = documents.findLastIndex(({ role }) => role === wanted)
  return documents.flatMap((document, index) => {
    if (index !== at) return [document]
    const bytes = change(document.bytes)
    return bytes === undefined ? [] : [{ ...document, bytes }]
  })
}

/** Makes the body of an import. */
export const importOf = (gun: string, documents: readonly SentDocument[]) => ({
  gun,
  documents: documents.map(({ role, bytes }) => ({ role, content: toBase64(bytes) })),
})
