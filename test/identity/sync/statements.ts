/** Sends each statement of the sync. */
import type { Database } from '../../../src/db/database.ts'
import * as administrators from '../../../src/identity/sync/administrators-store.ts'
import * as memberSyncs from '../../../src/identity/sync/member-syncs-store.ts'
import * as members from '../../../src/identity/sync/members-store.ts'
import * as staging from '../../../src/identity/sync/staging-store.ts'
import * as states from '../../../src/identity/sync/state-store.ts'
import * as users from '../../../src/identity/sync/users-store.ts'
import { parseAccountName, parseTeamName } from '../../../src/names.ts'
import { aDirectoryUser, byGroup } from './memory-directory.ts'

const attribution = { by: '', now: 1 } as const
const name = parseAccountName('ada')
const change = { target: 't', targetName: 'acme/dev', userId: 'u', name }
const page = { after: { target: '', userId: '' }, limit: 10 }
const slice = { after: '', limit: 10 }

export async function askSync(db: Database): Promise<void> {
  await askStaging(db)
  await askUsers(db)
  await askMembers(db)
  await states.readSyncState(db)
  await states.recordUndone(db, { outcome: 'held', reason: '', jobId: 'j', now: 1 })
  await states.recordDone(db, {
    jobId: 'j',
    searches: [{ search: 's', found: 1 }],
    left: '',
    counts: { created: 1, deactivated: 0 },
    startedAt: 1,
    now: 1,
  })
  await states.readSearchCounts(db, ['s'])
}

async function askStaging(db: Database): Promise<void> {
  await staging.sweepStaging(db, 'run', 'own')
  await staging.sweepStaging(db, 'run', 'others')
  const user = { ...aDirectoryUser('ada'), nameKey: 'ada', dnKey: 'uid=ada', accountName: 'ada' }
  await staging.findEarlier(db, ['part'], [user])
  await staging.stageUsers(db, 'part', [user])
  await staging.stageTargets(
    db,
    { part: 'targets', userParts: ['part'] },
    [{ target: 't', named: 2 }],
    [
      { target: 't', subject: 'id-ada', dnKey: null },
      { target: 't', subject: null, dnKey: 'uid=ada' },
    ],
  )
}

async function askUsers(db: Database): Promise<void> {
  await users.readFoundUsers(db, 'part', slice)
  await users.readVanishedUsers(db, ['part'], slice)
  await users.countKnownUsers(db, ['part'])
  const user = { ...aDirectoryUser('ada'), dnKey: 'uid=ada', accountId: 'u' }
  const changes = { created: [{ ...user, accountName: name }], updated: [user], reactivated: ['u'], deactivated: ['u'] }
  await users.writeUsers(db, changes, 1)
}

async function askMembers(db: Database): Promise<void> {
  const organization = { id: 'o', name: parseAccountName('acme'), isOrganization: true }
  const team = { id: 't', name: parseTeamName('dev'), description: '' }
  for (const group of [
    { organization, team },
    { organization, team: undefined },
  ]) {
    await memberSyncs.readMemberSync(db, group)
    await memberSyncs.writeMemberSync(db, group, { options: byGroup('cn=dev'), isEnabled: true }, attribution)
  }
  await memberSyncs.pageOfEnabledSyncs(db, slice)
  for (const kind of ['teams', 'owners'] as const) await members.pageOfTargets(db, 'targets', { kind, ...slice })
  await members.changesOfTeams(db, 'targets', ['t'], page)
  await members.changesOfOwners(db, 'targets', ['o'], page)
  const changes = [
    { ...change, change: 'join' as const },
    { ...change, change: 'leave' as const },
  ]
  await members.writeTeams(db, changes, 1)
  await members.writeOwners(db, changes, 1)
  await administrators.countAdministrators(db, 'targets')
  await administrators.changesOfAdministrators(db, 'targets', page)
  await administrators.writeAdministrators(db, changes, 1)
}
