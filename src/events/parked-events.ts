/** Parked events: what administrators do with the events that a consumer failed at. */
import type { Database } from '../db/database.ts'
import { findConsumer } from '../db/events/consumers.ts'
import type { Attribution } from '../db/events/events.ts'
import { dropParked, listParked, requestRetry, type ParkedEvent } from '../db/events/parked-events.ts'
import { RegistryError } from '../errors.ts'
import { makeJobsOf } from './consumer-job.ts'

export interface ParkedPage {
  /** Id of the first event of the page; undefined for the oldest. */
  readonly from: number | undefined
  readonly limit: number
}

/** Lists a page of the parked events of a consumer, the oldest first. @throws RegistryError `consumer-unknown` */
export async function parkedEvents(db: Database, consumer: string, page: ParkedPage): Promise<readonly ParkedEvent[]> {
  await requireConsumer(db, consumer)
  return listParked(db, consumer, page)
}

/**
 * Requests another try of a parked event.
 *
 * @returns the id of the job to work on; undefined if one that is under way takes the event
 * @throws RegistryError `consumer-unknown` or `parked-event-unknown`
 */
export async function retryParked(
  db: Database,
  consumer: string,
  id: number,
  attribution: Attribution,
): Promise<string | undefined> {
  if (!(await requestRetry(db, consumer, id, attribution))) await refuseUnknown(db, consumer, id)
  const [job] = await makeJobsOf(db, [consumer], attribution.now)
  return job
}

/** Drops a parked event. @throws RegistryError `consumer-unknown` or `parked-event-unknown` */
export async function removeParked(
  db: Database,
  consumer: string,
  id: number,
  attribution: Attribution,
): Promise<void> {
  if (!(await dropParked(db, consumer, id, attribution))) await refuseUnknown(db, consumer, id)
}

async function refuseUnknown(db: Database, consumer: string, id: number): Promise<never> {
  await requireConsumer(db, consumer)
  throw new RegistryError({ kind: 'parked-event-unknown', consumer, id })
}

async function requireConsumer(db: Database, name: string): Promise<void> {
  if ((await findConsumer(db, name)) === undefined) throw new RegistryError({ kind: 'consumer-unknown', name })
}
