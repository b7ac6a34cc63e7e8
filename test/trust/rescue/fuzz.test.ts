/** Collections of other servers with anything in them are taken or refused by name, soon. */
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { ExpectedError } from '../../../src/failures/failure.ts'
import { verifyCollection, type SentDocument } from '../../../src/trust/rescue/collection.ts'
import { aPublishedCollection, gun } from '../support/collection.ts'
import { aTargets, bytesOf } from '../support/documents.ts'
import { exported } from '../support/exported.ts'
import { aKey } from '../support/keys.ts'

let documents: readonly SentDocument[]

beforeAll(async () => {
  const signer = await aKey()
  const { server } = await aPublishedCollection({ delegations: [{ name: 'targets/a', keys: [signer] }] })
  await server.publish({ 'targets/a': await aTargets({ signers: [signer], version: 1 }) })
  documents = exported(server)
})

/** Milliseconds that a decision may take on a busy machine. */
const soon = 5000

async function isDecided(sent: readonly SentDocument[]): Promise<void> {
  const begun = performance.now()
  try {
    await verifyCollection({ gun, documents: sent, now: Date.now() })
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError)
    expect((error as ExpectedError<{ kind: string }>).failure.kind).toBe('trust-import-unsound')
  }
  expect(performance.now() - begun).toBeLessThan(soon)
}

const change = fc.record({ which: fc.nat(), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 4 }) })

it('with bytes changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const sent = [...documents]
      for (const { which, at, bytes } of changes) {
        const index = which % sent.length
        const { role = '', bytes: whole = new Uint8Array() } = sent[index] ?? {}
        const start = at % (whole.length + 1)
        const mixed = Uint8Array.from([...whole.subarray(0, start), ...bytes, ...whole.subarray(start + 1)])
        sent[index] = { role, bytes: mixed }
      }
      await isDecided(sent)
    }),
    { numRuns: 300 },
  )
})

it('left out, doubled, in any order, and under any name', async () => {
  const role = fc.oneof(fc.constantFrom('root', 'targets', 'targets/a', 'snapshot', 'timestamp'), fc.string())
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(), role, fc.boolean()), { maxLength: 8 }), async (chosen) => {
      await isDecided(
        chosen.flatMap(([which, name, isRenamed]) => {
          const document = documents[which % documents.length]
          return document === undefined ? [] : [isRenamed ? { role: name, bytes: document.bytes } : document]
        }),
      )
    }),
    { numRuns: 300 },
  )
})

it('of any JSON', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.nat(), async (text, which) => {
      await isDecided(
        documents.map((one, at) => (at === which % documents.length ? { role: one.role, bytes: bytesOf(text) } : one)),
      )
    }),
    { numRuns: 200 },
  )
})
