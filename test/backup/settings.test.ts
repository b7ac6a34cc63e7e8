/** What becomes of backups is no matter for an access token that leaked. */
import { expect, it } from 'vitest'
import { problemOf } from '../support/client.ts'
import { aLogin, aPerson, sendJson } from '../support/people.ts'

const path = '/api/v0/meta/settings'
const stolen = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

it.each([
  // Backups have the hashes of all passwords: who opens them is decided with the password, as a download is.
  { backupRecipients: [stolen] },
  // Fewer backups that are kept are backups that are deleted.
  { backupKeepLast: 1 },
  { backupKeepDays: 0 },
  { backupKeepWeeks: 0 },
])('no access token sets %j', async (change) => {
  const root = await aPerson('root', { isAdmin: true })
  const refused = await sendJson(await aLogin('root'), 'POST', path, change)
  expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  expect((await root.ask('POST', path, change)).status).toBe(202)
})
