/** Users of a slice, with names as long, or as many, as there may be. */
import { expect, it } from 'vitest'
import { findEarlier, stageUsers } from '../../../src/identity/sync/staging-store.ts'
import { writeUsers, type UserChange } from '../../../src/identity/sync/users-store.ts'
import { longestDn, longestFullName, mostEntriesOfDirectoryAnswer } from '../../../src/limits.ts'
import { parseAccountName } from '../../../src/names.ts'
import { countRows } from '../../support/content.ts'
import { strictDatabase } from '../../support/strict-database.ts'

const users = Array.from({ length: 500 }, (_, at): UserChange => {
  const dn = `cn=${at},ou=${'ü'.repeat(longestDn)}`.slice(0, longestDn)
  const name = `user-${at}`
  const fullName = 'ü'.repeat(longestFullName)
  return { accountId: crypto.randomUUID(), subject: `subject-${at}`, name, fullName, dn, dnKey: dn }
})
const nothing = { created: [], updated: [], reactivated: [], deactivated: [] }

it('are made and renamed in one slice', async () => {
  const created = users.map((user) => ({ ...user, accountName: parseAccountName(user.name) }))
  await writeUsers(strictDatabase(), { ...nothing, created }, 1)
  expect(await countRows('accounts', 'is_imported = 1')).toBe(users.length)
  expect(await countRows('identities', `length(dn) = ${longestDn}`)).toBe(users.length)
  const updated = users.map((user) => ({ ...user, name: `${user.name}-now` }))
  await writeUsers(strictDatabase(), { ...nothing, updated }, 2)
  expect(await countRows('identities', "name LIKE '%-now'")).toBe(users.length)
})

it('are compared with earlier results, also when a server gives all of them at once', async () => {
  const found = Array.from({ length: mostEntriesOfDirectoryAnswer }, (_, at) => {
    const name = `user-${String(at).padStart(15, '0')}`
    return { subject: crypto.randomUUID(), name, nameKey: name, fullName: '', dn: name, dnKey: name, accountName: name }
  })
  await stageUsers(strictDatabase(), 'earlier', found.slice(-1))
  const [last] = found.slice(-1)
  expect(await findEarlier(strictDatabase(), ['other', 'earlier'], found)).toEqual({
    subjects: new Map([[last?.nameKey, last?.subject]]),
    names: new Map([[last?.subject, last?.name]]),
  })
}, 30_000)
