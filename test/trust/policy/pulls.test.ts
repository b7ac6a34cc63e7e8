/** Pulls of repositories that demand signatures: what goes on, what is refused, and that changes hold at once. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { longestIdentityPattern } from '../../../src/limits.ts'
import { parseDigest, parseRepositoryName } from '../../../src/names.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { judge } from '../../../src/trust/policy/decision.ts'
import { findMissingTeams } from '../../../src/trust/policy/decision-store.ts'
import { withSql } from '../../support/bounds.ts'
import { host, send, tokenFor, withToken, type Send } from '../../support/client.ts'
import { testContext } from '../../support/context.ts'
import { digestOf, json, pushBlob, pushImage, putManifest, type Bytes, type Image } from '../../support/content.ts'
import { countingClient } from '../../support/counting.ts'
import { plansOf } from '../../support/explaining.ts'
import { aLogin, anOrganization, aPerson, clientOf, type Person } from '../../support/people.ts'
import { aFact, aKeyOf, anIdentityOf, aRoot } from '../support/signing.ts'

const repository = 'acme/app'
const policyPath = `/api/v0/repositories/${repository}/signaturePolicy`
const namespacePath = '/api/v0/repositoryNamespaces/acme/signaturePolicy'

let owner: Person
let writer: Send
let reader: Send
let image: Image

beforeEach(async () => {
  owner = await aPerson('owner')
  await aPerson('sam')
  await aPerson('quinn')
  await aPerson('dev')
  await aPerson('ray')
  await anOrganization('acme', {
    owners: ['owner'],
    members: ['ray'],
    teams: { security: ['sam'], qa: ['quinn'], developers: ['dev'] },
  })
  writer = await clientOf(repository)
  image = await pushImage(writer, repository, 'latest')
  await withSql("UPDATE repositories SET visibility = 'public'")
  await withSql(`INSERT INTO repository_grants (repository_id, team_id, rank)
    SELECT repositories.id, teams.id, 2 FROM repositories, teams WHERE teams.name = 'developers'`)
  reader = await pullerOf('ray')
  await aKeyOf('sam', 'key of sam')
  await aKeyOf('quinn', 'key of quinn')
})

/** A client with a token that was asked for pulls alone. */
async function pullerOf(name: string | undefined): Promise<Send> {
  const login = name === undefined ? send : await aLogin(name)
  const answer = await login('GET', `/auth/token?service=${host}&scope=repository:${repository}:pull`)
  return withToken((await answer.json<{ token: string }>()).token)
}

const demand = (teams: readonly string[], mode = 'enforce', path = policyPath): Promise<Response> =>
  owner.ask('PUT', path, { mode, teams })

async function pull(client: Send, reference: string): Promise<number> {
  const [got, asked] = await Promise.all(
    ['GET', 'HEAD'].map((method) => client(method, `/v2/${repository}/manifests/${reference}`)),
  )
  expect(got?.status).toBe(asked?.status)
  return got?.status ?? 0
}

const sign = (digest: string, fingerprint = 'key of sam'): Promise<void> => aFact({ repository, digest, fingerprint })

/** @param tag undefined for a push by digest */
async function push(tag: string | undefined, manifest: object, mediaType: string = mediaTypes.image): Promise<string> {
  const bytes: Bytes = json({ schemaVersion: 2, mediaType, ...manifest })
  const pushed = await putManifest(writer, repository, tag ?? (await digestOf(bytes)), bytes, mediaType)
  if (pushed.status !== 201) throw new Error(`push: ${pushed.status} ${await pushed.text()}`)
  return digestOf(bytes)
}

const describeImage = (digest: string) => ({ mediaType: mediaTypes.image, digest, size: image.manifest.length })

