/** Lets capabilities bring back what hangs on a repository that was made again, one in each slice. */
import type { BackedUpRows } from '../../registry/repository-return.ts'
import { keptKey } from '../keys.ts'
import type { PartSource } from '../load/part-reader.ts'
import { bytesIn } from './content.ts'
import { firstPlace, type CurrentRepository } from './progress.ts'
import { partsOf, partsWith, readRows } from './rows.ts'
import type { RepositoryStep, StepDone } from './steps.ts'

/** Does what the next capability wants. */
export async function returnedSlice(step: RepositoryStep, at: CurrentRepository): Promise<StepDone> {
  const { context, source, wanted, target, returns } = step
  const load = at.isNew ? returns[at.place.part] : undefined
  if (load === undefined) return { current: { ...at, stage: 'access', place: firstPlace }, lines: [] }
  const repository = { ...target, before: { id: wanted.id, name: wanted.name } }
  const bringBack = await load()
  const lines = await bringBack(context, repository, rowsIn(source))
  return { current: { ...at, place: { part: at.place.part + 1, after: '' } }, lines }
}

/** Reads a backup for capabilities, a part after the other. */
const rowsIn = (source: PartSource): BackedUpRows => ({
  async rowsOf(table, form, isWanted, first) {
    const { manifest } = source
    const found = []
    for (const part of first === undefined ? partsOf(manifest, table) : partsWith(manifest, table, first)) {
      const rows = await readRows(source, part, form)
      found.push(...rows.map(({ row }) => row).filter(isWanted))
    }
    return found
  },
  documentIn: (segmentKey, mostBytes) => bytesIn(source, keptKey(segmentKey), mostBytes),
})
