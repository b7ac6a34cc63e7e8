/** What happens to a request whose organization or team is deleted after it was let in. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { removeMember, setMember } from '../../src/accounts/organizations.ts'
import {
  changeTeam,
  createTeam,
  getTeam,
  removeTeam,
  removeTeamMember,
  setTeamMember,
} from '../../src/accounts/teams.ts'
import { openDatabase } from '../../src/db/database.ts'
import { parseAccountName, parseTeamName } from '../../src/names.ts'
import { countRows } from '../support/content.ts'
import { anOrganization, aPerson } from '../support/people.ts'

const db = openDatabase(env.DB)
const alice = parseAccountName('alice')
const root = { id: 'root', name: parseAccountName('root'), isAdmin: true }
const attribution = { by: root.name, now: 2 }
const team = { id: 'gone', name: parseTeamName('developers'), description: '' }
const refused = (kind: string) => ({ failure: { kind } })

describe('an organization that was deleted meanwhile', () => {
  it('gets no team and no member, and no event says so', async () => {
    await aPerson('alice')
    const organization = { id: 'gone', name: parseAccountName('acme'), isOrganization: true }
    const made = createTeam(db, organization, { name: team.name, description: '' }, attribution)
    await expect(made).rejects.toMatchObject(refused('account-unknown'))
    const added = setMember(db, organization, alice, true, attribution)
    await expect(added).rejects.toMatchObject(refused('user-unknown'))
    await expect(removeMember(db, organization, alice, attribution)).rejects.toMatchObject(refused('member-unknown'))
    expect(await countRows('events')).toBe(0)
  })
})

describe('a team that was deleted meanwhile', () => {
  it('is not changed, gets no member, and adds no user to the organization', async () => {
    await aPerson('alice')
    const organization = { id: await anOrganization('acme'), name: parseAccountName('acme'), isOrganization: true }
    const owned = { organization, team }
    await expect(getTeam(db, owned)).rejects.toMatchObject(refused('team-unknown'))
    await expect(changeTeam(db, owned, { description: 'x' }, attribution)).rejects.toMatchObject(
      refused('team-unknown'),
    )
    await expect(removeTeam(db, owned, attribution)).rejects.toMatchObject(refused('team-unknown'))
    const standing = { isSelf: false, isMember: false, isOwner: false, isTeamMember: false, isTeamAdmin: false }
    const manager = { account: root, standing }
    const added = setTeamMember(db, owned, { name: alice, isAdmin: true }, manager, 2)
    await expect(added).rejects.toMatchObject(refused('user-unknown'))
    await expect(removeTeamMember(db, owned, alice, manager, 2)).rejects.toMatchObject(refused('team-member-unknown'))
    expect(await countRows('members')).toBe(0)
    expect(await countRows('events')).toBe(0)
  })
})
