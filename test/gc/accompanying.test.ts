/** What accompanies an image by its tag (cosign's signatures, OCI's referrers tag) goes with the image. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Send } from '../support/client.ts'
import { beginRun, collect, finishRun, dryRun } from './support/collecting.ts'
import { countRows } from '../support/content.ts'
import { age, digestsOf, image, index, manifestsOf, type Pushed } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'

const repository = 'alice/app'
const keeping = { policy: { deleteReferrers: false } }
let client: Send
let signed: Pushed
let signature: Pushed

const tagOf = ({ digest }: Pushed, suffix = '.sig'): string => `${digest.replace(':', '-').slice(0, 71)}${suffix}`
const drop = async (reference: string): Promise<void> => {
  expect((await client('DELETE', `/v2/${repository}/manifests/${reference}`)).status).toBe(202)
}

beforeEach(async () => {
  client = await clientOf(repository)
  signed = await image(client, repository, { tag: 'latest', seed: 1 })
  signature = await image(client, repository, { tag: tagOf(signed), seed: 10 })
})

describe('a tag that accompanies an image', () => {
  for (const suffix of ['.sig', '.att', '.sbom']) {
    it(`(${suffix}) goes with the image, in one run`, async () => {
      await image(client, repository, { tag: tagOf(signed, suffix), seed: 20 })
      await drop('latest')
      await collect()
      expect(await manifestsOf(repository)).toEqual([])
      expect(await countRows('tags')).toBe(0)
    })
  }

  it('is deleted after a user deleted the image', async () => {
    await drop(signed.digest)
    expect(await countRows('tags')).toBe(1)
    await collect()
    expect(await manifestsOf(repository)).toEqual([])
  })

  it('is deleted like the referrers list of its image', async () => {
    await index(client, repository, [signature], { tag: tagOf(signed, '') })
    await drop('latest')
    await collect()
    expect(await manifestsOf(repository)).toEqual([])
  })

  it('stays with an image that has a tag', async () => {
    await collect()
    expect(await manifestsOf(repository)).toEqual(digestsOf(signed, signature))
    await collect()
    expect(await countRows('tags')).toBe(2)
  })

  it('stays when its manifest has another tag', async () => {
    await image(client, repository, { tag: 'kept', seed: 10 })
    await drop(signed.digest)
    await collect()
    expect(await manifestsOf(repository)).toEqual([signature.digest])
    await drop('kept')
    await collect()
    expect(await manifestsOf(repository)).toEqual([])
  })

  it('stays if its image never existed here, as signatures may have their own repository', async () => {
    const other = await clientOf('alice/signatures')
    const apart = await image(other, 'alice/signatures', { tag: tagOf(signed), seed: 30 })
    await drop('latest')
    await collect()
    expect(await manifestsOf('alice/signatures')).toEqual([apart.digest])
  })

  it('stays for the grace period of the image', async () => {
    await drop('latest')
    await age(1000)
    await finishRun(await beginRun({ cutoff: Date.now() - 500_000 }))
    expect(await manifestsOf(repository)).toEqual(digestsOf(signed, signature))
  })

  it('keeps no image, and stays when the image is pushed again', async () => {
    await drop(signed.digest)
    await image(client, repository, { tag: 'again', seed: 1 })
    await collect()
    expect(await manifestsOf(repository)).toEqual(digestsOf(signed, signature))
  })

  it('stays while referrers are kept, and is deleted once they are not', async () => {
    await drop(signed.digest)
    await collect(keeping)
    expect(await manifestsOf(repository)).toEqual([signature.digest])
    await collect(keeping)
    expect(await countRows('tags')).toBe(1)
    await collect()
    expect(await manifestsOf(repository)).toEqual([])
  })

  it('makes a manifest a referrer, which the setting for untagged ones keeps no longer', async () => {
    const kept = { policy: { keepUntagged: true } }
    const [first, second] = [
      await image(client, repository, { seed: 20 }),
      await image(client, repository, { seed: 30 }),
    ]
    await collect(kept)
    expect(await manifestsOf(repository)).toEqual(digestsOf(signed, signature, first, second))
    // Each is only about the other, so nothing leads to them.
    await image(client, repository, { seed: 20, tag: tagOf(second) })
    await image(client, repository, { seed: 30, tag: tagOf(first) })
    await collect(kept)
    expect(await manifestsOf(repository)).toEqual(digestsOf(signed, signature))
  })

  it('makes a manifest a referrer when it moves to it', async () => {
    const kept = { policy: { keepUntagged: true } }
    await drop('latest')
    await collect(kept)
    expect(await manifestsOf(repository)).toEqual(digestsOf(signed, signature))
    await image(client, repository, { seed: 1, tag: tagOf(signed) })
    await collect(kept)
    expect(await manifestsOf(repository)).toEqual(digestsOf(signature))
  })

  it('is shown by a dry run with the image', async () => {
    await drop('latest')
    const { lines } = await dryRun()
    for (const { digest } of [signed, signature]) expect(lines.join('\n')).toContain(digest)
  })
})
