import { expect, it } from 'vitest'
import { contentOf, pushBlob } from '../support/content.ts'
import { age, image } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'
import { collect } from './support/collecting.ts'

const repository = 'alice/app'
const minute = 60_000

it('a HEAD by a client that may push keeps the content from a collection that begins afterwards', async () => {
  const pusher = await clientOf(repository)
  const { digest } = await pushBlob(pusher, repository, contentOf(10))
  await image(pusher, repository, { tag: 'latest' })
  const blob = `/v2/${repository}/blobs/${digest}`
  await age(30 * minute)
  await pusher('HEAD', blob)
  const cutoff = Date.now() - 15 * minute
  expect((await collect({ cutoff })).lines).toEqual([])
  await age(30 * minute)
  expect((await collect({ cutoff })).freed.blobs).toBe(1)
  expect((await pusher('HEAD', blob)).status).toBe(404)
})
