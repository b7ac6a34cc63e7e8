/** What tags and searches show of signatures. */
import { beforeEach, expect, it } from 'vitest'
import { withSql } from '../../support/bounds.ts'
import { host, type Send } from '../../support/client.ts'
import { pushImage, type Image } from '../../support/content.ts'
import { aPerson, clientOf, type Person } from '../../support/people.ts'
import { aSigningKey, signedSimply } from '../support/cosign.ts'
import { pushSignature, registerKey } from '../support/pushing.ts'
import { aFact, aRoot } from '../support/signing.ts'

const repository = 'alice/app'
const other = `sha256:${'a'.repeat(64)}`

let alice: Person
let client: Send
let image: Image

beforeEach(async () => {
  alice = await aPerson('alice')
  client = await clientOf(repository)
  image = await pushImage(client, repository, 'latest')
})

interface ShownTag {
  readonly inNotary: boolean
  readonly hashMismatch: boolean
  readonly signatures: readonly object[]
}

const tagsAt = `/api/v0/repositories/${repository}/tags`

async function shown(path: string): Promise<ShownTag | undefined> {
  const [first] = await (await alice.ask('GET', path)).json<ShownTag[]>()
  return first
}

/** Of a collection with this id and host. */
async function aCollection(id: number, domain: string): Promise<void> {
  await withSql(`INSERT INTO trust_collections (id, repository_id, gun, is_published, created_at)
    SELECT ${id}, id, '${domain}/${repository}', 1, 1 FROM repositories WHERE name = '${repository}'`)
}

async function aTarget(source: string, digest: string, name = 'latest'): Promise<void> {
  await withSql(`INSERT INTO signature_facts
    (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
    SELECT id, '${digest}', 'notary', '${source}', '${name}', 'f00d', '', '', 1000 FROM repositories
    WHERE name = '${repository}'`)
}

it('a tag tells who signed what it points at, how and when', async () => {
  const key = await aSigningKey()
  await registerKey(alice, key)
  await pushSignature(client, repository, await signedSimply(key, image.digest))
  const signature = {
    kind: 'cosign',
    signer: 'alice',
    key: key.trusted.fingerprint,
    signedAt: expect.stringMatching(/^\d{4}-.*Z$/),
  }
  for (const path of [`${tagsAt}?pageStart=l`, `${tagsAt}/latest`, `${tagsAt}/${image.digest}`]) {
    expect(await shown(path)).toMatchObject({ inNotary: false, hashMismatch: false, signatures: [signature] })
  }
})

it('what has ended, and what signs another tag in Notary, is not shown', async () => {
  await aTarget('1/targets', image.digest, 'another')
  await withSql(`INSERT INTO signature_facts
    (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at, expires_at)
    SELECT id, '${image.digest}', 'notation', 'x', '', 'f00d', '', '', 1000, 2000 FROM repositories`)
  expect(await shown(`${tagsAt}/latest`)).toMatchObject({ inNotary: false, signatures: [] })
})

it('what a removed root vouched for is not shown from then on', async () => {
  await aRoot('public', 'sigstore')
  await aFact({ repository, digest: image.digest, issuer: 'https://issuer.example', subject: 'someone' })
  expect(await shown(tagsAt)).toMatchObject({ signatures: [{ signer: 'someone' }] })
  await withSql('DELETE FROM trust_roots')
  expect(await shown(tagsAt)).toMatchObject({ signatures: [] })
})

it('a tag is in Notary by the role in which Docker finds it first, and may be another image there', async () => {
  await aCollection(1, host)
  expect(await shown(tagsAt)).toMatchObject({ inNotary: false, hashMismatch: false })
  await aTarget('1/targets/alice', other)
  expect(await shown(tagsAt)).toMatchObject({ inNotary: false, hashMismatch: false })
  await aTarget('1/targets', other)
  expect(await shown(tagsAt)).toMatchObject({ inNotary: true, hashMismatch: true })
  await aTarget('1/targets/releases', image.digest)
  expect(await shown(tagsAt)).toMatchObject({
    inNotary: true,
    hashMismatch: false,
    signatures: [{ kind: 'notary', signer: '', key: 'f00d', signedAt: new Date(1000).toISOString() }],
  })
})

it('the trust data is that of the host that was asked, or of the domain', async () => {
  await aCollection(1, 'old.example')
  await aTarget('1/targets', other)
  expect(await shown(tagsAt)).toMatchObject({ inNotary: false, hashMismatch: false })
  expect(await shown(`${tagsAt}?domain=old.example`)).toMatchObject({ inNotary: true, hashMismatch: true })
  expect(await shown(`${tagsAt}/latest?domain=old.example`)).toMatchObject({ inNotary: true, hashMismatch: true })
})

it('a search tells which repositories have published trust data', async () => {
  const search = async () =>
    (await (await alice.ask('GET', '/api/v0/index/dockersearch?q=app')).json<{ results: object[] }>()).results
  expect(await search()).toMatchObject([{ name: repository, is_trusted: false }])
  await aCollection(1, host)
  expect(await search()).toMatchObject([{ name: repository, is_trusted: true }])
})
