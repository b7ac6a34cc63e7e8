/** Random histories of uploads against a model that keeps bytes in memory: whatever happens, both must agree. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { header, type Send } from '../support/client.ts'
import { contentOf, digestOf, segmentKeys, type Bytes } from '../support/content.ts'
import { clientOf } from '../support/people.ts'

const repository = 'alice/app'

type Step =
  | { readonly kind: 'chunk'; readonly sizeBytes: number; readonly shift: number; readonly announced: boolean }
  | { readonly kind: 'status' }
  | { readonly kind: 'cancel' }
  | {
      readonly kind: 'close'
      readonly lastBytes: number
      readonly right: boolean
      readonly algorithm: 'sha256' | 'sha512'
    }

/** What an upload is, without any storage. */
interface Model {
  state: 'open' | 'ended'
  bytes: Bytes
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('chunk' as const),
        sizeBytes: fc.integer({ min: 1, max: 5000 }),
        shift: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
        ),
        announced: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'status' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('close' as const),
        lastBytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5000 })),
        right: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        algorithm: fc.constantFrom('sha256' as const, 'sha512' as const),
      }),
    },
  ),
  { minLength: 1, maxLength: 8 },
)

const joined = (first: Bytes, second: Bytes): Bytes => new Uint8Array([...first, ...second])

async function play(client: Send, location: string, model: Model, step: Step, seed: number): Promise<void> {
  switch (step.kind) {
    case 'chunk': {
      const content = contentOf(step.sizeBytes, seed)
      const first = model.bytes.length + step.shift
      const headers = {
        'content-range': `${first}-${first + step.sizeBytes - 1}`,
        'content-length': String(step.sizeBytes),
      }
      const ranged = step.announced || step.shift > 0
      const response = await client('PATCH', location, { headers: ranged ? headers : {}, body: content })
      const expected = model.state === 'ended' ? 404 : step.shift > 0 ? 416 : 202
      expect(response.status).toBe(expected)
      if (expected === 202) model.bytes = joined(model.bytes, content)
      return
    }
    case 'status': {
      const response = await client('GET', location)
      expect(response.status).toBe(model.state === 'ended' ? 404 : 204)
      if (model.state === 'open') expect(header(response, 'range')).toBe(`0-${Math.max(model.bytes.length - 1, 0)}`)
      return
    }
    case 'cancel': {
      expect((await client('DELETE', location)).status).toBe(model.state === 'ended' ? 404 : 204)
      model.state = 'ended'
      return
    }
    case 'close': {
      if (model.state === 'ended') return
      const last = contentOf(step.lastBytes, seed)
      const content = joined(model.bytes, last)
      const digest = await digestOf(step.right ? content : contentOf(7, -1), step.algorithm)
      const body = last.length === 0 ? {} : { body: last }
      const response = await client('PUT', `${location}?digest=${digest}`, body)
      expect(response.status).toBe(step.right ? 201 : 400)
      model.state = 'ended'
      const pulled = await client('GET', `/v2/${repository}/blobs/${digest}`)
      expect(pulled.status).toBe(step.right ? 200 : 404)
      if (step.right) expect(new Uint8Array(await pulled.arrayBuffer())).toEqual(content)
    }
  }
}

it('an upload agrees with its model through any history, and no object is without a row', async () => {
  const client = await clientOf(repository)
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const location = header(await client('POST', `/v2/${repository}/blobs/uploads/`), 'location')
      const model: Model = { state: 'open', bytes: new Uint8Array() }
      for (const [at, step] of history.entries()) await play(client, location, model, step, at + 1)
      const { rows, objects } = await segmentKeys()
      expect(objects.filter((key) => !rows.includes(key))).toEqual([])
    }),
    { numRuns: 40 },
  )
})
