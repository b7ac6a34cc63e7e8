/**
 * Decides what an import from another registry does: whatever that one has and this one lacks. What is there already is
 * left as it is, so an import that broke off is run again, and a second one does nothing.
 */

import { hasFormOfServiceAccount } from '../../names.ts'

/** What is read of a registry. Names are as it has them. */
export interface Snapshot {
  readonly accounts: ReadonlyMap<string, AccountOf>
  /** The members of each organization, and whether they are its owners. */
  readonly members: ReadonlyMap<string, ReadonlyMap<string, boolean>>
  /** DTR's MemberSyncOpts of the organizations whose owners are synced with a directory. */
  readonly ownerSyncs: ReadonlyMap<string, object>
  /** By `<organization>/<team>`. */
  readonly teams: ReadonlyMap<string, TeamOf>
  /** By `<namespace>/<repository>`. */
  readonly repositories: ReadonlyMap<string, RepositoryOf>
  /** The levels of teams on a repository or, where there is no slash, on all of a namespace. */
  readonly access: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export interface AccountOf {
  readonly isOrganization: boolean
  readonly fullName: string
  readonly isAdmin: boolean
  readonly isActive: boolean
  /** A directory knows the user. */
  readonly isImported: boolean
}

export interface TeamOf {
  readonly description: string
  /** Whether they administer the team. */
  readonly members: ReadonlyMap<string, boolean>
  /** DTR's MemberSyncOpts of a team that is synced with a directory. */
  readonly sync: object | undefined
}

export interface RepositoryOf {
  readonly visibility: string
  readonly shortDescription: string
  readonly longDescription: string
  readonly immutableTags: boolean
  readonly tagLimit: number
}

export type Step =
  | { readonly kind: 'organization' | 'user'; readonly name: string; readonly account: AccountOf }
  | { readonly kind: 'member'; readonly organization: string; readonly user: string; readonly isAdmin: boolean }
  | { readonly kind: 'owner-sync'; readonly organization: string; readonly sync: object }
  | { readonly kind: 'team'; readonly organization: string; readonly team: string; readonly description: string }
  | {
      readonly kind: 'team-member'
      readonly organization: string
      readonly team: string
      readonly user: string
      readonly isAdmin: boolean
    }
  | { readonly kind: 'team-sync'; readonly organization: string; readonly team: string; readonly sync: object }
  | {
      readonly kind: 'repository'
      readonly namespace: string
      readonly name: string
      readonly repository: RepositoryOf
    }
  | {
      readonly kind: 'access'
      readonly namespace: string
      /** Undefined for the whole namespace. */
      readonly name: string | undefined
      readonly team: string
      readonly level: string
    }

export interface Plan {
  readonly steps: readonly Step[]
  /** What is left out, and why. */
  readonly notes: readonly string[]
}

/** Plans an import, in an order in which each step finds what it needs. */
export function planImport(there: Snapshot, target: Snapshot): Plan {
  const source = withFoldedNames(there)
  const waiting = usersOfDirectory(source, target)
  const machines = new Set([...source.accounts.keys()].filter(hasFormOfServiceAccount))
  const isHere = (name: string): boolean => !waiting.has(name) && !machines.has(name)
  const steps = [
    ...accountsOf(source, target, isHere),
    ...membersOf(source, target, isHere),
    ...ownerSyncsOf(source, target),
    ...teamsOf(source, target, isHere),
    ...repositoriesOf(source, target, isHere),
    ...accessOf(source, target),
  ]
  return { steps, notes: [...notesOn(waiting), ...notesOnMachines(machines), ...conflictsOf(source, target)] }
}

/** Returns a snapshot in which users of a directory are named as a sync here names them: in lower case. */
function withFoldedNames(source: Snapshot): Snapshot {
  const folded = (name: string): string => (source.accounts.get(name)?.isImported === true ? name.toLowerCase() : name)
  const people = (some: ReadonlyMap<string, boolean>): ReadonlyMap<string, boolean> =>
    new Map([...some].map(([name, isAdmin]) => [folded(name), isAdmin]))
  return {
    accounts: new Map([...source.accounts].map(([name, account]) => [folded(name), account])),
    members: new Map([...source.members].map(([organization, some]) => [organization, people(some)])),
    ownerSyncs: source.ownerSyncs,
    teams: new Map([...source.teams].map(([path, team]) => [path, { ...team, members: people(team.members) }])),
    repositories: source.repositories,
    access: source.access,
  }
}

/** Finds the users of the source's directory whom this registry does not know yet: a sync, or their login, makes them. */
const usersOfDirectory = (source: Snapshot, target: Snapshot): ReadonlySet<string> =>
  new Set(
    [...source.accounts].flatMap(([name, { isImported }]) => (isImported && !target.accounts.has(name) ? [name] : [])),
  )

function notesOn(waiting: ReadonlySet<string>): readonly string[] {
  if (waiting.size === 0) return []
  return [
    `left out: ${waiting.size} users of the directory there (${someOf(waiting)}), with their memberships and repositories: set the same directory up here, with jitUserProvisioning false so that a sync makes their accounts, sync, and run this again`,
  ]
}

function notesOnMachines(machines: ReadonlySet<string>): readonly string[] {
  if (machines.size === 0) return []
  return [
    `left out: ${machines.size} service accounts (${someOf(machines)}): make them with "service-account create", add them to their teams, and give them new tokens`,
  ]
}

const mostNamed = 10

const someOf = (names: ReadonlySet<string>): string => {
  const more = names.size > mostNamed ? ` and ${names.size - mostNamed} more` : ''
  return `${[...names].slice(0, mostNamed).join(', ')}${more}`
}

/** Tells of users here that have the name of an organization there, and the other way round. */
const conflictsOf = (source: Snapshot, target: Snapshot): readonly string[] =>
  [...source.accounts].flatMap(([name, { isOrganization }]) => {
    const here = target.accounts.get(name)
    if (here === undefined || here.isOrganization === isOrganization) return []
    return [
      `${name} is ${isOrganization ? 'an organization there and a user' : 'a user there and an organization'} here`,
    ]
  })

type IsHere = (name: string) => boolean

const accountsOf = (source: Snapshot, target: Snapshot, isHere: IsHere): Step[] =>
  [...source.accounts].flatMap(([name, account]): Step[] =>
    target.accounts.has(name) || !isHere(name)
      ? []
      : [{ kind: account.isOrganization ? 'organization' : 'user', name, account }],
  )

function* membersOf(source: Snapshot, target: Snapshot, isHere: IsHere): Iterable<Step> {
  for (const [organization, members] of source.members) {
    const isSynced = source.ownerSyncs.has(organization) || target.ownerSyncs.has(organization)
    for (const [user, isAdmin] of members) {
      // Users of the directory are members by a sync, or through a team.
      const comesBySync = isSynced && source.accounts.get(user)?.isImported === true
      const isMember = target.members.get(organization)?.has(user) === true
      if (!isMember && !comesBySync && isHere(user)) yield { kind: 'member', organization, user, isAdmin }
    }
  }
}

const ownerSyncsOf = (source: Snapshot, target: Snapshot): Step[] =>
  [...source.ownerSyncs].flatMap(([organization, sync]): Step[] =>
    target.ownerSyncs.has(organization) ? [] : [{ kind: 'owner-sync', organization, sync }],
  )

function* teamsOf(source: Snapshot, target: Snapshot, isHere: IsHere): Iterable<Step> {
  for (const [path, { description, members, sync }] of source.teams) {
    const [organization = '', team = ''] = path.split('/')
    const here = target.teams.get(path)
    if (here === undefined) yield { kind: 'team', organization, team, description }
    for (const [user, isAdmin] of members) {
      // Users of the directory come to a synced team by a sync alone.
      const comesBySync = sync !== undefined && source.accounts.get(user)?.isImported === true
      const isMember = here?.members.has(user) === true
      if (!isMember && !comesBySync && isHere(user)) yield { kind: 'team-member', organization, team, user, isAdmin }
    }
    if (sync !== undefined && here?.sync === undefined) yield { kind: 'team-sync', organization, team, sync }
  }
}

const repositoriesOf = (source: Snapshot, target: Snapshot, isHere: IsHere): Step[] =>
  [...source.repositories].flatMap(([path, repository]): Step[] => {
    const slash = path.indexOf('/')
    const [namespace, name] = [path.slice(0, slash), path.slice(slash + 1)]
    return target.repositories.has(path) || !isHere(namespace)
      ? []
      : [{ kind: 'repository', namespace, name, repository }]
  })

const accessOf = (source: Snapshot, target: Snapshot): Step[] =>
  [...source.access].flatMap(([path, levels]) => {
    const slash = path.indexOf('/')
    const [namespace, name] = slash < 0 ? [path, undefined] : [path.slice(0, slash), path.slice(slash + 1)]
    return [...levels].flatMap(([team, level]): Step[] =>
      target.access.get(path)?.has(team) === true ? [] : [{ kind: 'access', namespace, name, team, level }],
    )
  })

/** Says what a step does. */
export function wordsOf(step: Step): string {
  switch (step.kind) {
    case 'organization':
      return `create the organization ${step.name}`
    case 'user':
      return `create the user ${step.name}${step.account.isAdmin ? ', an administrator' : ''}, without a password`
    case 'member':
      return `add ${step.user} to ${step.organization}${step.isAdmin ? ' as an owner' : ''}`
    case 'owner-sync':
      return `sync the owners of ${step.organization} with the directory`
    case 'team':
      return `create the team ${step.organization}/${step.team}`
    case 'team-member':
      return `add ${step.user} to the team ${step.organization}/${step.team}`
    case 'team-sync':
      return `sync the team ${step.organization}/${step.team} with the directory`
    case 'repository':
      return `create the repository ${step.namespace}/${step.name}, ${step.repository.visibility}`
    case 'access':
      return `grant ${step.level} on ${step.name === undefined ? `all of ${step.namespace}` : `${step.namespace}/${step.name}`} to the team ${step.team}`
  }
}
