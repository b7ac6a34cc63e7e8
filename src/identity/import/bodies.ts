/** What an import sends. */
import { toHex } from '../../util/hex.ts'
import type { AccountOf, RepositoryOf } from './steps.ts'

export const visibilityOf = ({ visibility }: RepositoryOf): 'public' | 'private' =>
  visibility === 'public' ? 'public' : 'private'

const levels = ['read-only', 'read-write', 'admin'] as const

export const levelOf = (text: string): (typeof levels)[number] => levels.find((level) => level === text) ?? 'read-only'

/** Makes the body of an account. A user gets a password that is never shown: an administrator sets another one. */
export const accountBody = (name: string, { isOrganization, fullName, isAdmin, isActive }: AccountOf) =>
  isOrganization ? { name, fullName, isOrg: true } : { name, fullName, isAdmin, isActive, password: randomPassword() }

const randomPassword = (): string => toHex(crypto.getRandomValues(new Uint8Array(32)))
