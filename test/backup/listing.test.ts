/** Lists of the bucket of backups go on behind the thousand objects of one listing. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { findBackups, isWhole, stateOf } from '../../src/backup/backups.ts'
import { listOwnObjects } from '../../src/backup/download/objects.ts'
import { layoutsOf, manifestKey, proofKey, wrappedKeyKey } from '../../src/backup/keys.ts'
import { mapInParallel } from '../../src/util/parallel.ts'
import { standingBackup } from './support/standing-backups.ts'

const idOf = (number: number): string => `backup-${String(number).padStart(4, '0')}`

const put = (keys: readonly string[]): Promise<unknown> => mapInParallel(keys, 20, (key) => env.BACKUPS.put(key, 'x'))

it('a backup whose manifest and proof are on both sides of the boundary is found as proven, and each once', async () => {
  const count = 501
  // One object more, so that the boundary is between the two of a backup.
  await put([wrappedKeyKey(idOf(0))])
  await mapInParallel(
    Array.from({ length: count }, (_, number) => number),
    20,
    async (number) => standingBackup({ id: idOf(number), state: 'proven', createdAt: number }),
  )
  const [first] = (await env.BACKUPS.list({ prefix: 'backups/', limit: 1000 })).objects.slice(-1)
  expect(first?.key).toMatch(/manifest\.json$/)
  const found = await findBackups(env.BACKUPS)
  expect(found).toHaveLength(count)
  expect(found.filter((one) => !isWhole(one) || stateOf(one) !== 'proven')).toEqual([])
}, 60_000)

it('a download lists each of more than a thousand objects once', async () => {
  const id = idOf(1)
  const own = [manifestKey(id), proofKey(id), wrappedKeyKey(id)]
  const layouts = Array.from(
    { length: 1001 },
    (_, at) => `${layoutsOf(id)}acme/app${String(at).padStart(4, '0')}/index.json`,
  )
  await put([...own, ...layouts, `${layoutsOf(idOf(2))}acme/app/index.json`])
  const listed: string[] = []
  let start: string | null = ''
  while (start !== null) {
    const page: Awaited<ReturnType<typeof listOwnObjects>> = await listOwnObjects(env.BACKUPS, id, start)
    listed.push(...page.objects.map(({ key }) => key))
    start = page.next
  }
  expect(listed.sort()).toEqual([...own, ...layouts].sort())
}, 60_000)
