/** Fills the database of a registry with many rows, without its triggers, which take ten times as long. */

/** How many repositories there are. */
const repositories = 100

const numbers = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  `WITH RECURSIVE number (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to - 1})`

/** A digest that looks as if it were drawn by chance, as those of content do. */
const digest = (kind: number, n: string): string => {
  const words = factors.map((factor) => `((${n}) * ${factor} + ${kind}) & 4294967295`)
  return `'sha256:' || printf('${'%08x'.repeat(factors.length)}', ${words.join(', ')})`
}

/** Odd, so that different numbers stay different. */
const factors = [2654435761, 2246822519, 3266489917, 668265263, 374761393, 2654435769, 1597334677, 3812015801]

/** Takes the triggers away, and makes what all rows belong to. */
export async function withoutTriggers(database: D1Database): Promise<null> {
  const { results } = await database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
    .all<{ name: string }>()
  await database.batch([
    ...results.map(({ name }) => database.prepare(`DROP TRIGGER "${name}"`)),
    database.prepare(
      `INSERT OR IGNORE INTO accounts (id, name, is_organization, created_at) VALUES ('acme', 'acme', 1, 1)`,
    ),
    database.prepare(`
      ${numbers({ from: 1, to: repositories + 1 })}
      INSERT OR IGNORE INTO repositories (id, name, namespace, visibility, created_at)
      SELECT n, 'acme/repository-' || n, 'acme', 'private', 1 FROM number`),
  ])
  return null
}

/** Makes manifests, each with a tag and ten blobs of its own, of which it names three. */
export async function fill(database: D1Database, range: { readonly from: number; readonly to: number }): Promise<null> {
  const blobs = numbers({ from: range.from * 10, to: range.to * 10 })
  const manifests = numbers(range)
  const ofBlob = `1 + (n / 10) % ${repositories}`
  const ofManifest = `1 + n % ${repositories}`
  const body = `'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"' || ${digest(1, 'n * 10')} || '","size":1000},"layers":[{"digest":"' || ${digest(1, 'n * 10 + 1')} || '","size":1000},{"digest":"' || ${digest(1, 'n * 10 + 2')} || '","size":1000}],"annotations":{"org.opencontainers.image.title":"image ' || n || '"}}'`
  const named = [0, 1, 2].map(
    (at) => `
      ${manifests} INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest)
      SELECT ${ofManifest}, ${digest(2, 'n')}, ${digest(1, `n * 10 + ${at}`)} FROM number`,
  )
  await database.batch(
    [
      `${blobs} INSERT INTO blobs (digest, size_bytes, session_id, created_at) SELECT ${digest(1, 'n')}, 1000, 's', 1 FROM number`,
      `${blobs} INSERT INTO segments (key, blob_digest, offset_bytes, size_bytes, created_at)
       SELECT 'segments/' || n, ${digest(1, 'n')}, 0, 1000, 1 FROM number`,
      `${blobs} INSERT INTO repository_blobs (repository_id, digest, linked_at) SELECT ${ofBlob}, ${digest(1, 'n')}, 1 FROM number`,
      `${manifests} INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
       SELECT ${ofManifest}, ${digest(2, 'n')}, 'application/vnd.oci.image.manifest.v1+json', length(${body}), ${body}, 'admin', 1 FROM number`,
      ...named,
      `${manifests} INSERT INTO tags (repository_id, name, digest, created_at, updated_by, updated_at)
       SELECT ${ofManifest}, 'v' || n, ${digest(2, 'n')}, 1, 'admin', 1 FROM number`,
    ].map((text) => database.prepare(text)),
  )
  return null
}
