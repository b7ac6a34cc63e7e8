/** Which tags accompany an image: the definition of `db/content/accompanying.ts`, as D1 reads it. */
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { accompaniedBy, subjectOfReferrersTag } from '../../../src/db/content/accompanying.ts'
import { parseTag } from '../../../src/names.ts'

const hex = '0123456789abcdef'.repeat(4)
const names: Record<string, string | null> = {
  [`sha256-${hex}`]: `sha256:${hex}`,
  [`sha256-${hex}.sig`]: `sha256:${hex}`,
  [`sha256-${hex}.att`]: `sha256:${hex}`,
  [`sha256-${hex}.sbom`]: `sha256:${hex}`,
  [`sha512-${hex}`]: `sha512:${hex}`,
  [`sha512-${hex}.sig`]: `sha512:${hex}`,
  latest: null,
  'sha256-': null,
  [`sha256-${hex.slice(1)}`]: null,
  [`sha256-${hex}0`]: null,
  [`sha256-${hex}.`]: null,
  [`sha256-${hex}.sig.sig`]: null,
  [`sha256-${hex}.SIG`]: null,
  [`sha256-${hex.toUpperCase()}`]: null,
  [`sha256-${hex.slice(1)}g`]: null,
  [`sha256-${hex.slice(1)}-`]: null,
  [`SHA256-${hex}`]: null,
  [`sha384-${hex}`]: null,
  [`xsha256-${hex}`]: null,
  [`v1-sha256-${hex}.sig`]: null,
}

for (const [name, accompanied] of Object.entries(names)) {
  it(`${name.replace(hex, '<digits>')} accompanies ${accompanied === null ? 'nothing' : accompanied.slice(0, 6)}`, async () => {
    const rows = await openDatabase(env.DB).all(
      sql`SELECT ${accompaniedBy(sql`name`)} AS found FROM (SELECT ${name} AS name)`,
    )
    expect(rows).toEqual([{ found: accompanied }])
  })
}

it('the tags without an ending are those of referrers', () => {
  const found = Object.keys(names).filter((name) => subjectOfReferrersTag(parseTag(name)) !== undefined)
  expect(found).toEqual([`sha256-${hex}`, `sha512-${hex}`])
  for (const name of found) expect(subjectOfReferrersTag(parseTag(name))).toBe(names[name])
})
