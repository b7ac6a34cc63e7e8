import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { deleteCondemned, type Condemned } from '../../src/pruning/tag-store.ts'
import { findTagDetails } from '../../src/db/content/tag-details.ts'
import { parseRepositoryName, parseTag } from '../../src/names.ts'
import { createPolicy, policiesOf, type Policy } from '../../src/pruning/policies.ts'
import { previewPruning } from '../../src/pruning/preview.ts'
import { pruneSlice } from '../../src/pruning/prune.ts'
import type { Rule } from '../../src/pruning/rules.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import type { Send } from '../support/client.ts'
import { anImage, countRows, digestOf, json, pushImage, putManifest, type Image } from '../support/content.ts'
import { events } from '../support/events.ts'
import { aRepository, clientOf, namespaces } from '../support/people.ts'
import { pin } from '../support/pins.ts'
import { closeGate, openGate } from '../support/replicas.ts'

const db = openDatabase(env.DB)
const now = Date.now() + 3_600_000
const repository = 'acme/app'

let client: Send

beforeEach(async () => {
  client = await clientOf(repository, 'acme/other')
})

/** A registry image with tags in it. */
async function tagged(name: string, tags: readonly string[], seed = 1): Promise<Image> {
  const image = await anImage(client, name, { seed })
  const query = tags.map((tag) => `tag=${tag}`).join('&')
  expect((await putManifest(client, name, `${image.digest}?${query}`, image.manifest)).status).toBe(201)
  return image
}

const idOf = async (name: string): Promise<number> =>
  (await env.DB.prepare('SELECT id FROM repositories WHERE name = ?').bind(name).first<number>('id')) ?? 0

/** For all tags whose names begin with a text, those that are there too. */
async function aPolicy(name: string, prefix: string, { enabled = true, judgesAll = true } = {}): Promise<Policy> {
  const rules = [{ field: 'tag', operator: 'sw', values: [prefix] }]
  const key = { id: await idOf(name), name: parseRepositoryName(name) }
  return createPolicy(db, key, { enabled, rules }, judgesAll, { by: '', now })
}

/** Runs the job to its end. */
async function prune(parameters: unknown = {}): Promise<{ lines: string[]; slices: number }> {
  const lines: string[] = []
  let checkpoint: unknown
  for (let slices = 1; ; slices++) {
    const slice = await pruneSlice({ db, clock: () => now, parameters }, checkpoint)
    lines.push(...slice.lines)
    if (slice.isDone) return { lines, slices }
    checkpoint = JSON.parse(JSON.stringify(slice.checkpoint))
  }
}

async function tagsOf(name: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    'SELECT name FROM tags WHERE repository_id = (SELECT id FROM repositories WHERE name = ?) ORDER BY name',
  )
    .bind(name)
    .all<{ name: string }>()
  return results.map((row) => row.name)
}

/** A manifest about another one. */
async function aReferrer(subject: Image, artifactType: string, tag?: string): Promise<void> {
  const config = { ...subject.config, mediaType: 'application/vnd.oci.empty.v1+json' }
  const target = { mediaType: mediaTypes.image, digest: subject.digest, size: subject.manifest.length }
  const document = { schemaVersion: 2, mediaType: mediaTypes.image, artifactType, config, layers: [], subject: target }
  const manifest = json(document)
  const response = await putManifest(client, repository, tag ?? (await digestOf(manifest)), manifest)
  expect(response.status).toBe(201)
}

