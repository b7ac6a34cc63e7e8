/** `identity ldap`: the settings of the directory, and the test of a login. */
import { readFileSync } from 'node:fs'
import { answer, type Api, type Schemas } from '../../../scripts/admin/api.ts'
import { choice, command, optionalArgument, text } from '../../../scripts/admin/command.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { done, listed, shown, type Output } from '../../../scripts/admin/output.ts'
import { askSecret, isAttended } from '../../../scripts/admin/terminal.ts'

type Settings = Schemas['LDAPSettings']

const where = '/enzi/v0/config/auth/ldap'

export const ldap = command({
  name: 'ldap',
  summary: 'Show or set the directory of users, test one login with it, or link an account to one of its users',
  example: 'identity ldap test anna --settings ldap.json',
  arguments: {
    action: choice('ACTION', ['show', 'set', 'test', 'link']),
    subject: optionalArgument('FILE|USER|ACCOUNT'),
  },
  options: {
    settings: text('FILE', 'for "test": settings that are not stored yet, in DTR’s JSON'),
    as: text('NAME', 'for "link": the name in the directory (default: that of the account)'),
  },
  async run({ action, subject }, { settings, as: user }, { api }) {
    if (action === 'show') return settingsOutput(await answer(api.GET(where)))
    if (action === 'set') {
      if (subject === undefined) throw new UsageError('name the file with the settings, in DTR’s JSON')
      return set(api, subject)
    }
    if (action === 'link') {
      if (subject === undefined) throw new UsageError('name the account, which its user of the directory gets')
      return link(api, subject, user ?? subject)
    }
    if (subject === undefined) throw new UsageError('name the user who logs in')
    return test(api, subject, settings)
  },
})

async function link(api: Api, accountNameOrID: string, username: string): Promise<Output> {
  const params = { path: { accountNameOrID } }
  const linked = await answer(
    api.PUT('/enzi/v0/accounts/{accountNameOrID}/identities/ldap', { params, body: { username } }),
  )
  return done(
    `${accountNameOrID} belongs to ${linked.dn}, and logs in with the password of the directory alone.`,
    linked,
  )
}

async function set(api: Api, file: string): Promise<Output> {
  const stored = await answer(api.PUT(where, { body: readSettings(file) }))
  const says = stored.serverURL === '' ? 'There is no directory any more.' : `Users log in with ${stored.serverURL}.`
  return done(says, stored)
}

/** Prints the whole document: what `set` takes again. */
const settingsOutput = (settings: Settings): Output => ({
  data: settings,
  lines: JSON.stringify(settings, undefined, 2).split('\n'),
})

async function test(api: Api, username: string, file: string | undefined): Promise<Output> {
  const body = {
    username,
    password: await passwordOf(username),
    ...(file === undefined ? {} : { settings: readSettings(file) }),
  }
  const tested = await answer(api.POST(`${where}/test`, { body }))
  const steps = listed(
    tested.steps,
    { STEP: ({ step }) => step, RESULT: ({ outcome }) => outcome, MESSAGE: ({ message }) => message },
    'There are no steps.',
  )
  const verdict = shown(tested, { 'may log in': tested.isRight, entry: tested.dn, account: tested.accountName })
  return { data: tested, lines: [...steps.lines, '', ...verdict.lines], isBad: !tested.isRight }
}

async function passwordOf(username: string): Promise<string> {
  const given = process.env['BREAKWATER_LDAP_TEST_PASSWORD']
  if (given !== undefined) return given
  if (isAttended()) return askSecret(`Password of ${username} in the directory:`)
  throw new UsageError('set BREAKWATER_LDAP_TEST_PASSWORD to the password of the user: there is no terminal to ask at')
}

/** Reads a settings document. The registry checks it. @throws UsageError */
function readSettings(file: string): Settings {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry refuses what it is not
    return JSON.parse(readFileSync(file, 'utf8')) as Settings
  } catch (error) {
    throw new UsageError(
      `${file} is no JSON that can be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
