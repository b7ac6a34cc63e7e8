/** Damaged copies of a backup, which lie beside it in the bucket. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { withBackups, type Bucket } from './backup-bucket.ts'

export interface Damaged {
  /** The id of the copy. */
  readonly id: string
  readonly what: string
  /** What a restore says of it. */
  readonly refusal: RegExp
}

const part = z.looseObject({ table: z.string(), object: z.string() })
type Part = z.infer<typeof part>
const manifest = z.looseObject({ id: z.string(), schema: z.string(), parts: z.array(part), checksum: z.string() })

/**
 * Puts damaged copies of a backup into the bucket of a registry that is stopped.
 *
 * @param later another backup, of another state of the registry
 */
export async function plantDamage(state: string, backup: string, later: string): Promise<readonly Damaged[]> {
  return withBackups(state, async (bucket) => {
    const damage = new Damage(bucket, backup, later)
    return [
      await damage.ofPart('a missing part', undefined, /it is missing.*take another backup/),
      await damage.ofPart('a flipped bit', flipBit, /its bytes are not those that were written.*take another backup/),
      await damage.ofPart('a truncated part', cutOff, /it has \d+ bytes in place of \d+.*take another backup/),
      await damage.ofPart(
        'a part from another backup',
        (_, foreign) => foreign,
        /(?:in place of|not those that were written).*take another backup/,
      ),
      await damage.ofSchema(),
      await damage.ofManifest(),
    ]
  })
}

function flipBit(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const middle = Math.floor(copy.length / 2)
  copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle)
  return copy
}

const cutOff = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 1)

class Damage {
  readonly #bucket: Bucket
  readonly #backup: string
  readonly #later: string

  constructor(bucket: Bucket, backup: string, later: string) {
    this.#bucket = bucket
    this.#backup = backup
    this.#later = later
  }

  /**
   * Replaces what one part holds.
   *
   * @param change undefined for nothing; it is given the bytes of a part of the same table in the other backup too
   */
  async ofPart(
    what: string,
    change: ((bytes: Buffer, foreign: Buffer) => Buffer) | undefined,
    refusal: RegExp,
  ): Promise<Damaged> {
    const whole = await this.#readManifest()
    const damaged = partOf(whole.parts, 'manifests')
    const own = new Set(whole.parts.map((one) => one.object))
    const later = await this.#readManifest(this.#later)
    const foreign = partOf(
      later.parts.filter((one) => !own.has(one.object)),
      'manifests',
    )
    const object = `parts/${what.replaceAll(' ', '-')}.gz`
    if (change !== undefined) {
      await this.#bucket.put(object, change(await this.#read(damaged.object), await this.#read(foreign.object)))
    }
    const parts = whole.parts.map((one) => (one === damaged ? { ...one, object } : one))
    return { id: await this.#put({ ...whole, parts }), what, refusal }
  }

  async ofSchema(): Promise<Damaged> {
    const schema = '9999_of_the_future.sql'
    const id = await this.#put({ ...(await this.#readManifest()), schema })
    return { id, what: 'a newer schema', refusal: /9999_of_the_future.*upgrade the registry/ }
  }

  /** Changes what a checksum protects. */
  async ofManifest(): Promise<Damaged> {
    const whole = await this.#readManifest()
    const id = await this.#put(whole, (text) => text.replace(/"createdAt":(\d+)/, '"createdAt":1$1'))
    return { id, what: 'a changed manifest', refusal: /the manifest of the backup .* is damaged/ }
  }

  async #readManifest(id = this.#backup): Promise<z.infer<typeof manifest>> {
    return manifest.parse(JSON.parse((await this.#read(manifestKey(id))).toString()))
  }

  /** @param change of the text, with its checksum */
  async #put(copy: z.infer<typeof manifest>, change = (text: string): string => text): Promise<string> {
    const id = crypto.randomUUID()
    const { checksum: _, ...described } = { ...copy, id }
    const checksum = createHash('sha256').update(JSON.stringify(described)).digest('hex')
    const { customMetadata = {} } = (await this.#bucket.head(manifestKey(this.#backup))) ?? {}
    await this.#bucket.put(manifestKey(id), change(JSON.stringify({ ...described, checksum })), { customMetadata })
    return id
  }

  async #read(key: string): Promise<Buffer> {
    const object = await this.#bucket.get(key)
    assert.ok(object !== null, key)
    return Buffer.from(await object.arrayBuffer())
  }
}

const manifestKey = (id: string): string => `backups/${id}/manifest.json`

function partOf(parts: readonly Part[], table: string): Part {
  const found = parts.find((one) => one.table === table)
  assert.ok(found !== undefined, `the backup has no part of ${table}`)
  return found
}
