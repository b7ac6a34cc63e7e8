import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, problemOf, tokenFor, withPassword, withToken, type Send } from '../../support/client.ts'
import {
  anImage,
  contentOf,
  countRows,
  digestOf,
  json,
  pushBlob,
  pushImage,
  putManifest,
  type Bytes,
} from '../../support/content.ts'
import { countingClient } from '../../support/counting.ts'
import { anAccount, clientOf } from '../../support/people.ts'

const repository = 'alice/app'

/** Where a Link header leads (RFC 8288). */
const nextOf = (response: Response): string | undefined =>
  /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]

async function everyPage<Page>(client: Send, path: string): Promise<Page[]> {
  const pages: Page[] = []
  for (let next: string | undefined = path; next !== undefined;) {
    const response: Response = await client('GET', next)
    expect(response.status).toBe(200)
    next = nextOf(response)
    pages.push(await response.json<Page>())
  }
  return pages
}

describe('the list of tags (OCI end-8)', () => {
  const list = `/v2/${repository}/tags/list`

  async function withTags(...tags: string[]): Promise<Send> {
    const client = await clientOf(repository)
    const { manifest, digest } = await anImage(client, repository)
    await putManifest(client, repository, `${digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`, manifest)
    return client
  }
  const tagsOf = async (response: Response) => (await response.json<{ tags: string[] }>()).tags

  it('is in ASCII order', async () => {
    const client = await withTags('b', 'a', 'B', '10', '9', '_x')
    expect(await (await client('GET', list)).json()).toEqual({
      name: repository,
      tags: ['10', '9', 'B', '_x', 'a', 'b'],
    })
  })

  it('comes in pages of n, each with a link to the next', async () => {
    const client = await withTags('a', 'b', 'c', 'd', 'e')
    const first = await client('GET', `${list}?n=2`)
    expect(nextOf(first)).toBe(`${list}?n=2&last=b`)
    const pages = await everyPage<{ tags: string[] }>(client, `${list}?n=2`)
    expect(pages.map(({ tags }) => tags)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  it('has no link when the last page is full', async () => {
    const client = await withTags('a', 'b')
    expect((await client('GET', `${list}?n=2`)).headers.get('link')).toBeNull()
  })

  it('starts after last, which need not exist, with or without n', async () => {
    const client = await withTags('a', 'c', 'd')
    expect(await tagsOf(await client('GET', `${list}?last=b`))).toEqual(['c', 'd'])
    expect(await tagsOf(await client('GET', `${list}?n=1&last=a`))).toEqual(['c'])
    expect(await tagsOf(await client('GET', `${list}?last=z`))).toEqual([])
  })

  it('is empty for n=0, without a link', async () => {
    const client = await withTags('a')
    const response = await client('GET', `${list}?n=0`)
    expect(response.headers.get('link')).toBeNull()
    expect(await tagsOf(response)).toEqual([])
  })

  it('is empty for a repository without tags, and unknown for one that does not exist', async () => {
    const client = await clientOf(repository, 'alice/none')
    await pushBlob(client, repository, contentOf(1))
    expect(await tagsOf(await client('GET', list))).toEqual([])
    const response = await client('GET', '/v2/alice/none/tags/list')
    expect(response.status).toBe(404)
    expect((await problemOf(response)).code).toBe('NAME_UNKNOWN')
  })

  it('takes any number for n', async () => {
    const client = await withTags('a')
    expect((await client('GET', `${list}?n=2147483647000`)).status).toBe(200)
  })

  for (const n of ['-1', 'x', '1.5', '']) {
    it(`refuses n=${n}`, async () => {
      const client = await withTags('a')
      expect((await client('GET', `${list}?n=${n}`)).status).toBe(400)
    })
  }
})

describe('the catalog', () => {
  const catalog = '/v2/_catalog'

  async function withRepositories(): Promise<void> {
    const names = ['alice/app', 'alice/deep/path', 'alice-b/app', 'alice0/app', 'bob/app']
    await anAccount('alice', 'password of alice')
    await anAccount('root', 'password of root', true)
    const client = await clientOf(...names)
    for (const name of names) await pushBlob(client, name, contentOf(1))
  }

  it('shows a user their own namespace and nothing of its neighbors', async () => {
    await withRepositories()
    const response = await withPassword('alice', 'password of alice')('GET', catalog)
    expect(await response.json()).toEqual({ repositories: ['alice/app', 'alice/deep/path'] })
  })

  it('shows an administrator everything, page by page', async () => {
    await withRepositories()
    const pages = await everyPage<{ repositories: string[] }>(
      withPassword('root', 'password of root'),
      `${catalog}?n=2`,
    )
    expect(pages.map(({ repositories }) => repositories)).toEqual([
      ['alice-b/app', 'alice/app'],
      ['alice/deep/path', 'alice0/app'],
      ['bob/app'],
    ])
  })

  it('reads the rows of a namespace, not of the registry', async () => {
    await withRepositories()
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO repositories (name, namespace, created_at) SELECT 'bob/x' || i, 'bob', 0 FROM n`,
    ).run()
    const token = await tokenFor('alice', [{ type: 'registry', name: 'catalog', actions: ['*'] }])
    const { client, counted } = countingClient(token)
    expect(await (await client('GET', catalog)).json()).toEqual({ repositories: ['alice/app', 'alice/deep/path'] })
    expect(counted.rowsRead).toBeGreaterThan(0)
    expect(counted.rowsRead).toBeLessThan(50)
  })

  it('reads no descriptions, however long they are', async () => {
    await withRepositories()
    await env.DB.prepare(`UPDATE repositories SET long_description = ?`).bind('x'.repeat(100_000)).run()
    const statements: string[] = []
    const watched = new Proxy(env.DB, {
      get(target, name) {
        if (name !== 'prepare') return Reflect.get(target, name) as unknown
        return (sql: string) => {
          statements.push(sql)
          return target.prepare(sql)
        }
      },
    })
    const token = await tokenFor('alice', [{ type: 'registry', name: 'catalog', actions: ['*'] }])
    const request = new Request(`http://registry.test${catalog}`, { headers: { authorization: `Bearer ${token}` } })
    const response = await answerRequest(request, { ...env, DB: watched }, createExecutionContext())
    expect(await response.json()).toEqual({ repositories: ['alice/app', 'alice/deep/path'] })
    expect(statements.filter((sql) => sql.includes('description'))).toEqual([])
  })

  it('is shown to a token that was granted it, and to no other', async () => {
    await withRepositories()
    const granted = await tokenFor('alice', [{ type: 'registry', name: 'catalog', actions: ['*'] }])
    expect((await withToken(granted)('GET', catalog)).status).toBe(200)
    const refused = await withToken(await tokenFor('alice', []))('GET', catalog)
    expect(refused.status).toBe(401)
    expect(header(refused, 'www-authenticate')).toContain('scope="registry:catalog:*",error="insufficient_scope"')
  })
})

describe('the referrers of a manifest (OCI end-12)', () => {
  async function aSubject() {
    const client = await clientOf(repository)
    const image = await pushImage(client, repository, 'latest')
    const subject = { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }
    return { client, subject, path: `/v2/${repository}/referrers/${image.digest}` }
  }

  interface Index {
    readonly manifests: {
      digest: string
      artifactType?: string
      annotations?: object
      size: number
      mediaType: string
    }[]
  }
  const indexOf = async (response: Response): Promise<Index> => response.json<Index>()

  async function refer(
    client: Send,
    fields: object,
    mediaType: string = mediaTypes.image,
  ): Promise<{ digest: string; bytes: Bytes }> {
    const config = await pushBlob(client, repository, json({}))
    const image =
      mediaType === mediaTypes.image ? { config: { ...config, mediaType: 'application/x.config' }, layers: [] } : {}
    const bytes = json({ schemaVersion: 2, mediaType, ...image, ...fields })
    const digest = await digestOf(bytes)
    const response = await putManifest(client, repository, digest, bytes, mediaType)
    expect(response.status).toBe(201)
    return { digest, bytes }
  }

  it('are an empty index for an unknown digest', async () => {
    const client = await clientOf(repository)
    const response = await client('GET', `/v2/${repository}/referrers/${await digestOf(contentOf(9))}`)
    expect(response.status).toBe(200)
    expect(header(response, 'content-type')).toBe(mediaTypes.index)
    expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
  })

  it('refuses what is not a digest', async () => {
    const client = await clientOf(repository)
    expect((await client('GET', `/v2/${repository}/referrers/latest`)).status).toBe(400)
    const digest = await digestOf(contentOf(9))
    expect((await client('GET', `/v2/${repository}/referrers/${digest}?last=latest`)).status).toBe(400)
  })

  it('have artifact types and annotations, and the push is told that its subject was understood', async () => {
    const { client, subject, path } = await aSubject()
    const config = await pushBlob(client, repository, json({}))
    const bytes = json({
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      config,
      layers: [],
      subject,
      artifactType: 'application/x.sbom',
    })
    const response = await putManifest(client, repository, await digestOf(bytes), bytes)
    expect(header(response, 'oci-subject')).toBe(subject.digest)

    const byConfig = await refer(client, { subject, annotations: { made: 'here' } })
    const index = await refer(client, { subject, manifests: [] }, mediaTypes.index)
    const { manifests } = await indexOf(await client('GET', path))
    expect(manifests).toHaveLength(3)
    expect(manifests).toContainEqual({
      mediaType: mediaTypes.image,
      digest: await digestOf(bytes),
      size: bytes.length,
      artifactType: 'application/x.sbom',
    })
    expect(manifests).toContainEqual({
      mediaType: mediaTypes.image,
      digest: byConfig.digest,
      size: byConfig.bytes.length,
      artifactType: 'application/x.config',
      annotations: { made: 'here' },
    })
    expect(manifests).toContainEqual({ mediaType: mediaTypes.index, digest: index.digest, size: index.bytes.length })
  })

  it('are listed for a missing subject', async () => {
    const client = await clientOf(repository)
    const subject = { mediaType: mediaTypes.image, digest: await digestOf(contentOf(3)), size: 3 }
    const { digest } = await refer(client, { subject })
    const { manifests } = await indexOf(await client('GET', `/v2/${repository}/referrers/${subject.digest}`))
    expect(manifests.map((entry) => entry.digest)).toEqual([digest])
  })

  it('are those of this subject alone', async () => {
    const { client, subject, path } = await aSubject()
    const { digest } = await refer(client, { subject })
    const other = { mediaType: mediaTypes.image, digest: await digestOf(contentOf(3)), size: 3 }
    await refer(client, { subject: other })
    const { manifests } = await indexOf(await client('GET', path))
    expect(manifests.map((entry) => entry.digest)).toEqual([digest])
  })

  it('are filtered by artifact type, and the answer says so', async () => {
    const { client, subject, path } = await aSubject()
    const wanted = await refer(client, { subject, artifactType: 'application/x.a' })
    await refer(client, { subject, artifactType: 'application/x.b' })
    const response = await client('GET', `${path}?artifactType=application/x.a`)
    expect(header(response, 'oci-filters-applied')).toBe('artifactType')
    expect((await indexOf(response)).manifests.map(({ digest }) => digest)).toEqual([wanted.digest])
    expect((await client('GET', path)).headers.get('oci-filters-applied')).toBeNull()
  })

  it('come in pages that keep the filter', async () => {
    const { client, subject, path } = await aSubject()
    const digests: string[] = []
    for (let at = 0; at < 5; at++) {
      digests.push(
        (await refer(client, { subject, artifactType: 'application/x.a', annotations: { at: String(at) } })).digest,
      )
    }
    // So many that some come after the first page, whatever their digests are.
    for (let at = 0; at < 5; at++) {
      await refer(client, { subject, artifactType: 'application/x.b', annotations: { at: String(at) } })
    }
    const pages = await everyPage<Index>(client, `${path}?artifactType=application/x.a&n=2`)
    expect(pages.map(({ manifests }) => manifests.length)).toEqual([2, 2, 1])
    expect(pages.flatMap(({ manifests }) => manifests.map(({ digest }) => digest))).toEqual(digests.sort())
  })

  it('stay within the size of a manifest, however large their annotations', async () => {
    const { client, subject, path } = await aSubject()
    const large = 'x'.repeat(1_500_000)
    for (let at = 0; at < 3; at++) await refer(client, { subject, annotations: { at: String(at), large } })
    const pages = await everyPage<Index>(client, path)
    expect(pages.map(({ manifests }) => manifests.length)).toEqual([2, 1])
    expect(pages[0]?.manifests[0]?.annotations).toMatchObject({ large })
  })

  it('are listed without a look into their manifests, however large those are', async () => {
    const { client, subject, path } = await aSubject()
    const annotations = { made: 'here' }
    for (let at = 0; at < 3; at++) {
      await refer(client, { subject, annotations, filler: `${at}${'x'.repeat(200_000)}` })
    }
    const token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull'] }])
    const { client: counting, counted } = countingClient(token)
    const { manifests } = await indexOf(await counting('GET', path))
    expect(manifests.map((entry) => entry.annotations)).toEqual([annotations, annotations, annotations])
    expect(counted).toMatchObject({ roundTrips: 1, classB: 0 })
  })

  it('that an earlier release took are read, so many that a page stays within bounds', async () => {
    const { client, subject, path } = await aSubject()
    const digests: string[] = []
    for (let at = 0; at < 4; at++) {
      const filler = 'x'.repeat(at === 0 ? 100 : 1_500_000)
      digests.push((await refer(client, { subject, annotations: { at: String(at) }, filler })).digest)
    }
    await refer(client, { subject })
    await env.DB.prepare('UPDATE manifests SET annotations = NULL').run()
    const pages = await everyPage<Index>(client, path)
    expect(pages.length).toBe(2)
    const found = pages.flatMap(({ manifests }) => manifests)
    expect(found.flatMap(({ annotations }) => annotations ?? [])).toHaveLength(4)
    expect(found.map(({ digest }) => digest)).toEqual(expect.arrayContaining(digests))
    const { digest: again } = await refer(client, { subject, annotations: { at: '0' }, filler: 'x'.repeat(100) })
    expect(await countRows('manifests', `digest = '${again}' AND annotations = '{"at":"0"}'`)).toBe(1)
  })

  it('are filtered by a type with a bare plus, as RFC 3986 has it, and their links keep it', async () => {
    const { client, subject, path } = await aSubject()
    for (let at = 0; at < 2; at++) {
      await refer(client, { subject, artifactType: 'application/vnd.in-toto+json', annotations: { at: String(at) } })
    }
    for (const plus of ['+', '%2B']) {
      const pages = await everyPage<Index>(client, `${path}?artifactType=application/vnd.in-toto${plus}json&n=1`)
      expect(pages.map(({ manifests }) => manifests.length)).toEqual([1, 1])
    }
    await refer(client, { subject, artifactType: 'a b', annotations: { at: '0' } })
    await refer(client, { subject, artifactType: 'a b', annotations: { at: '1' } })
    const spaced = await everyPage<Index>(client, `${path}?artifactType=a%20b&n=1`)
    expect(spaced.map(({ manifests }) => manifests.length)).toEqual([1, 1])
  })

  it('ignore an empty artifact type', async () => {
    const { client, subject, path } = await aSubject()
    await refer(client, { subject, artifactType: '' })
    expect((await indexOf(await client('GET', path))).manifests).toMatchObject([
      { artifactType: 'application/x.config' },
    ])
  })

  it('include a referrer that is nested deeper than the database can read', async () => {
    const { client, subject, path } = await aSubject()
    const bytes = `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[],"subject":${JSON.stringify(subject)},"deep":${'['.repeat(2000)}${']'.repeat(2000)}}`
    const pushed = await client('PUT', `/v2/${repository}/manifests/deep`, {
      headers: { 'content-type': mediaTypes.index },
      body: bytes,
    })
    expect(pushed.status).toBe(201)
    expect((await indexOf(await client('GET', path))).manifests).toHaveLength(1)
  })

  it('end with their deletion', async () => {
    const { client, subject, path } = await aSubject()
    const { digest } = await refer(client, { subject })
    await client('DELETE', `/v2/${repository}/manifests/${digest}`)
    expect((await indexOf(await client('GET', path))).manifests).toEqual([])
  })
})