describe('a pull by a caller who may only pull', () => {
  it('is refused by tag and by digest, with a sentence that names the team, until a member has signed', async () => {
    await demand(['acme/security'])
    for (const reference of ['latest', image.digest]) expect(await pull(reader, reference)).toBe(403)
    const refused = await reader('GET', `/v2/${repository}/manifests/latest`)
    const { errors } = await refused.json<{ errors: Array<{ code: string; message: string }> }>()
    expect(errors).toMatchObject([
      {
        code: 'DENIED',
        message: `the signature policy of ${repository} demands a signature by acme/security, and ${image.digest} has none: ask a member of acme/security to sign it with docker trust, cosign or notation`,
      },
    ])
    await sign(image.digest)
    for (const reference of ['latest', image.digest]) expect(await pull(reader, reference)).toBe(200)
  })

  it('is refused to an anonymous caller too, and with If-None-Match', async () => {
    await demand(['acme/security'])
    const anonymous = await pullerOf(undefined)
    expect(await pull(anonymous, 'latest')).toBe(403)
    const headers = { 'if-none-match': `"${image.digest}"` }
    expect((await anonymous('GET', `/v2/${repository}/manifests/latest`, { headers })).status).toBe(403)
  })

  it('needs a member of each team, of the policies of the repository and of the namespace', async () => {
    await demand(['acme/security'])
    await demand(['acme/qa'], 'enforce', namespacePath)
    await sign(image.digest)
    expect(await pull(reader, 'latest')).toBe(403)
    await sign(image.digest, 'key of quinn')
    expect(await pull(reader, 'latest')).toBe(200)
  })

  it('needs nothing that the policy of another namespace demands', async () => {
    const elsewhere = await demand(['acme/qa'], 'enforce', '/api/v0/repositoryNamespaces/owner/signaturePolicy')
    expect(elsewhere.status).toBe(200)
    await demand(['acme/security'])
    await sign(image.digest)
    expect(await pull(reader, 'latest')).toBe(200)
  })

  it('is judged by its own image, also beside pulls of others at the same time', async () => {
    await demand(['acme/security'])
    const unsigned = await pushImage(writer, repository, 'unsigned', 7)
    await sign(image.digest)
    const context = testContext()
    const [row] = await context.db.all<{ id: number }>('SELECT id FROM repositories')
    const pulled = { repositoryId: row?.id ?? 0, repository: parseRepositoryName(repository) }
    const asked = [image, unsigned, image, unsigned, image].map(({ digest }) => parseDigest(digest))
    const judged = await Promise.all(asked.map((digest) => judge(context, { ...pulled, digest })))
    expect(judged.map(({ refusal }) => refusal === undefined)).toEqual([true, false, true, false, true])
  })

  it('without a policy is answered as before, also after one is gone', async () => {
    expect(await pull(reader, 'latest')).toBe(200)
    await demand(['acme/security'])
    expect(await pull(reader, image.digest)).toBe(403)
    await owner.ask('DELETE', policyPath)
    expect(await pull(reader, image.digest)).toBe(200)
  })
})

describe('a signer is never locked out', () => {
  it('by a token for pulls alone, for a password, and for a push', async () => {
    await demand(['acme/security'])
    expect(await pull(await pullerOf('dev'), 'latest')).toBe(200)
    expect(await pull(await pullerOf('owner'), image.digest)).toBe(200)
    expect(await pull(await aLogin('dev'), image.digest)).toBe(200)
    expect(await pull(await aLogin('ray'), image.digest)).toBe(403)
    expect(await pull(writer, 'latest')).toBe(200)
    const forged = await tokenFor('ray', [{ type: 'repository', name: repository, actions: ['pull'] }])
    expect(await pull(withToken(forged), 'latest')).toBe(403)
  })
})

