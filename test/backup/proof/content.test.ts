/** The proof of a backup with content looks at the content too: a restore needs it where the registry's bucket is lost. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { blobKey } from '../../../src/backup/keys.ts'
import type { Proof } from '../../../src/backup/proof/proof-document.ts'
import type { Digest } from '../../../src/names.ts'
import { pushImage } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUpContent, bytesInBackup } from '../support/making.ts'
import { proveAll, provingOf } from '../support/proving.ts'

const repository = 'acme/app'

beforeEach(async () => {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'latest')
  await pushImage(client, repository, 'other', 7)
})

const blobs = (): Promise<{ digest: Digest; size_bytes: number }[]> =>
  rowsOf<{ digest: Digest; size_bytes: number }>('SELECT digest, size_bytes FROM blobs ORDER BY digest')

async function aBlob(): Promise<{ digest: Digest; size_bytes: number; key: string }> {
  const blob = (await blobs()).find(({ size_bytes: size }) => size > 0)
  if (blob === undefined) throw new Error('there is no blob')
  return { ...blob, key: blobKey(blob.digest) }
}

const prove = async (id: string): Promise<Proof> => proveAll(await provingOf(id))

it('whole content is proven, and each blob of the sample is hashed there too', async () => {
  const proof = await prove(await backUpContent())
  expect(proof).toMatchObject({ state: 'proven', findings: [] })
  const { length } = await blobs()
  expect(proof.checked).toMatchObject({ copies: length, hashedCopies: length })
})

it('what the registry itself had lost is no finding', async () => {
  const { digest } = await aBlob()
  const segments = `(SELECT key FROM segments WHERE blob_digest = '${digest}')`
  const lost = await rowsOf<{ key: string }>(`SELECT key FROM segments WHERE key IN ${segments}`)
  await env.BUCKET.delete(lost.map(({ key }) => key))
  const { findings } = await prove(await backUpContent())
  expect(findings.filter((finding) => finding.includes('bucket of backups'))).toEqual([])
})

describe('damaged content is found, and copied again by the next backup:', () => {
  const damages: Readonly<Record<string, (blob: Awaited<ReturnType<typeof aBlob>>) => Promise<string>>> = {
    async 'a missing blob'({ digest, key }) {
      await env.BACKUPS.delete(key)
      return `the content of ${digest} is missing in the bucket of backups`
    },
    async 'a blob with another size'({ digest, key, size_bytes: size }) {
      await env.BACKUPS.put(key, new Uint8Array(size + 1))
      return `the content of ${digest} has ${size + 1} bytes in the bucket of backups in place of ${size}`
    },
    async 'other bytes of the same size'({ digest, key, size_bytes: size }) {
      await env.BACKUPS.put(key, new Uint8Array(size))
      return `the bytes of the blob ${digest} in the bucket of backups have the digest sha256:`
    },
  }
  for (const [name, damage] of Object.entries(damages)) {
    it(name, async () => {
      const id = await backUpContent()
      const blob = await aBlob()
      const words = await damage(blob)
      const { state, findings } = await prove(id)
      expect([state, findings.some((finding) => finding.startsWith(words))]).toEqual(['failed', true])
      const next = await backUpContent()
      expect(await bytesInBackup(blob.digest)).toEqual({ size: blob.size_bytes, digest: blob.digest })
      for (const one of [id, next]) expect((await prove(one)).state).toBe('proven')
    })
  }
})
