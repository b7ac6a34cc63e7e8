/** How D1 finds the rows of identities. */
import { expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import * as identities from '../../src/identity/links/identity-store.ts'
import { parseAccountName } from '../../src/names.ts'
import { plansOf } from '../support/explaining.ts'
import { untruthsIn } from '../support/statement-comments.ts'
import { askSync } from './sync/statements.ts'

const attribution = { by: '', now: 1 } as const
const anna = { provider: 'ldap', subject: 'id', name: 'anna', dn: 'uid=anna', dnKey: 'uid=anna' }
const name = parseAccountName('anna')

async function askEverything(db: Database): Promise<void> {
  await identities.findIdentity(db, 'ldap', 'id')
  await identities.identitiesOfAccount(db, 'id')
  await identities.pageOfIdentities(db, 'ldap', { after: '', limit: 10 })
  await identities.identitiesByDn(db, 'ldap', ['uid=anna'])
  const { account } = await identities.insertImportedAccount(db, anna, { name, fullName: '' }, attribution)
  await identities.linkIdentity(db, { ...anna, subject: 'other' }, account, attribution)
  await identities.noteIdentity(db, anna, { now: 1, staleBefore: 0 })
  await askSync(db)
}

it('the comments of the statements tell how their rows are found', async () => {
  expect(await untruthsIn('src/identity/', await plansOf(askEverything))).toEqual([])
})