describe('each refuses the next pull', () => {
  beforeEach(async () => {
    await demand(['acme/security'])
    await sign(image.digest)
    expect(await pull(reader, image.digest)).toBe(200)
  })

  it.each<[string, () => Promise<unknown>]>([
    ['a key that was deleted', () => withSql("DELETE FROM public_keys WHERE fingerprint = 'key of sam'")],
    ['a member who left the team', () => owner.ask('DELETE', '/enzi/v0/accounts/acme/teams/security/members/sam')],
    ['a member who left the organization', () => owner.ask('DELETE', '/enzi/v0/accounts/acme/members/sam')],
    ['a member who was deactivated', () => withSql("UPDATE accounts SET is_active = 0 WHERE name = 'sam'")],
    ['a team that was deleted', () => owner.ask('DELETE', '/enzi/v0/accounts/acme/teams/security')],
    ['a signature that was withdrawn', () => withSql('DELETE FROM signature_facts')],
    ['a signature whose signer said that it ends', () => withSql('UPDATE signature_facts SET expires_at = 1')],
    ['a signature over another digest', () => withSql("UPDATE signature_facts SET digest = 'sha256:' || digest")],
    [
      'a signature in another repository',
      () =>
        withSql(`INSERT INTO repositories (name, namespace, created_at)
      VALUES ('acme/other', 'acme', 1)`).then(() =>
          withSql(`UPDATE signature_facts SET repository_id =
      (SELECT id FROM repositories WHERE name = 'acme/other')`),
        ),
    ],
    ['a team that is demanded besides', () => demand(['acme/security', 'acme/qa'])],
  ])('%s', async (_, change) => {
    await change()
    expect(await pull(reader, image.digest)).toBe(403)
  })

  it('a manifest that was replaced behind a signed tag', async () => {
    await pushImage(writer, repository, 'latest', 7)
    expect(await pull(reader, 'latest')).toBe(403)
    expect(await pull(reader, image.digest)).toBe(200)
  })

  it('a deleted team, with a sentence that says who can help', async () => {
    await owner.ask('DELETE', '/enzi/v0/accounts/acme/teams/security')
    const refused = await reader('GET', `/v2/${repository}/manifests/latest`)
    expect(await refused.text()).toContain(
      'ask an administrator of the repository to change its policy, as acme/security was deleted',
    )
  })
})

describe('an identity without a registered key', () => {
  const issuer = 'https://token.example'

  it('counts for its user while a root vouches for it, if its subject matches', async () => {
    await demand(['acme/security'])
    await anIdentityOf('sam', issuer, 'https://github.com/acme/*')
    await aRoot('public-good', 'sigstore')
    await aFact({
      repository,
      digest: image.digest,
      issuer,
      subject: 'https://github.com/evil/https://github.com/acme/',
    })
    expect(await pull(reader, 'latest')).toBe(403)
    await aFact({
      repository,
      digest: image.digest,
      issuer: 'https://evil.example',
      subject: 'https://github.com/acme/x',
    })
    expect(await pull(reader, 'latest')).toBe(403)
    await aFact({ repository, digest: image.digest, issuer, subject: 'https://github.com/acme/x', fingerprint: 'once' })
    expect(await pull(reader, 'latest')).toBe(200)
    await withSql('DELETE FROM trust_roots')
    await aRoot('acme', 'x509')
    expect(await pull(reader, 'latest')).toBe(403)
  })

  it.each([
    `https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main`,
    `https://github.com/acme/*/.github/workflows/release.yml@refs/heads/main`,
    `https://github.com/acme/${'a'.repeat(longestIdentityPattern - 25)}*`,
  ])('counts by a pattern as long as the identities of workflows: %s', async (pattern) => {
    await demand(['acme/security'])
    await anIdentityOf('sam', issuer, pattern)
    await aRoot('public-good', 'sigstore')
    await aFact({ repository, digest: image.digest, issuer, subject: pattern.replace('acme', 'evil') })
    expect(await pull(reader, 'latest')).toBe(403)
    await aFact({ repository, digest: image.digest, issuer, subject: pattern.replace('*', 'app') })
    expect(await pull(reader, 'latest')).toBe(200)
  })

  it('of a certificate counts while its own root is there', async () => {
    await demand(['acme/security'])
    await anIdentityOf('sam', 'x509:acme', 'CN=sam')
    await aFact({ repository, digest: image.digest, issuer: 'x509:acme', subject: 'CN=sam' })
    await aRoot('public-good', 'sigstore')
    await aRoot('other', 'x509')
    await aRoot('acme', 'sigstore')
    expect(await pull(reader, 'latest')).toBe(403)
    await withSql("UPDATE trust_roots SET kind = 'x509' WHERE name = 'acme'")
    expect(await pull(reader, 'latest')).toBe(200)
  })
})

