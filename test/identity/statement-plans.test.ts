/** How D1 finds the rows of identities. */
import { expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { adoptAccount } from '../../src/identity/ldap/adoption-store.ts'
import * as documents from '../../src/identity/documents/document-store.ts'
import * as identities from '../../src/identity/links/identity-store.ts'
import * as groups from '../../src/identity/sso/group-store.ts'
import * as logins from '../../src/identity/sso/login-store.ts'
import * as sessions from '../../src/identity/sso/session-store.ts'
import { parseAccountName, parseTeamName } from '../../src/names.ts'
import { plansOf } from '../support/explaining.ts'
import { untruthsIn } from '../support/statement-comments.ts'
import { askSync } from './sync/statements.ts'
import { askWorkloads } from './workloads/statements.ts'

const attribution = { by: '', now: 1 } as const
const anna = { provider: 'ldap', subject: 'id', name: 'anna', dn: 'uid=anna', dnKey: 'uid=anna' }
const name = parseAccountName('anna')

async function askEverything(db: Database): Promise<void> {
  await identities.findIdentity(db, 'ldap', 'id')
  await identities.identitiesOfAccount(db, 'id')
  await identities.pageOfIdentities(db, 'ldap', { after: '', limit: 10 })
  await identities.identitiesByDn(db, 'ldap', ['uid=anna'])
  const stored = { document: '{}', sealed: '', sealedWith: '' }
  const told = { objectType: 'settings', objectName: 'ldap', content: {} } as const
  await db.all(documents.selectDirectory)
  await documents.findDocument(db, 'ldap')
  await documents.putDocument(db, 'ldap', stored, told, attribution)
  await documents.secretsSealedWith(db, 'key')
  await documents.replaceSecret(db, 'ldap', stored, stored)
  await identities.findLoginOf(db, 'id')
  const { account } = await identities.insertImportedAccount(db, anna, { name, fullName: '' }, attribution)
  await identities.linkIdentity(db, { ...anna, subject: 'other' }, account, attribution)
  await adoptAccount(db, anna, account.id, attribution)
  await identities.noteIdentity(db, anna, { now: 1, staleBefore: 0 })
  await askSync(db)
  await askWorkloads(db)
}

const session = { issuer: 'https://login.example.com', subject: 'subject', sid: 'sid' }

async function signOn(db: Database): Promise<void> {
  const waiting = { hash: 'hash', challenge: 'challenge', purpose: 'login', expiresAt: 10 } as const
  await logins.insertApproved(db, { ...waiting, ...session, name: 'anna', accountId: undefined }, 1)
  await logins.insertDevice(db, { ...waiting, hash: 'other', userCodeHash: 'code', device: '', network: '' }, 1)
  await logins.findDevice(db, 'code', 1)
  await logins.approveDevice(db, 'code', { ...session, name: 'anna', accountId: undefined }, 1)
  await logins.refuseDevice(db, 'code', 1)
  await logins.takeApproved(db, waiting, 1)
}

async function followSessionsAndGroups(db: Database): Promise<void> {
  await sessions.findUser(db, 'id', { issuer: 'issuer', subject: 'subject' })
  await sessions.noteSession(db, 'hash', session)
  for (const ended of [session, { ...session, subject: undefined }, { ...session, sid: undefined }]) {
    await sessions.endSessions(db, ended, { hash: 'hash', until: 1 }, 1)
  }
  await sessions.takeMessage(db, { hash: 'other', until: 1 }, 1)
  await sessions.unlinkIdentity(db, { id: 'id', name }, { provider: 'ldap', subject: 'id' }, attribution)
  const organization = { id: 'id', name, isOrganization: true }
  const team = { id: 'id', name: parseTeamName('team'), description: '' }
  await groups.findGroup(db, 'id')
  await groups.writeGroup(db, { organization, team }, 'group', attribution)
  await groups.writeGroup(db, { organization, team }, undefined, attribution)
  await groups.linkedTeams(db, 'id', ['group'])
  await groups.changeTeams(db, 'id', { joins: ['id'], leaves: ['id'] }, attribution)
}

async function askAll(db: Database): Promise<void> {
  for (const ask of [askEverything, signOn, followSessionsAndGroups]) await ask(db)
}

it('the comments of the statements tell how their rows are found', async () => {
  expect(await untruthsIn('src/identity/', await plansOf(askAll))).toEqual([])
})
