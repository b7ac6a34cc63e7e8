/** A group of thousands: whom it names is looked up user by user, and not read whole for each of them. */
import { expect, it } from 'vitest'
import type { Database } from '../../../src/db/database.ts'
import { changesOfAdministrators } from '../../../src/identity/sync/administrators-store.ts'
import { changesOfOwners, changesOfTeams } from '../../../src/identity/sync/members-store.ts'
import { plansOf } from '../../support/explaining.ts'

const page = { after: { target: '', userId: '' }, limit: 10 }
const asks: Record<string, (db: Database) => Promise<unknown>> = {
  teams: (db) => changesOfTeams(db, 'part', ['t'], page),
  owners: (db) => changesOfOwners(db, 'part', ['o'], page),
  administrators: (db) => changesOfAdministrators(db, 'part', page),
}

it.each(Object.entries(asks))('the changes of %s find a member by its id', async (_, ask) => {
  const plan = [...(await plansOf(ask)).values()].flat().filter((step) => step.includes('found_members'))
  expect(plan.filter((step) => step.includes('(part=? AND target=? AND subject=?)'))).toHaveLength(1)
  // Those who join are read once.
  expect(plan.filter((step) => step.includes('(part=? AND target=?)'))).toHaveLength(1)
})
