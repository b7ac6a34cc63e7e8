/** The root by which the registry gets the keys of a collection that came from elsewhere. */
import { expect, it } from 'vitest'
import { adoptedRoot, signedMessageOf } from '../../../src/trust/rescue/adoption.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { verifyRoot } from '../../../src/trust/tuf/verify.ts'
import { aPublishedCollection, gun } from '../support/collection.ts'
import { bytesOf, signatureBy, textOf, written } from '../support/documents.ts'
import { aKey, type TestKey } from '../support/keys.ts'

const now = Date.now()

const writtenKey = (key: TestKey) => ({ keyId: key.id, key: written(key)[key.id] as object })

it('follows the former root, and names the new keys in place of the former ones', async () => {
  const { server, keys, rootKey } = await aPublishedCollection()
  const [timestamp, snapshot] = [await server.newKey(), await server.newKey()]
  const former = server.bytesOf('root')
  const named = { timestamp: writtenKey(timestamp), snapshot: writtenKey(snapshot) }
  const signed = adoptedRoot(former, named, now)
  const bytes = bytesOf(
    `{"signed":${signed},"signatures":${JSON.stringify([await signatureBy(rootKey, bytesOf(signed))])}}`,
  )
  const before = await verifyRoot(readEnvelope(former), undefined, { gun, now })
  const root = await verifyRoot(readEnvelope(bytes), before, { gun, now })
  expect(root.version).toBe(2)
  expect(root.roles).toEqual({
    ...before.roles,
    timestamp: { keyIds: [timestamp.id], threshold: 1 },
    snapshot: { keyIds: [snapshot.id], threshold: 1 },
  })
  expect([...root.keys.keys()].sort()).toEqual(
    [...keys.root, ...keys.targets, timestamp, snapshot].map(({ id }) => id).sort(),
  )
  expect(readEnvelope(bytes).expires.milliseconds).toBeGreaterThan(now + 9 * 365 * 86_400_000)
  // The former keys sign no more, and the new ones do.
  for (const { id } of [...keys.timestamp, ...keys.snapshot]) server.heldKeys.delete(id)
  expect(await server.publish({ root: bytes })).not.toHaveProperty('refusal')
  expect(server.versions()).toEqual({ root: 2, targets: 2, snapshot: 2, timestamp: 2 })
})

it('keeps what it does not know, and says what the signatures of a root cover', async () => {
  const { root } = await aPublishedCollection()
  const former = await root({ change: (signed) => ({ ...signed, 'x-<note>': 'é' }) })
  const key = writtenKey(await aKey())
  expect(adoptedRoot(former, { timestamp: key, snapshot: key }, now)).toContain('"x-<note>":"é"')
  expect(signedMessageOf(former)).toContain('"x-<note>":"é"')
  expect(textOf(former)).not.toContain('"x-<note>":"é"')
})
