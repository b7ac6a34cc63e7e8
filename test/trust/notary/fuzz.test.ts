/** Whatever is asked of the Notary server: no answer is a failure of the registry. */
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { parseGun } from '../../../src/trust/gun.ts'
import { parseFile } from '../../../src/trust/notary/parameters.ts'
import { aRepository, aUser } from '../../support/people.ts'
import type { Send } from '../../support/client.ts'
import { aPublishedCollection, gunOf, notaryClient, trustPath, type Publisher } from '../support/clients.ts'
import { textOf } from '../support/documents.ts'

const repository = 'alice/app'
const gun = gunOf(repository)

let client: Send
let publisher: Publisher

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  client = await notaryClient('alice', gun)
  publisher = await aPublishedCollection(client, gun)
})

const runs = { numRuns: 60 }
const boundary = 'b'

it('by an upload with anything in any place', async () => {
  const targets = textOf(await publisher.targets({ version: 3 }))
  const form = `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="targets"\r\n\r\n${targets}\r\n--${boundary}--\r\n`
  const type = fc.oneof(fc.constantFrom(`multipart/form-data; boundary=${boundary}`, 'multipart/mixed', '', 'a/b'))
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.uint8Array({ maxLength: 6 }), type, async (at, bytes, contentType) => {
      const whole = new TextEncoder().encode(form)
      const place = at % whole.length
      const body = Uint8Array.from([...whole.subarray(0, place), ...bytes, ...whole.subarray(place + bytes.length)])
      const answer = await client('POST', trustPath(gun), { headers: { 'content-type': contentType }, body })
      expect([200, 400]).toContain(answer.status)
      // Clients read the first KiB of an answer.
      expect((await answer.text()).length).toBeLessThanOrEqual(1024)
    }),
    runs,
  )
})

it('by any file, and by any page of the changefeed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.webSegment(), fc.string(), fc.string(), async (file, records, id) => {
      const query = String(new URLSearchParams({ records, change_id: id }))
      const asked = [
        client('GET', `${trustPath(gun)}${file}`),
        client('POST', `${trustPath(gun)}${file}`),
        client('GET', `/v2/${gun}/_trust/changefeed?${query}`),
        client('GET', `/v2/${file}/_trust/tuf/root.json`),
      ]
      for (const answer of await Promise.all(asked)) {
        expect(answer.status).toBeLessThan(500)
        await answer.body?.cancel()
      }
    }),
    runs,
  )
})

it('by any name of a file or a collection, which are read soon', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseFile(text)
      parseFile(`${text}.json`)
      parseFile(`targets/${text}.json`)
      parseGun(text)
      parseGun(`host/${text}`)
    }),
    { numRuns: 2000 },
  )
  const begun = performance.now()
  for (const piece of ['/', '/a', 'a', '0', '.', 'targets/']) {
    const long = piece.repeat(20_000)
    parseFile(long)
    parseFile(`targets${long}.json`)
    parseFile(`${long}.root.json`)
    parseGun(long)
  }
  expect(performance.now() - begun).toBeLessThan(1000)
})
