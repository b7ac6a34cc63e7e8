/** Layouts of repositories that have more manifests than one answer of the database. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { writeLayouts } from '../../../src/backup/content/layouts.ts'
import { layoutsOf } from '../../../src/backup/keys.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { pushImage } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { clientOf } from '../../support/people.ts'

const repository = 'acme/app'
const manifestsOfPage = 5000
const index = z.object({
  manifests: z.array(z.object({ digest: z.string(), annotations: z.record(z.string(), z.string()).optional() })),
})

async function addManifests(count: number): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
     INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     SELECT ?, 'sha256:' || printf('%064x', number), ?, 2, '{}', 'acme', 1 FROM numbers`,
  )
    .bind(count, await idOfRepository(repository), mediaTypes.image)
    .run()
}

async function indexAfter(): Promise<string> {
  const before = { mark: Number.MAX_SAFE_INTEGER, startedAt: Date.now() }
  await writeLayouts({ db: openDatabase(env.DB), backups: env.BACKUPS, id: 'large', before }, 0)
  return (await env.BACKUPS.get(`${layoutsOf('large')}${repository}/index.json`))?.text() ?? ''
}

it.each([manifestsOfPage - 1, manifestsOfPage, manifestsOfPage + 1, 2 * manifestsOfPage + 1])(
  'an index of %i manifests beside a tagged image names each once',
  async (count) => {
    const { digest } = await pushImage(await clientOf(repository), repository, 'latest')
    await addManifests(count)
    const { manifests } = index.parse(JSON.parse(await indexAfter()))
    expect(new Set(manifests.map((one) => one.digest)).size).toBe(count + 1)
    expect(manifests).toHaveLength(count + 1)
    expect(manifests.filter(({ annotations }) => annotations !== undefined)).toEqual([
      { digest, annotations: { 'org.opencontainers.image.ref.name': 'latest' } },
    ])
  },
  60_000,
)
