/** The events of trust data that came from another server. What is published here stands in the changefeed. */
import type { SQL } from 'drizzle-orm'
import { nameOfHolder, type Right } from '../../db/access/rights.ts'
import { recordEvent } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'

export const trustDataObject = declareObjectType('trustData')

/** How trust data came here: `imported` with its bytes, or `adopted` by the registry, whose keys sign for it from now on. */
export type Rescue = 'imported' | 'continued' | 'adopted'

/** Returns the statement that records a rescue, in the batch that stores it. */
export const recordRescue = (right: Right, gun: string, rescue: Rescue, now: number): SQL =>
  recordEvent({
    actor: nameOfHolder(right),
    type: rescue === 'imported' ? 'CREATE' : 'UPDATE',
    objectType: trustDataObject.name,
    objectId: gun,
    objectName: gun,
    repository: right.repository,
    content: { rescue },
    now,
  })
