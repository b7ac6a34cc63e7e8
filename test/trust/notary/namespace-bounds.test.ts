/** Trust documents count with the manifests of their namespace, so that no account can fill the database with them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseRepositoryName } from '../../../src/names.ts'
import { findDocument } from '../../../src/trust/notary/read.ts'
import type { ServerRole } from '../../../src/trust/tuf/roles.ts'
import { withSql } from '../../support/bounds.ts'
import { problemOf, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { aRepository, aUser, rightTo } from '../../support/people.ts'
import { aPublishedCollection, expectOk, gunOf, notaryClient, trustPath, type Publisher } from '../support/clients.ts'
import { day } from '../support/documents.ts'

const repository = parseRepositoryName('alice/app')
const gun = gunOf(repository)

let client: Send
let publisher: Publisher

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  client = await notaryClient('alice', gun)
  publisher = await aPublishedCollection(client, gun)
})

const bound = (most: number): Promise<void> =>
  withSql(
    `INSERT INTO settings (name, value) VALUES ('namespaceMaxManifestBytes', ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    String(most),
  )

const held = async (): Promise<number> =>
  (await env.DB.prepare("SELECT size_bytes AS held FROM namespace_manifests WHERE namespace = 'alice'").first(
    'held',
  )) ?? 0

const stored = async (where = 'true'): Promise<number> =>
  (await env.DB.prepare(`SELECT sum(size_bytes) AS stored FROM trust_metadata WHERE ${where}`).first('stored')) ?? 0

const publishTargets = async (version: number): Promise<Response> =>
  publisher.publish({ targets: await publisher.targets({ version }) })

describe('the trust documents of a namespace', () => {
  it('have as many bytes in D1 as its manifests may have, and no more', async () => {
    await expectOk(publishTargets(3))
    expect(await held()).toBe(await stored())
    const before = await held()
    // The next ones are as long. The timestamp comes last, and is not refused.
    const next = await stored("role = 'targets' AND version = 3 OR role = 'snapshot' AND version = 2")
    await bound(before + next - 1)
    expect((await publishTargets(4)).status).toBe(400)
    expect([await held(), await stored()]).toEqual([before, before])
    await bound(before + next)
    await expectOk(publishTargets(4))
    expect(await held()).toBe(await stored())
  })

  it('are refused in a form that clients of Notary print, which read 1,024 bytes of it', async () => {
    await bound(1)
    const refused = await publishTargets(3)
    expect((await refused.clone().arrayBuffer()).byteLength).toBeLessThanOrEqual(1024)
    expect(await problemOf(refused)).toEqual({
      code: 'INVALID_UPDATE',
      message: 'Update sent by the client is invalid.',
      detail: {
        Name: 'ErrValidation',
        Error: { Msg: expect.stringContaining('the namespace has reached its limit on bytes of manifests: delete') },
      },
    })
  })

  it('give back their bytes when they are deleted, and keep nothing from others', async () => {
    await bound(1)
    await aUser('bob')
    await aRepository('bob/app')
    await expectOk(client('DELETE', trustPath(gun)))
    expect([await held(), await countRows('trust_metadata')]).toEqual([0, 0])
  })

  it.each<[ServerRole, number, number]>([
    ['timestamp', 13.1, 2],
    // Its snapshot cannot be stored, so what is stored is served.
    ['snapshot', 3 * 365 - 0.5, 1],
  ])('are read in a namespace that is full: %s after %d days', async (role, days, version) => {
    await bound(1)
    const context = testContext({ now: Date.now() + days * day })
    const found = await findDocument(context, { held: await rightTo(repository), gun }, role, 'current')
    expect(found?.document.version).toBe(version)
  })
})
