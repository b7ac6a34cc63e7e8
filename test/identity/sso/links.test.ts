/** Who takes the links of an account away. */
import { beforeEach, expect, it } from 'vitest'
import { linkIdentity } from '../../../src/identity/links/identity-store.ts'
import { parseAccountName } from '../../../src/names.ts'
import { testContext } from '../../support/context.ts'
import { countRows } from '../../support/content.ts'
import { aPerson, type Person } from '../../support/people.ts'

const issuer = 'https://login.example.com'
let root: Person
let carol: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  carol = await aPerson('carol')
  for (const provider of ['ldap', issuer]) {
    const linked = { provider, subject: 'carol', name: 'carol', dn: '', dnKey: '' }
    await linkIdentity(testContext().db, linked, { id: carol.id, name: parseAccountName('carol') }, { by: '', now: 1 })
  }
})

const unlink = async ({ ask }: Person, provider: string): Promise<number> => {
  const query = new URLSearchParams({ provider, subject: 'carol' })
  return (await ask('DELETE', `/enzi/v0/accounts/carol/identities?${query.toString()}`)).status
}

it('users unlink providers, and administrators alone the directory, whose syncs decide about tokens', async () => {
  expect(await unlink(carol, 'ldap')).toBe(403)
  expect(await unlink(carol, issuer)).toBe(204)
  expect(await countRows('identities', `provider = 'ldap'`)).toBe(1)
  // The last link of an account without a password stays, and an administrator changes nothing about it.
  expect(await unlink(root, 'ldap')).toBe(409)
})
