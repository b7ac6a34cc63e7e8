/** The gate, statement by statement: what may not be done to content while it is closed, whatever sends it. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { pushImage } from '../support/content.ts'
import { image } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'

const repository = 'alice/app'

const gate = (columns: string): Promise<unknown> =>
  env.DB.batch([
    env.DB.prepare(
      "INSERT INTO write_gate (id, token, closed, reason, until, by) VALUES (1, 0, 0, '', NULL, '') ON CONFLICT DO NOTHING",
    ),
    env.DB.prepare(`UPDATE write_gate SET ${columns} WHERE id = 1`),
  ])
const soon = () => Date.now() + 60_000

/** The trigger comes before the constraints, so new rows need not make sense. */
const statements: Readonly<Record<string, string>> = {
  'begins an upload': `INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
    VALUES ('late', 'alice/app', 0, 0, 'open', 1)`,
  'writes a chunk': `INSERT INTO segments (key, session_id, offset_bytes, created_at) VALUES ('late', 'late', 0, 1)`,
  'adds a blob to a repository': `INSERT INTO repository_blobs (repository_id, digest, linked_at) VALUES (1, 'late', 1)`,
  'deletes a blob of a repository': 'DELETE FROM repository_blobs',
  'adds a manifest': `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
    VALUES (1, 'late', '', 1, '', '', 1)`,
  // With a tag, its trigger would refuse that as well.
  'deletes a manifest': 'DELETE FROM manifests WHERE digest NOT IN (SELECT digest FROM tags)',
  'adds a tag': `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at) VALUES (1, 'late', 'late', '', 1)`,
  'moves a tag': 'UPDATE tags SET updated_at = 1',
  'deletes a tag': 'DELETE FROM tags',
  'makes a repository': `INSERT INTO repositories (name, created_at) VALUES ('alice/late', 1)`,
  'deletes a repository': `DELETE FROM repositories WHERE name = 'alice/empty'`,
  'changes a repository': `UPDATE repositories SET short_description = 'late'`,
  'begins to delete a repository': 'UPDATE repositories SET deleted_name = name',
}

beforeEach(async () => {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'latest')
  await image(client, repository, { seed: 7 })
  await env.DB.prepare("INSERT INTO repositories (name, created_at) VALUES ('alice/empty', 1)").run()
})

describe.each(Object.entries(statements))('what %s', (_, statement) => {
  it('is refused while the gate is closed, for good or for a time, and not afterwards', async () => {
    for (const until of ['NULL', String(soon())]) {
      await gate(`closed = 1, until = ${until}`)
      await expect(env.DB.prepare(statement).run()).rejects.toThrow('registry is read-only')
    }
    await gate('closed = 1, until = 1')
    const outcome = await env.DB.prepare(statement)
      .run()
      .then(() => '', String)
    expect(outcome).not.toContain('read-only')
  })
})
