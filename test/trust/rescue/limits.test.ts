/** The bounds of an import at their edge: so much is taken, or told, and not one more. */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  largestTrustImportBodyBytes,
  largestTrustImportBytes,
  mostDocumentsOfTrustImport,
  mostMissingImagesShown,
  mostRolesOfTrustUpdate,
} from '../../../src/limits.ts'
import { verifyCollection, type SentDocument } from '../../../src/trust/rescue/collection.ts'
import { problemOf } from '../../support/client.ts'
import { aPerson, aRepository, aUser, type Person } from '../../support/people.ts'
import { aPublishedCollection, gun } from '../support/collection.ts'
import { exported, importOf } from '../support/exported.ts'

const digest = 'a'.repeat(64)

const sent = (count: number, role: string, size = 2): SentDocument[] =>
  Array.from({ length: count }, () => ({ role, bytes: new Uint8Array(size) }))

const reasonFor = async (documents: readonly SentDocument[]): Promise<string> => {
  try {
    await verifyCollection({ gun, documents, now: 0 })
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('a collection', () => {
  it.each([
    ['documents', 'other documents, and at most', mostDocumentsOfTrustImport, (size: number) => sent(size, 'root')],
    ['roles', 'roles, and fewer than', mostRolesOfTrustUpdate - 1, (size: number) => sent(size, 'targets')],
    ['bytes', 'all have', largestTrustImportBytes, (size: number) => sent(1, 'targets', size)],
  ])('has at most so many %s', async (_name, words, most, make) => {
    expect(await reasonFor(make(most))).not.toContain(words)
    expect(await reasonFor(make(most + 1))).toContain(words)
  })
})

describe('the API', () => {
  let root: Person

  beforeEach(async () => {
    root = await aPerson('root', { isAdmin: true })
  })

  it('takes a body as large as the largest collection, and no larger one', async () => {
    const codeFor = async (size: number): Promise<string> => {
      const body = JSON.stringify({ gun: 'none', documents: [] }).padEnd(size, ' ')
      const headers = { 'content-type': 'application/json', 'content-length': String(size) }
      return (await problemOf(await root.client('POST', '/api/v0/trust/imports', { headers, body }))).code
    }
    expect(await codeFor(largestTrustImportBodyBytes)).toBe('INVALID_GUN')
    expect(await codeFor(largestTrustImportBodyBytes + 1)).toBe('INVALID_JSON')
    expect((largestTrustImportBytes * 4) / 3).toBeLessThan(largestTrustImportBodyBytes)
  })

  it.each([mostMissingImagesShown, mostMissingImagesShown + 1])(
    'counts %i missing images, and names the first',
    async (count) => {
      await aUser('acme')
      await aRepository('acme/app')
      const targets = Object.fromEntries(Array.from({ length: count }, (_, at) => [`v${at}`, digest]))
      const { server } = await aPublishedCollection({ targets })
      const response = await root.ask('POST', '/api/v0/trust/imports', importOf(gun, exported(server)))
      expect(await response.json()).toMatchObject({
        missingImages: { count, images: { length: mostMissingImagesShown } },
      })
    },
  )
})
