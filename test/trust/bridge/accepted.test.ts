/** Which images carry a signature that the registry vouches for as a delegate. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import { acceptedImages } from '../../../src/trust/bridge/accepted.ts'
import { registryKey } from '../../../src/trust/bridge/registry-key.ts'
import { withSql } from '../../support/bounds.ts'
import type { Send } from '../../support/client.ts'
import { json, pushImage, putManifest, type Image } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { plansOf } from '../../support/explaining.ts'
import { anOrganization, aPerson, clientOf, type Person } from '../../support/people.ts'
import { github, workflow } from '../support/keyless.ts'
import { aFact, aKeyOf, anIdentityOf, aRoot } from '../support/signing.ts'

const repository = 'acme/app'

let root: Person
let client: Send
let image: Image

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  for (const name of ['owner', 'dev', 'ray']) await aPerson(name)
  await anOrganization('acme', {
    owners: ['owner'],
    members: ['ray'],
    teams: { developers: ['dev'], security: ['ray'] },
  })
  client = await clientOf(repository)
  image = await pushImage(client, repository, 'v1')
  await withSql(`INSERT INTO repository_grants (repository_id, team_id, rank)
    SELECT repositories.id, teams.id, 2 FROM repositories, teams WHERE teams.name = 'developers'`)
})

const demand = async (teams: readonly string[], mode = 'enforce'): Promise<void> => {
  const answer = await root.ask('PUT', `/api/v0/repositories/${repository}/signaturePolicy`, { mode, teams })
  expect(answer.status).toBe(200)
}

const accepted = async (): Promise<string[]> => {
  const db = openDatabase(env.DB)
  const [row] = await db.all<{ id: number }>(`SELECT id FROM repositories WHERE name = '${repository}'`)
  const place = { repositoryId: row?.id ?? 0, repository: parseRepositoryName(repository) }
  return [...(await acceptedImages(db, place)).keys()]
}
const sign = (more: object): Promise<void> => aFact({ repository, digest: image.digest, ...more })

it.each<[string, boolean, () => Promise<unknown>]>([
  ['a key of a user who may push', true, () => aKeyOf('dev', 'key')],
  ['a key of a user who may only pull', false, () => aKeyOf('ray', 'key')],
  ['a key that no user has', false, async () => {}],
  ['a key of an administrator', true, () => aKeyOf('root', 'key')],
])('without a policy, accepted is a signature by %s: %s', async (_, isAccepted, make) => {
  await sign({ fingerprint: 'key' })
  await make()
  expect(await accepted()).toEqual(isAccepted ? ['v1'] : [])
})

it('accepted is no signature by the registry itself, whatever vouches for it', async () => {
  await aRoot('acme', 'x509')
  const fingerprint = (await registryKey(testContext()))?.fingerprint ?? ''
  await sign({ fingerprint, issuer: 'x509:acme', subject: 'CN=registry' })
  await withSql('DELETE FROM public_keys')
  await aKeyOf('dev', fingerprint)
  expect(await accepted()).toEqual([])
})

it('without a policy, accepted is a certificate of a trust store, and an identity that an administrator gave a user', async () => {
  await sign({ fingerprint: 'x', issuer: 'x509:acme', subject: 'CN=signer' })
  expect(await accepted()).toEqual([])
  await aRoot('acme', 'x509')
  expect(await accepted()).toEqual(['v1'])
  await withSql('DELETE FROM signature_facts')
  await sign({ issuer: github, subject: workflow })
  await aRoot('sigstore', 'sigstore')
  await anIdentityOf('ray', github, workflow.replace('acme', 'other'))
  expect(await accepted()).toEqual([])
  await anIdentityOf('ray', github, workflow.replace('app', '*'))
  expect(await accepted()).toEqual(['v1'])
})

it('with a policy, accepted is what members of all teams have signed, by cosign or notation and not by Notary', async () => {
  await demand(['acme/developers', 'acme/security'])
  await aKeyOf('dev', 'of dev')
  await aKeyOf('ray', 'of ray')
  await sign({ fingerprint: 'of dev' })
  expect(await accepted()).toEqual([])
  await withSql("UPDATE signature_facts SET kind = 'notary', name = 'v1', fingerprint = 'of ray'")
  await sign({ fingerprint: 'of dev' })
  expect(await accepted()).toEqual([])
  await demand(['acme/developers', 'acme/security'], 'report')
  expect(await accepted()).toEqual(['v1'])
  await demand(['acme/developers', 'acme/security'])
  await sign({ fingerprint: 'of ray' })
  expect(await accepted()).toEqual(['v1'])
})

it('what is accepted is found by indexes alone', async () => {
  await sign({ fingerprint: 'key' })
  await aKeyOf('dev', 'key')
  const plans = await plansOf((db) =>
    acceptedImages(db, { repositoryId: 1, repository: parseRepositoryName(repository) }),
  )
  const steps = new Set(
    [...plans.values()]
      .flat()
      .filter((step) => /^SCAN (?!signed|covered|matching|wanted|json_each|CONSTANT)/.test(step)),
  )
  expect([...steps].sort()).toEqual(['SCAN trust_roots'])
})

it('accepted with an index are the images that it lists, and a signature that has expired accepts nothing', async () => {
  const list = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: image.digest, size: image.manifest.length },
    ],
  })
  await putManifest(client, repository, 'all', list, 'application/vnd.oci.image.index.v1+json')
  const { results } = await env.DB.prepare("SELECT digest FROM tags WHERE name = 'all'").all<{ digest: string }>()
  await aKeyOf('dev', 'key')
  await sign({ digest: results[0]?.digest, fingerprint: 'key' })
  expect((await accepted()).sort()).toEqual(['all', 'v1'])
  await withSql('UPDATE signature_facts SET expires_at = 1')
  expect(await accepted()).toEqual([])
})
