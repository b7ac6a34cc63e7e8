import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, type Send } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { aPerson, clientOf } from '../support/people.ts'
import { closeGate, openGate } from '../support/replicas.ts'

interface Page {
  readonly findings: readonly { kind: string; subject: string }[]
  readonly checked: Record<string, number>
  readonly next?: string
}

describe('POST /api/v0/admin/fsck', () => {
  let root: Send

  beforeEach(async () => {
    root = (await aPerson('root', { isAdmin: true })).client
    await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  })

  const ask = (client: Send, body: object): Promise<Response> =>
    client('POST', '/api/v0/admin/fsck', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  async function pages(content: boolean): Promise<Page[]> {
    const found: Page[] = []
    let cursor: string | undefined
    do {
      const response = await ask(root, { content, ...(cursor === undefined ? {} : { cursor }) })
      expect(response.status).toBe(200)
      const page = await response.json<Page>()
      found.push(page)
      cursor = page.next
    } while (cursor !== undefined)
    return found
  }

  const sum = (all: readonly Page[], thing: string): number =>
    all.reduce((total, { checked }) => total + (checked[thing] ?? 0), 0)

  it('goes through everything, page by page, with content and without', async () => {
    const [rows, content] = [await pages(false), await pages(true)]
    expect(content.length).toBeGreaterThan(rows.length)
    for (const all of [rows, content]) {
      expect(all.flatMap(({ findings }) => findings)).toEqual([])
      expect(
        ['objects', 'segments', 'blobs', 'links', 'manifests', 'references', 'tags'].map((thing) => sum(all, thing)),
      ).toEqual([3, 3, 3, 3, 1, 3, 1])
    }
    expect(sum(rows, 'bytes')).toBe(0)
    expect(sum(content, 'bytes')).toBeGreaterThan(2000)
  })

  it('says what is wrong', async () => {
    const { objects } = await env.BUCKET.list()
    await env.BUCKET.delete(objects[0]?.key ?? '')
    await env.BUCKET.put('stranger', 'x')
    expect((await pages(false)).flatMap(({ findings }) => findings)).toMatchObject([
      { kind: 'object-unknown', subject: 'object stranger', repository: '' },
      { kind: 'object-missing', subject: `object ${objects[0]?.key}`, why: expect.stringContaining('restore it') },
    ])
  })

  it('works while the registry is read-only', async () => {
    await closeGate()
    expect((await ask(root, {})).status).toBe(200)
    await openGate()
  })

  it('is for administrators alone', async () => {
    const { client } = await aPerson('carol')
    expect((await ask(client, {})).status).toBe(403)
  })

  it('refuses a cursor that it never gave, and fields that mean nothing', async () => {
    for (const body of [
      { cursor: 'x' },
      { cursor: '["nowhere"]' },
      { cursor: 5 },
      { content: 'yes' },
      { repair: true },
    ]) {
      const response = await ask(root, body)
      expect([body, response.status]).toEqual([body, 400])
      expect((await problemOf(response)).code).toBe('INVALID_JSON')
    }
  })
})
