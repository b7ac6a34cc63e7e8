/** What an import does, from what two registries have. */
import { describe, expect, it } from 'vitest'
import { planImport, type AccountOf, type Snapshot, type TeamOf } from '../../../src/identity/import/steps.ts'

const nothing: Snapshot = {
  accounts: new Map(),
  members: new Map(),
  ownerSyncs: new Map(),
  teams: new Map(),
  repositories: new Map(),
  access: new Map(),
}

const accountOf = (changes: Partial<AccountOf> = {}): AccountOf => ({
  isOrganization: false,
  fullName: '',
  isAdmin: false,
  isActive: true,
  isImported: false,
  ...changes,
})
const organization = accountOf({ isOrganization: true })
const ofDirectory = accountOf({ isImported: true })

const teamOf = (...members: readonly string[]): TeamOf => ({
  description: '',
  members: new Map(members.map((name) => [name, false])),
  sync: undefined,
})

const source: Snapshot = {
  ...nothing,
  accounts: new Map([
    ['acme', organization],
    ['Anna', ofDirectory],
    ['ben', accountOf()],
    ['robot.acme.ci', accountOf()],
  ]),
  members: new Map([['acme', new Map(Object.entries({ Anna: true, ben: false, 'robot.acme.ci': false }))]]),
  teams: new Map([['acme/dev', teamOf('Anna', 'robot.acme.ci')]]),
}

describe('an import', () => {
  it('leaves users of a directory out until they have an account, and says how they get one', () => {
    const { steps, notes } = planImport(source, nothing)
    expect(steps).toEqual([
      { kind: 'organization', name: 'acme', account: organization },
      { kind: 'user', name: 'ben', account: accountOf() },
      { kind: 'member', organization: 'acme', user: 'ben', isAdmin: false },
      { kind: 'team', organization: 'acme', team: 'dev', description: '' },
    ])
    expect(notes[0]).toMatch(/^left out: 1 users of the directory there \(anna\), .* with jitUserProvisioning false/)
  })

  it('names users of a directory in lower case, as a sync here does', () => {
    const target: Snapshot = {
      ...nothing,
      accounts: new Map([
        ['acme', organization],
        ['anna', ofDirectory],
        ['ben', accountOf()],
      ]),
    }
    const { steps, notes } = planImport(source, target)
    expect(steps).toEqual([
      { kind: 'member', organization: 'acme', user: 'anna', isAdmin: true },
      { kind: 'member', organization: 'acme', user: 'ben', isAdmin: false },
      { kind: 'team', organization: 'acme', team: 'dev', description: '' },
      { kind: 'team-member', organization: 'acme', team: 'dev', user: 'anna', isAdmin: false },
    ])
    expect(notes.join()).not.toContain('directory')
  })

  it('leaves service accounts out, as their tokens do not come along', () => {
    const { notes } = planImport(source, nothing)
    expect(notes[1]).toMatch(/^left out: 1 service accounts \(robot\.acme\.ci\)/)
  })

  it('brings how owners are synced, and leaves users of the directory to that sync', () => {
    const sync = { enableSync: true, searchBaseDN: 'ou=people,dc=acme', searchFilter: '(title=Lead)' }
    const here = { ...nothing, accounts: new Map([['anna', ofDirectory]]) }
    const synced = { ...source, ownerSyncs: new Map([['acme', sync]]) }
    const { steps } = planImport(synced, here)
    expect(steps).toContainEqual({ kind: 'owner-sync', organization: 'acme', sync })
    const members = (some: Snapshot, target: Snapshot) =>
      planImport(some, target).steps.flatMap((step) => (step.kind === 'member' ? [step.user] : []))
    expect(members(source, here)).toEqual(['anna', 'ben'])
    expect(members(synced, here)).toEqual(['ben'])
    expect(members(source, { ...here, ownerSyncs: synced.ownerSyncs })).toEqual(['ben'])
    expect(planImport(synced, synced).steps).not.toContainEqual(expect.objectContaining({ kind: 'owner-sync' }))
  })
})
