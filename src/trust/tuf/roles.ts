/** The names of roles (Notary's grammar), which document speaks for which, and in which order they are verified. */
import { deepestDelegation, longestRoleName } from '../../limits.ts'

/** Every root names these, and is looked through in this order. */
export const baseRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const

export type BaseRole = (typeof baseRoles)[number]
export type Delegation = `targets/${string}`
/** A role that lists what is signed: its document is of the type "Targets". */
export type TargetsRole = 'targets' | Delegation
export type Role = BaseRole | Delegation
/** A role that the registry may sign for. */
export type ServerRole = 'snapshot' | 'timestamp'

const delegationPattern = /^targets(?:\/[-a-z0-9_]+)+$/

export const isBaseRole = (name: string): name is BaseRole => baseRoles.some((role) => role === name)

export function isDelegation(name: string): name is Delegation {
  return name.length <= longestRoleName && delegationPattern.test(name) && depthOf(name) <= deepestDelegation
}

export const isRole = (name: string): name is Role => isBaseRole(name) || isDelegation(name)

export const isTargetsRole = (role: Role): role is TargetsRole => role === 'targets' || isDelegation(role)

/** Returns the role that delegates to this one: `targets/a` for `targets/a/b`. */
export function parentOf(role: Delegation): TargetsRole {
  const parent = role.slice(0, role.lastIndexOf('/'))
  return isDelegation(parent) ? parent : 'targets'
}

/** Returns the roles that a role is delegated by, `targets` first. */
export function ancestorsOf(role: TargetsRole): readonly TargetsRole[] {
  if (role === 'targets') return []
  const parent = parentOf(role)
  return [...ancestorsOf(parent), parent]
}

/** Orders roles so that a document is verified after those that delegate to it: by depth, then by name. */
export function compareRoles(one: string, other: string): number {
  const depths = depthOf(one) - depthOf(other)
  if (depths !== 0) return depths
  if (one === other) return 0
  return one < other ? -1 : 1
}

const depthOf = (name: string): number => name.split('/').length - 1
