/**
 * The gate that every change of content passes. Triggers read its one row in the transaction of the change (see the
 * migrations), so a switch takes effect with the write of the row.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../names.ts'
import { isoTime } from '../util/iso-time.ts'
import { runBatch, type Database } from './database.ts'
import { recordEvent } from './events/events.ts'

export interface WriteGate {
  /** The fencing token of the last switch; zero before the first. */
  readonly token: number
  readonly closed: boolean
  /** Empty if no reason was given. */
  readonly reason: string
  /** Milliseconds since 1970; undefined if an administrator must open it. */
  readonly until: number | undefined
  readonly by: AccountName | ''
}

/** The content of the event of a switch. */
export interface RecordedSwitch {
  readonly on: boolean
  /** Shown to refused callers; may be empty. */
  readonly reason: string
  /** It ends automatically at this time; undefined if an administrator must end it. */
  readonly until: number | undefined
  readonly by: AccountName | ''
  readonly now: number
  /** Records nothing if the gate already is as the switch says: extending a closure is no event. */
  readonly onlyIfChanged: boolean
}

export interface StoredGate {
  token: number
  closed: number
  reason: string
  until: number | null
  by: AccountName | ''
}

/** Key: write_gate. */
export const selectGate = sql<StoredGate>`SELECT token, closed, reason, until, by FROM write_gate WHERE id = 1`
const open: WriteGate = { token: 0, closed: false, reason: '', until: undefined, by: '' }

export const gateOf = (row: StoredGate | undefined): WriteGate =>
  row === undefined ? open : { ...row, closed: row.closed === 1, until: row.until ?? undefined }

export async function readWriteGate(db: Database): Promise<WriteGate> {
  const [row] = await db.all<StoredGate>(selectGate)
  return gateOf(row)
}

/** Tells whether content cannot be changed at this time. */
export const isClosed = ({ closed, until }: WriteGate, now: number): boolean =>
  closed && (until === undefined || until > now)

/**
 * Tells whether an administrator has closed the gate. A collection closes it without a name and for a minute at most;
 * releases that kept no name closed it without an end.
 */
export const isClosedByAdministrator = (gate: WriteGate, now: number): boolean =>
  isClosed(gate, now) && (gate.by !== '' || gate.until === undefined)

/** Matches when an administrator has closed the gate, by the clock of the database. Key: write_gate. */
export const administratorHasClosed: SQL = sql`EXISTS (
  SELECT 1 FROM write_gate
  WHERE id = 1 AND closed = 1 AND (by <> '' OR until IS NULL)
    AND (until IS NULL OR until > unixepoch('subsec') * 1000))`

/** Raises the token of the gate, which stays open or closed: from now on a switch needs a higher one. */
export async function raiseGate(db: Database, token: number): Promise<void> {
  await db.run(sql`
    INSERT INTO write_gate (id, token, closed, reason, until, by) VALUES (1, ${token}, 0, '', NULL, '')
    ON CONFLICT (id) DO UPDATE SET token = excluded.token WHERE token < excluded.token`)
}

/**
 * Opens or closes the gate, unless it has this token or a higher one already.
 *
 * @param recorded the event to write if the gate is written; undefined to write none
 * @returns the current gate, whichever caller wrote it
 */
export async function setWriteGate(db: Database, gate: WriteGate, recorded?: RecordedSwitch): Promise<WriteGate> {
  const { now } = await runBatch(db, {
    // Before the gate, which has the token itself afterwards.
    event: recorded && eventOf(recorded, gate.token),
    written: sql`
      INSERT INTO write_gate (id, token, closed, reason, until, by)
      VALUES (1, ${gate.token}, ${Number(gate.closed)}, ${gate.reason}, ${gate.until ?? null}, ${gate.by})
      ON CONFLICT (id) DO UPDATE
      SET token = excluded.token, closed = excluded.closed, reason = excluded.reason, until = excluded.until,
        by = excluded.by
      WHERE token < excluded.token`,
    now: selectGate,
  })
  return gateOf(now.first)
}

/** Records a switch, unless the gate has a newer one. Key: write_gate. */
function eventOf({ on, reason, until, by, now, onlyIfChanged }: RecordedSwitch, token: number): SQL {
  const content = {
    readOnlyRegistry: on,
    ...(reason === '' ? {} : { reason }),
    ...(until === undefined ? {} : { until: isoTime(until) }),
  }
  const setting = { objectType: 'settings', objectId: 'settings', objectName: 'readOnlyRegistry' } as const
  const isNewer = sql`NOT EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND token >= ${token})`
  const when = onlyIfChanged ? sql`${isNewer} AND ${isOtherwise(on)}` : isNewer
  return recordEvent({ ...setting, actor: by, type: 'UPDATE', content, now }, when)
}

/** Matches a gate that is not in this state yet. Key: write_gate. */
const isOtherwise = (closed: boolean): SQL =>
  sql`coalesce((SELECT closed FROM write_gate WHERE id = 1), 0) <> ${Number(closed)}`
