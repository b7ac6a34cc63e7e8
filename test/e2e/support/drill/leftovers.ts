/** What the bucket of backups has and no backup names: what killed jobs left. */
import * as z from 'zod'
import { withBackups, type Bucket } from './backup-bucket.ts'

const manifest = z.looseObject({
  parts: z.array(z.looseObject({ object: z.string() })),
  content: z.looseObject({ inventories: z.array(z.looseObject({ object: z.string() })) }).nullable(),
})

/** Finds the objects that no whole backup has. No runtime may have the bucket open. @returns their keys */
export async function leftovers(state: string): Promise<readonly string[]> {
  return withBackups(state, async (bucket) => {
    const keys = await keysOf(bucket)
    const whole = keys.flatMap((key) => /^backups\/([^/]+)\/manifest\.json$/.exec(key)?.slice(1) ?? [])
    const named = new Set<string>()
    for (const id of whole) {
      const { parts, content } = manifest.parse(JSON.parse(await textOf(bucket, `backups/${id}/manifest.json`)))
      for (const { object } of parts) named.add(object)
      for (const { object } of content?.inventories ?? []) {
        named.add(object)
        for (const key of (await textOf(bucket, object)).split('\n')) named.add(key)
      }
    }
    const isWhole = (id: string | undefined): boolean => id !== undefined && whole.includes(id)
    return keys.filter((key) => {
      const [prefix = '', id] = key.split('/')
      if (['parts', 'inventories', 'blobs', 'kept'].includes(prefix)) return !named.has(key)
      if (prefix === 'backups') return !isWhole(id) || /\/(?:begun|lists\/.*)$/.test(key)
      return prefix === 'oci' && !isWhole(id)
    })
  })
}

async function keysOf(bucket: Bucket): Promise<readonly string[]> {
  const keys: string[] = []
  for (let startAfter: string | undefined = ''; startAfter !== undefined;) {
    const page: Awaited<ReturnType<Bucket['list']>> = await bucket.list(startAfter === '' ? {} : { startAfter })
    keys.push(...page.objects.map(({ key }) => key))
    startAfter = page.truncated ? keys.at(-1) : undefined
  }
  return keys
}

const textOf = async (bucket: Bucket, key: string): Promise<string> => (await bucket.get(key))?.text() ?? ''