describe('what belongs to a signed image', () => {
  it('is pulled with it: the children of a signed index, at any depth', async () => {
    await demand(['acme/security', 'acme/qa'])
    const inner = await push('inner', { manifests: [describeImage(image.digest)] }, mediaTypes.index)
    const outer = await push(
      'outer',
      { manifests: [{ ...describeImage(inner), mediaType: mediaTypes.index }] },
      mediaTypes.index,
    )
    expect(await pull(reader, 'outer')).toBe(403)
    await sign(outer)
    await sign(inner, 'key of quinn')
    expect([await pull(reader, inner), await pull(reader, image.digest), await pull(reader, outer)]).toEqual([
      200, 200, 403,
    ])
    await sign(outer, 'key of quinn')
    expect([await pull(reader, inner), await pull(reader, image.digest), await pull(reader, outer)]).toEqual([
      200, 200, 200,
    ])
  })

  it('is not what only an index of another repository lists, though that index is signed here', async () => {
    await demand(['acme/security'])
    const elsewhere = await clientOf('acme/other')
    expect((await pushImage(elsewhere, 'acme/other', 'latest')).digest).toBe(image.digest)
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [describeImage(image.digest)] })
    expect((await putManifest(elsewhere, 'acme/other', 'index', index, mediaTypes.index)).status).toBe(201)
    await sign(await digestOf(index))
    expect(await pull(reader, image.digest)).toBe(403)
    expect((await putManifest(writer, repository, 'index', index, mediaTypes.index)).status).toBe(201)
    expect(await pull(reader, image.digest)).toBe(200)
  })

  it('is pulled without a signature of its own: signatures, by tag and by subject, and their lists', async () => {
    await demand(['acme/security'])
    const payload = await pushBlob(writer, repository, json({ critical: 1 }))
    const config = { ...image.config, mediaType: 'application/vnd.oci.image.config.v1+json' }
    const cosign = { config, layers: [{ ...payload, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }] }
    const tag = image.digest.replace(':', '-')
    const signature = await push(`${tag}.sig`, cosign)
    expect(await pull(reader, `${tag}.sig`)).toBe(200)
    expect(await pull(reader, signature)).toBe(200)
    const bundle = { ...payload, mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }
    const referrer = await push(undefined, { config, layers: [bundle], subject: describeImage(image.digest) })
    expect(await pull(reader, referrer)).toBe(200)
    const envelope = { ...payload, mediaType: 'application/jose+json' }
    const ofReferrer = await push(undefined, { config, layers: [envelope], subject: describeImage(referrer) })
    expect(await pull(reader, ofReferrer)).toBe(200)
    await push(tag, { manifests: [describeImage(image.digest)] }, mediaTypes.index)
    expect(await pull(reader, tag)).toBe(200)
    expect(await pull(reader, image.digest)).toBe(403)
  })

  it('is not what only calls itself so: an image with a subject, a signature of nothing, a mixed one', async () => {
    await demand(['acme/security'])
    const payload = await pushBlob(writer, repository, json({ critical: 1 }))
    const document = { ...payload, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }
    const { config, layers } = image
    const subject = describeImage(image.digest)
    const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json'
    const missing = describeImage(`sha256:${'0'.repeat(64)}`)
    const tag = image.digest.replace(':', '-')
    for (const [name, manifest] of Object.entries({
      [`${tag}.sig`]: { config, layers },
      [`${tag}.att`]: { config, layers: [document, ...layers] },
      a: { config, layers, subject, artifactType },
      b: { config, layers: [document, ...layers], subject, artifactType },
      c: { config, layers: [document], subject: missing, artifactType },
      d: { config, layers: [], subject, artifactType },
      e: { config, layers: [document], artifactType },
      [`sha256-${'0'.repeat(64)}.sig`]: { config, layers: [document] },
    })) {
      await push(name, manifest)
      expect([name, await pull(reader, name)]).toEqual([name, 403])
    }
  })
})

describe('what a tag of its own makes an image', () => {
  it('is refused: an image whose layers are called documents, and an index that has a subject', async () => {
    await demand(['acme/security'])
    const { config, layers } = image
    const subject = describeImage(image.digest)
    const named = layers.map(({ digest, size }) => ({ digest, size, mediaType: 'application/vnd.in-toto+json' }))
    const disguised = { config, layers: named, subject }
    const bare = await push(undefined, disguised)
    const index = { manifests: [describeImage(bare)], subject }
    expect([await pull(reader, bare), await pull(reader, await push(undefined, index, mediaTypes.index))]).toEqual([
      200, 200,
    ])
    await push('new', disguised)
    await push('list', index, mediaTypes.index)
    for (const reference of ['new', bare, 'list']) {
      expect([reference, await pull(reader, reference)]).toEqual([reference, 403])
    }
  })
})

