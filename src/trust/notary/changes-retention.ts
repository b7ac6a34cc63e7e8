/** Deletes old rows of the changefeed as the settings of the history of events say, once an hour. */
import type { Tick } from '../../capability.ts'
import { inSlices } from '../../registry/slices.ts'
import { currentSettings } from '../../settings/settings.ts'
import { parseDuration } from '../../util/duration.ts'
import { trimChanges } from './changes-store.ts'

/** The rows that one statement looks at. */
const slice = 1000

export async function trimChangefeed({
  db,
  now,
  scheduledTime,
  isTimeOver,
}: Pick<Tick, 'db' | 'now' | 'scheduledTime' | 'isTimeOver'>): Promise<void> {
  if (new Date(scheduledTime).getUTCMinutes() !== 0) return
  const settings = await currentSettings(db, now)
  if (!settings.repoEventHistoryCompactionEnabled) return
  const age = parseDuration(settings.repoEventHistoryMaxAge)
  const before = age === undefined ? 0 : scheduledTime - age
  await inSlices(slice, isTimeOver, (most) => trimChanges(db, { before, keep: settings.repoEventHistoryToKeep }, most))
}
