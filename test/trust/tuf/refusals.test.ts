/** Refused parts, and what no document is to blame for, with the code, the message and the detail that clients parse. */
import { describe, expect, it } from 'vitest'
import { aCollection, aPublishedCollection } from '../support/collection.ts'
import { aRoot, bytesOf, metaOf, seal, signatureBy, textOf } from '../support/documents.ts'
import { answerOf, named, badRoot, badTargets, withoutDetail, malformed, now } from '../support/answers.ts'
import type { Part } from '../../../src/trust/tuf/uploads.ts'

describe('the parts of a publish (3.1)', () => {
  const publish = async (...parts: readonly Part[]): Promise<object> => {
    const { server } = await aCollection()
    return answerOf(await server.publish(parts))
  }
  const document = bytesOf('{"signed":{"_type":"Targets","version":2},"signatures":[]}')

  it.each([undefined, '', '.json'])('have a file name, which %j is not', async (filename) => {
    expect(await publish({ filename, bytes: document })).toEqual({
      status: 400,
      code: 'NO_FILENAME',
      message: 'No file/role name provided.',
    })
  })

  it.each(['mirror', 'targets/A', 'targets/a.b', 'targets/', 'root/a', 'targets.json', '../root'])(
    'are named by roles, of which %s is none',
    async (detail) => {
      expect(await publish({ filename: `${detail}.json`, bytes: document })).toEqual({
        status: 400,
        code: 'INVALID_ROLE',
        message: 'The role you are attempting to operate on is invalid.',
        detail,
      })
    },
  )

  it.each([
    ['nothing', ''],
    ['no JSON', '{"signed":'],
    ['text behind the document', '{"signed":{}} x'],
    ['no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['a version as text', '{"signed":{"version":"1"}}'],
    ['a version as a fraction', '{"signed":{"version":1.0}}'],
    ['a time of another form', '{"signed":{"expires":"tomorrow"}}'],
    ['a signature that is not base64', '{"signed":{},"signatures":[{"sig":"%"}]}'],
    ['half of a surrogate pair', '{"signed":{"version":1,"note":"\\ud800"}}'],
    ['a field in another case', '{"signed":{"version":1,"Version":2}}'],
    ['signatures under two names', '{"signed":{},"signatures":[],"Signatures":[]}'],
    ['a field twice', '{"signed":{"version":1},"signed":{"version":2}}'],
  ])('are documents, and not %s', async (_case, content) => {
    const bytes = typeof content === 'string' ? bytesOf(content) : Uint8Array.from(content)
    expect(await publish({ filename: 'targets', bytes })).toEqual(malformed)
  })

  it('are refused in their order', async () => {
    const bad = { filename: 'mirror', bytes: bytesOf('x') }
    expect(await publish({ filename: 'targets', bytes: bytesOf('x') }, bad)).toEqual(malformed)
    expect(await publish(bad, { filename: 'targets', bytes: bytesOf('x') })).toMatchObject({ code: 'INVALID_ROLE' })
  })

  it.each<[string, string, () => readonly Part[]]>([
    [
      'roles',
      'the update has 65 roles, and at most 64 are taken',
      () => Array.from({ length: 65 }, () => ({ filename: 'targets', bytes: document })),
    ],
    [
      'bytes together',
      'the update has 12000000 bytes, and at most 10485760 are taken',
      () => ['root', 'targets', 'snapshot'].map((filename) => ({ filename, bytes: bytesOf('{}'.padEnd(4_000_000)) })),
    ],
    [
      'signatures',
      'targets: it has 51 signatures, and at most 50 are taken',
      () => {
        const signatures = Array.from({ length: 51 }, () => ({ keyid: '', method: '', sig: '' }))
        return [{ filename: 'targets', bytes: bytesOf(JSON.stringify({ signed: {}, signatures })) }]
      },
    ],
  ])('have no more %s than are taken', async (_what, message, make) => {
    expect(await publish(...make())).toEqual(named('ErrValidation', message))
  })

  it('are refused in a sentence where they are too large, and in an answer of at most 1 KiB always', async () => {
    const bytes = bytesOf('{}'.padEnd(5_000_000))
    expect(await publish({ filename: 'targets', bytes })).toEqual(
      named('ErrValidation', 'targets: it has 5000000 bytes, and at most 4194304 are taken'),
    )
    const answer = JSON.stringify(await publish({ filename: `"ä\u0001`.repeat(1000), bytes }))
    expect(new TextEncoder().encode(answer).length).toBeLessThan(1000)
  })

  it('are at least a root, where nothing is stored', async () => {
    const noRoot = named('ErrValidation', 'no pre-existing root and no root provided in update.')
    expect(await publish()).toEqual(noRoot)
    expect(await publish({ filename: 'targets', bytes: document })).toEqual(noRoot)
    expect(await publish({ filename: 'timestamp', bytes: document })).toEqual(noRoot)
  })
})

describe('what is stored and cannot be followed (3.6, 3.7)', () => {
  it.each(['snapshot', 'timestamp'] as const)('is a %s that names nothing', async (role) => {
    const { server } = await aPublishedCollection({ now })
    const type = role === 'snapshot' ? 'Snapshot' : 'Timestamp'
    await server.tamper(role, await seal({ _type: type, version: 1, meta: {} }, []))
    const missing = role === 'snapshot' ? 'root' : 'snapshot'
    expect(answerOf(await server.publish({}))).toEqual(
      named('ErrValidation', `${role} type metadata invalid: missing ${missing} sha256 checksum information`),
    )
  })

  it.each(['root', 'snapshot', 'timestamp'] as const)('is a %s that is no JSON', async (role) => {
    const { server } = await aPublishedCollection({ now })
    await server.tamper(role, bytesOf('{'))
    expect(answerOf(await server.publish({}))).toEqual(withoutDetail)
  })
})

it('a key of the server under another ID signs nothing', async () => {
  const { server, keys, targets } = await aCollection({ now })
  const [held] = keys.timestamp
  if (held === undefined) throw new Error('there is no key')
  const renamed = { ...held, id: 'abc' }
  server.heldKeys.set('abc', held)
  const root = await aRoot({ keys: { ...keys, timestamp: [renamed] } })
  expect(answerOf(await server.publish({ root, targets: await targets() }))).toEqual(
    badRoot('no timestamp keys exist on the server'),
  )
})

it('a signature over the same value in another form counts, and one over other bytes does not', async () => {
  const { server, targets, targetsKey } = await aPublishedCollection({ now })
  const text = textOf(await targets({ version: 3, signers: [] }))
  const { signed } = JSON.parse(text) as { signed: object }
  // What "notary add --custom" does: it signs its own spelling.
  const own = JSON.stringify(signed, null, 1)
  const signature = await signatureBy(targetsKey, bytesOf(own))
  const bytes = bytesOf(`{"signed":${own},"signatures":${JSON.stringify([signature])}}`)
  expect(answerOf(await server.publish({ targets: bytes }))).toEqual(
    badTargets('valid signatures did not meet threshold for targets'),
  )
  const sound = JSON.parse(textOf(await seal(signed, [targetsKey]))) as { signatures: object[] }
  const spelled = bytesOf(`{"signatures":${JSON.stringify(sound.signatures)},"signed":${own}}`)
  expect(answerOf(await server.publish({ targets: spelled }))).toMatchObject({ stored: expect.any(Array) })
  expect(server.signed('snapshot')['meta']).toMatchObject({ targets: await metaOf(spelled) })
})