describe('the job that prunes tags', () => {
  it('deletes what enabled policies match, says so, and leaves the manifest', async () => {
    const { digest } = await tagged(repository, ['nightly-1', 'nightly-2', 'v1'])
    const { id } = await aPolicy(repository, 'nightly-')
    await aPolicy(repository, 'v', { enabled: false })
    expect((await prune()).lines).toEqual([
      `deleted the tag acme/app:nightly-1 (${digest}) by the policy ${id}`,
      `deleted the tag acme/app:nightly-2 (${digest}) by the policy ${id}`,
      'looked at 3 tags of 1 repository, deleted 2',
    ])
    expect(await tagsOf(repository)).toEqual(['v1'])
    expect((await client('GET', `/v2/${repository}/manifests/${digest}`)).status).toBe(200)
    const content = { why: 'pruning policy', policy: id }
    expect(await events("object_type = 'tag' AND type = 'DELETE'")).toEqual([
      { actor: '', type: 'DELETE', objectType: 'tag', objectName: 'nightly-1', repository, content },
      { actor: '', type: 'DELETE', objectType: 'tag', objectName: 'nightly-2', repository, content },
    ])
    const { results } = await env.DB.prepare('SELECT enabled, last_pruned_at FROM pruning_policies').all()
    expect(results.sort((one, other) => Number(other['enabled']) - Number(one['enabled']))).toEqual([
      { enabled: 1, last_pruned_at: now },
      { enabled: 0, last_pruned_at: null },
    ])
  })

  it('does it once', async () => {
    await tagged(repository, ['nightly-1', 'v1'])
    await aPolicy(repository, 'nightly-')
    await prune()
    expect((await prune()).lines).toEqual(['looked at 1 tag of 1 repository, deleted 0'])
    expect(await countRows('events', "type = 'DELETE'")).toBe(1)
  })

  it('says that nothing has policies', async () => {
    expect((await prune()).lines).toEqual(['looked at 0 tags of 0 repositories, deleted 0'])
    expect((await prune({ repository: 'acme/app' })).lines).toEqual(['acme/app has no enabled policy'])
  })

  it('goes through all repositories, or through the one that it was given', async () => {
    for (const name of [repository, 'acme/other']) {
      await tagged(name, ['nightly-1', 'v1'])
      await aPolicy(name, 'nightly-')
    }
    await prune({ repository: 'acme/other' })
    expect([await tagsOf(repository), await tagsOf('acme/other')]).toEqual([['nightly-1', 'v1'], ['v1']])
    const { lines } = await prune()
    expect(await tagsOf(repository)).toEqual(['v1'])
    expect(lines.at(-1)).toBe('looked at 3 tags of 2 repositories, deleted 1')
  })

  it('refuses parameters that it does not understand', async () => {
    await expect(pruneSlice({ db, clock: () => now, parameters: { repository: 'ACME' } }, undefined)).rejects.toThrow()
  })

  it('looks only at tags that were pushed after a policy for those to come', async () => {
    await tagged(repository, ['nightly-old', 'nightly-again'])
    await aPolicy(repository, 'nightly-', { judgesAll: false })
    await env.DB.prepare("UPDATE tags SET updated_at = ? WHERE name = 'nightly-again'")
      .bind(now + 1)
      .run()
    await prune()
    expect(await tagsOf(repository)).toEqual(['nightly-old'])
  })

  it('deletes none where tags are immutable', async () => {
    await tagged(repository, ['nightly-1'])
    await aPolicy(repository, 'nightly-')
    await env.DB.prepare('UPDATE repositories SET immutable_tags = 1').run()
    expect((await prune()).lines[0]).toBe('acme/app: its tags are immutable, so its policies delete nothing')
    expect(await tagsOf(repository)).toEqual(['nightly-1'])
  })

  it('ends a slice after a second, and the next one goes on there', async () => {
    const names = Array.from({ length: 3 }, (_, at) => `acme/slow-${at}`)
    client = await clientOf(...names)
    for (const name of names) {
      await tagged(name, ['nightly-1'])
      await aPolicy(name, 'nightly-')
    }
    let time = now
    const slow = { db, clock: () => (time += 600), parameters: {} }
    const first = await pruneSlice(slow, undefined)
    expect(first).toMatchObject({ isDone: false, checkpoint: { repositories: 1 } })
    const second = await pruneSlice(slow, first.checkpoint)
    expect(second).toMatchObject({ isDone: false, checkpoint: { repositories: 2 } })
    await prune()
    for (const name of names) expect(await tagsOf(name)).toEqual([])
  })

  it('deletes nothing while the registry is read-only, and does so later', async () => {
    await tagged(repository, ['nightly-1'])
    await aPolicy(repository, 'nightly-')
    await closeGate()
    expect(await pruneSlice({ db, clock: () => now, parameters: {} }, undefined)).toMatchObject({
      isDone: false,
      lines: [],
    })
    expect(await tagsOf(repository)).toEqual(['nightly-1'])
    expect(await countRows('events', "type = 'DELETE'")).toBe(0)
    expect(await countRows('pruning_policies', 'last_pruned_at IS NOT NULL')).toBe(0)
    await openGate()
    await prune()
    expect(await tagsOf(repository)).toEqual([])
  })

  it('deletes nothing by a rule that an earlier release took and that every tag would match', async () => {
    await tagged(repository, ['nightly-1'])
    const { id } = await aPolicy(repository, 'nightly-')
    const rules = JSON.stringify([{ field: 'tag', operator: 'noo', values: ['release-*'] }])
    await env.DB.prepare('UPDATE pruning_policies SET rules = ?').bind(rules).run()
    expect((await prune()).lines[0]).toBe(`acme/app: the policy ${id} has unsupported rules, so it deletes nothing`)
    expect(await tagsOf(repository)).toEqual(['nightly-1'])
    // It is still shown, to be changed.
    const key = { id: await idOf(repository), name: parseRepositoryName(repository) }
    expect(await policiesOf(db, key)).toMatchObject([{ id, rules: [{ values: ['release-*'] }] }])
  })

  it('passes over a policy whose rules it does not understand', async () => {
    await tagged(repository, ['nightly-1', 'v1'])
    const { id } = await aPolicy(repository, 'nightly-')
    await aPolicy(repository, 'v')
    for (const rules of ['not JSON', '[]', '[{"field":"license","operator":"oo","values":["MIT"]}]']) {
      await env.DB.prepare('UPDATE pruning_policies SET rules = ? WHERE id = ?').bind(rules, id).run()
      expect((await prune()).lines[0]).toBe(`acme/app: the policy ${id} has unsupported rules, so it deletes nothing`)
    }
    expect(await tagsOf(repository)).toEqual(['nightly-1'])
  })

  it('goes on after a slice where it was, whatever became of repositories and policies meanwhile', async () => {
    const { digest } = await tagged(repository, ['v1'])
    const id = await idOf(repository)
    const names = Array.from({ length: 1700 }, (_, at) => `t${String(at).padStart(4, '0')}`)
    await env.DB.prepare(
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
       SELECT ?, value, ?, 'alice', 5 FROM json_each(?)`,
    )
      .bind(id, digest, JSON.stringify(names))
      .run()
    await aPolicy(repository, 't1')
    await tagged('acme/other', ['t1'])
    await aPolicy('acme/other', 't1')
    const first = await pruneSlice({ db, clock: () => now, parameters: {} }, null)
    expect(first).toMatchObject({
      isDone: false,
      lines: [],
      checkpoint: { lookedAt: 1000, pruned: 0, repositories: 0 },
    })
    const second = await pruneSlice({ db, clock: () => now, parameters: {} }, first.checkpoint)
    expect(second).toMatchObject({ isDone: true, checkpoint: { lookedAt: 1702, pruned: 701, repositories: 2 } })
    expect(second.lines).toHaveLength(702)
    expect(await tagsOf(repository)).toHaveLength(1001)
    expect(await tagsOf('acme/other')).toEqual([])
    await env.DB.prepare('DELETE FROM pruning_policies WHERE repository_id = ?').bind(id).run()
    const later = await pruneSlice({ db, clock: () => now, parameters: {} }, first.checkpoint)
    expect(later).toMatchObject({ isDone: true, checkpoint: { lookedAt: 1000 } })
  })

  it('ends a slice after some repositories', async () => {
    await namespaces('many')
    for (let at = 0; at < 21; at++) {
      await aRepository(`many/r${at}`)
      await aPolicy(`many/r${at}`, 'x')
    }
    const { lines, slices } = await prune()
    expect([slices, lines]).toEqual([2, ['looked at 0 tags of 21 repositories, deleted 0']])
  })

  it('reads no rows of repositories without policies, nor those that are switched off', async () => {
    await namespaces('many')
    await env.DB.batch([
      env.DB.prepare(
        `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)
         INSERT INTO repositories (name, namespace, created_at) SELECT 'many/r' || n, 'many', 1 FROM n`,
      ),
      env.DB.prepare(
        `INSERT INTO pruning_policies (id, repository_id, enabled, rules, created_at, version, tags_since)
         SELECT 'policy-' || id, id, 0, '[]', 1, 1, 0 FROM repositories`,
      ),
    ])
    await tagged(repository, ['a'])
    await aPolicy(repository, 'x')
    let rowsRead = 0
    const counting = openDatabase({
      prepare: (query: string) => counted(env.DB.prepare(query), (rows) => (rowsRead += rows)),
      batch: env.DB.batch.bind(env.DB),
    } as unknown as D1Database)
    await pruneSlice({ db: counting, clock: () => now, parameters: {} }, undefined)
    expect(rowsRead).toBeGreaterThan(0)
    expect(rowsRead).toBeLessThan(20)
  })
})

/** A statement that tells how many rows it has read. */
function counted(statement: D1PreparedStatement, tell: (rows: number) => void): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, key) {
      if (key === 'bind') return (...values: unknown[]) => counted(target.bind(...values), tell)
      if (key !== 'all') return Reflect.get(target, key, target) as unknown
      return async () => {
        const result = await target.all()
        tell(result.meta.rows_read)
        return result
      }
    },
  })
}

describe('a tag that was judged', () => {
  async function condemned(name: string): Promise<Condemned> {
    const tag = await findTagDetails(db, await idOf(repository), parseTag(name))
    if (tag === undefined) throw new Error(`there is no tag ${name}`)
    const { id } = await aPolicy(repository, 'nightly-')
    return { name: tag.name, digest: tag.digest, updatedAt: tag.updatedAt, policy: { id, version: 1 } }
  }
  const remove = async (tag: Condemned): Promise<string[]> =>
    deleteCondemned(db, { id: await idOf(repository), name: parseRepositoryName(repository) }, [tag], now)

  const meanwhile: Record<string, (image: Image) => Promise<unknown>> = {
    'was pushed again': async ({ manifest }) => {
      await env.DB.prepare('UPDATE tags SET updated_at = 5').run()
      await putManifest(client, repository, 'nightly-1', manifest)
    },
    'was moved to another image': () => pushImage(client, repository, 'nightly-1', 2),
    'was moved to another image in the same millisecond': async () => {
      const other = await tagged(repository, ['other'], 2)
      await env.DB.prepare("UPDATE tags SET digest = ?, updated_at = 7 WHERE name = 'nightly-1'")
        .bind(other.digest)
        .run()
    },
    'was signed, by a tag': async ({ digest }) => {
      await pushImage(client, repository, `${digest.replace(':', '-')}.sig`, 3)
    },
    'was signed, by a referrer': (image) => aReferrer(image, 'application/vnd.cncf.notary.signature'),
    'was pinned': () => pin(repository, [{ tag: parseTag('nightly-1') }]),
    'became immutable': () => env.DB.prepare('UPDATE repositories SET immutable_tags = 1').run(),
    'lost its policy': () => env.DB.prepare('DELETE FROM pruning_policies').run(),
    'has a policy that was changed': () => env.DB.prepare('UPDATE pruning_policies SET version = 2').run(),
    'was deleted with its repository': () => env.DB.prepare('UPDATE repositories SET deleted_name = name').run(),
    'has a policy that was switched off': () => env.DB.prepare('UPDATE pruning_policies SET enabled = 0').run(),
  }
  for (const [what, happens] of Object.entries(meanwhile)) {
    it(`stays when it ${what} meanwhile`, async () => {
      const image = await tagged(repository, ['nightly-1'])
      // A push in the same millisecond would be the same push.
      await env.DB.prepare('UPDATE tags SET updated_at = 7').run()
      const tag = await condemned('nightly-1')
      await happens(image)
      expect(await remove(tag)).toEqual([])
      expect(await tagsOf(repository)).toContain('nightly-1')
      expect(await countRows('events', "type = 'DELETE'")).toBe(0)
      expect(await countRows('pruning_policies', 'last_pruned_at IS NOT NULL')).toBe(0)
    })
  }

  it('stays when it is the signature of an image that is pushed during pruning', async () => {
    const { manifest, digest } = await anImage(client, repository, { seed: 5 })
    const signature = `${digest.replace(':', '-')}.sig`
    await tagged(repository, [signature])
    const tag = await condemned(signature)
    await putManifest(client, repository, 'latest', manifest)
    expect(await remove(tag)).toEqual([])
    expect(await tagsOf(repository)).toContain(signature)
  })

  it('goes when nothing happened', async () => {
    await tagged(repository, ['nightly-1'])
    expect(await remove(await condemned('nightly-1'))).toEqual(['nightly-1'])
  })
})

describe('a tag that is signed', () => {
  it('and therefore pinned is kept by the job and by the preview, and no other tag of the image is', async () => {
    await tagged(repository, ['nightly-1', 'nightly-2'])
    await pin(repository, [{ tag: parseTag('nightly-1') }])
    await aPolicy(repository, 'nightly-')
    const rules: Rule[] = [{ field: 'tag', operator: 'sw', values: ['nightly-'] }]
    const key = { id: await idOf(repository), name: parseRepositoryName(repository) }
    const preview = await previewPruning(db, key, rules, { from: '', limit: 10 }, now)
    expect(preview.tags.map(({ name }) => name)).toEqual(['nightly-2'])
    expect((await prune()).lines).toContain('acme/app: kept 1 tag that match, as they are signed or signatures')
    expect(await tagsOf(repository)).toEqual(['nightly-1'])
  })

  const signatures = [
    'application/vnd.dev.cosign.artifact.sig.v1+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.cncf.notary.signature',
  ]
  for (const artifactType of signatures) {
    it(`by a referrer of the type ${artifactType} is never deleted`, async () => {
      const image = await tagged(repository, ['nightly-1'])
      await tagged(repository, ['nightly-2'], 2)
      await aReferrer(image, artifactType)
      await aPolicy(repository, 'nightly-')
      expect((await prune()).lines).toContain('acme/app: kept 1 tag that match, as they are signed or signatures')
      expect(await tagsOf(repository)).toEqual(['nightly-1'])
    })
  }

  it('is one whatever else refers to it, and not because something does', async () => {
    const image = await tagged(repository, ['nightly-1'])
    for (const type of [
      'application/spdx+json',
      'application/vnd.dev.cosign.simplesigning.v1+json',
      'application/vnd.z',
    ]) {
      await aReferrer(image, type)
    }
    await aPolicy(repository, 'nightly-')
    await prune()
    expect(await tagsOf(repository)).toEqual([])
  })

  it("by cosign's tag is never deleted, nor are that and what else goes with the image", async () => {
    const { digest } = await tagged(repository, ['nightly-1'])
    const other = await tagged(repository, ['unsigned'], 2)
    const name = (of: string, suffix: string): string => `${of.replace(':', '-')}${suffix}`
    const kept = ['', '.att', '.sbom', '.sig'].map((suffix) => name(digest, suffix))
    const others = ['.att', '.sbom'].map((suffix) => name(other.digest, suffix))
    const orphans = ['', '.sig'].map((suffix) => name(`sha256:${'0'.repeat(64)}`, suffix))
    await tagged(repository, [...kept, ...others, ...orphans, name(digest, '.sig2'), 'sha256-short'], 3)
    for (const prefix of ['nightly-', 'unsigned', 'sha256-']) await aPolicy(repository, prefix)
    await prune()
    expect(await tagsOf(repository)).toEqual(['nightly-1', ...[...kept, ...others].sort()].sort())
    await env.DB.prepare('DELETE FROM tags WHERE name = ?').bind('nightly-1').run()
    expect((await client('DELETE', `/v2/${repository}/manifests/${digest}`)).status).toBe(202)
    await prune()
    expect(await tagsOf(repository)).toEqual([...others].sort())
  })
})