describe('a policy in report mode', () => {
  it('lets pulls go on, and their events say what is missing', async () => {
    await demand(['acme/security'], 'report')
    const token = await pullTokenOf('ray')
    const { client, settle } = countingClient(token)
    expect((await client('GET', `/v2/${repository}/manifests/latest`)).status).toBe(200)
    await settle()
    await sign(image.digest)
    expect((await client('GET', `/v2/${repository}/manifests/${image.digest}`)).status).toBe(200)
    await settle()
    const { results } = await env.DB.prepare("SELECT content FROM events WHERE type = 'GET' ORDER BY id").all<{
      content: string
    }>()
    expect(results.map(({ content }) => JSON.parse(content) as unknown)).toEqual([
      { count: 1, missingSignatures: ['acme/security'] },
      { count: 1, tags: ['latest'] },
    ])
  })

  it('reports beside one that is enforced', async () => {
    await demand(['acme/qa'], 'report')
    await demand(['acme/security'], 'enforce', namespacePath)
    const { client, settle } = countingClient(await pullTokenOf('ray'))
    expect((await client('GET', `/v2/${repository}/manifests/latest`)).status).toBe(403)
    await sign(image.digest)
    expect((await client('GET', `/v2/${repository}/manifests/latest`)).status).toBe(200)
    await settle()
    const { results } = await env.DB.prepare("SELECT content FROM events WHERE type = 'GET'").all<{ content: string }>()
    expect(results.map(({ content }) => JSON.parse(content) as unknown)).toEqual([
      { count: 1, missingSignatures: ['acme/qa'] },
    ])
  })
})

async function pullTokenOf(name: string): Promise<string> {
  const answer = await (await aLogin(name))('GET', `/auth/token?service=${host}&scope=repository:${repository}:pull`)
  return (await answer.json<{ token: string }>()).token
}

describe('the cost of a pull', () => {
  const costs = async (token: string, method: string): Promise<number> => {
    const { client, counted } = countingClient(token)
    await client(method, `/v2/${repository}/manifests/latest`)
    return counted.roundTrips
  }

  it('is one round trip more where something is demanded, and none where nothing is, or by who may push', async () => {
    const [ray, dev] = [await pullTokenOf('ray'), await pullTokenOf('dev')]
    expect([await costs(ray, 'GET'), await costs(ray, 'HEAD')]).toEqual([1, 1])
    await demand(['acme/security'])
    await sign(image.digest)
    expect([await costs(ray, 'GET'), await costs(ray, 'HEAD')]).toEqual([2, 2])
    expect([await costs(dev, 'GET'), await costs(dev, 'HEAD')]).toEqual([1, 1])
    await demand(['acme/security'], 'report')
    expect(await costs(ray, 'HEAD')).toBe(1)
  })

  it('is found by indexes alone', async () => {
    await demand(['acme/security'])
    const plans = await plansOf((db) => findMissingTeams(db, 1, parseDigest(image.digest)))
    const steps = [...plans.values()].flat()
    expect(steps.filter((step) => step.startsWith('SEARCH')).length).toBeGreaterThan(10)
    expect(steps.filter((step) => /^SCAN (?!signed|layer|matching|CONSTANT)/.test(step))).toEqual(['SCAN trust_roots'])
  })
})

it('the walk through indexes ends where a hostile pusher makes too many', async () => {
  await demand(['acme/security'])
  const top = await push('top', { manifests: [describeImage(image.digest)] }, mediaTypes.index)
  await withSql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
     INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     SELECT repository_id, 'sha256:' || printf('%064d', i), media_type, 1, '{}', '', 1 FROM n, manifests
     WHERE digest = ?`,
    top,
  )
  await withSql(
    `INSERT INTO manifest_children (repository_id, manifest_digest, child_digest)
     SELECT repository_id, digest, ? FROM manifests WHERE body = '{}'`,
    image.digest,
  )
  const [row] = await openDatabase(env.DB).all<{ id: number }>('SELECT id FROM repositories')
  const missing = await findMissingTeams(openDatabase(env.DB), row?.id ?? 0, parseDigest(image.digest))
  expect(missing).toHaveLength(1)
})
