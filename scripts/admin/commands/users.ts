/** `user …`: who may log in. */
import { answer, enziPage, listAll, type Api, type Schemas } from '../api.ts'
import { argument, command, flag, text, toggle, type CommandGroup } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, shown, type Output } from '../output.ts'
import { announce, endTokensOption, newPassword, passwordOptions } from '../passwords.ts'
import { confirm } from '../terminal.ts'
import { deleteAccount, deletionOptions, yesOption } from './deletion.ts'

const named = { name: argument('NAME') }

const list = command({
  name: 'list',
  summary: 'List the users of the registry',
  example: 'user list --inactive',
  options: { admins: flag('administrators only'), inactive: flag('deactivated users only') },
  async run(_args, { admins, inactive }, { api }) {
    const filter = admins ? 'admins' : inactive ? 'inactive-users' : 'users'
    const found = await listAll(
      (page) => api.GET('/enzi/v0/accounts', { params: { query: { filter, ...enziPage(page) } } }),
      ({ accounts }) => accounts,
    )
    return listed(
      found.filter(({ isActive }) => !inactive || !isActive),
      {
        NAME: ({ name }) => name,
        'FULL NAME': ({ fullName }) => fullName,
        ADMIN: ({ isAdmin }) => isAdmin,
        ACTIVE: ({ isActive }) => isActive,
      },
      'There are no such users.',
    )
  },
})

const create = command({
  name: 'create',
  summary: 'Create a user',
  example: `user create alice --full-name 'Alice Adams'`,
  arguments: named,
  options: {
    admin: flag('give administrator rights over the whole registry'),
    fullName: text('TEXT', 'name of the person'),
    directory: flag('make the account of a user of the directory (LDAP), whose password and name are there'),
    ...passwordOptions,
  },
  async run({ name }, { admin: isAdmin, fullName = '', directory: searchLDAP, ...source }, { api }) {
    if (searchLDAP) {
      if (fullName !== '' || source.generate || source.passwordStdin) {
        throw new UsageError('--directory takes neither a password nor --full-name: the directory has both')
      }
      const created = await answer(api.POST('/enzi/v0/accounts', { body: { name, isAdmin, searchLDAP } }))
      return done(`Created the user ${created.name} of the directory.`, created)
    }
    const made = await newPassword(source, name)
    const body = { name, password: made.password, fullName, isAdmin }
    const created = await answer(api.POST('/enzi/v0/accounts', { body }))
    const { sentence, data } = announce(made)
    return done(`Created the user ${name}${sentence}.`, { ...created, ...data })
  },
})

const show = command({
  name: 'show',
  summary: 'Show a user and the organizations of the user',
  example: 'user show alice',
  arguments: named,
  async run({ name: wanted }, _options, { api }) {
    const found = await getUser(api, wanted)
    const path = { username: found.name }
    const organizations = await listAll(
      (page) => api.GET('/enzi/v0/accounts/{username}/organizations', { params: { path, query: enziPage(page) } }),
      ({ memberOrgs }) => memberOrgs,
    )
    const names = organizations.map(({ org, isAdmin }) => (isAdmin ? `${org.name} (owner)` : org.name))
    return shown(
      { ...found, memberOrgs: organizations },
      {
        name: found.name,
        id: found.id,
        'full name': found.fullName,
        administrator: found.isAdmin,
        active: found.isActive,
        organizations: names.sort().join(', '),
      },
    )
  },
})

const edit = command({
  name: 'edit',
  summary: "Change a user's full name or administrator rights",
  example: 'user edit bob --admin',
  arguments: named,
  options: {
    admin: toggle('give administrator rights over the whole registry', 'revoke administrator rights'),
    fullName: text('TEXT', 'name of the person'),
  },
  async run({ name }, { admin, fullName }, { api }) {
    if (admin === undefined && fullName === undefined) throw new UsageError('there is nothing to change')
    const changes = {
      ...(admin === undefined ? {} : { isAdmin: admin }),
      ...(fullName === undefined ? {} : { fullName }),
    }
    return change(api, name, changes, 'was changed')
  },
})

const activate = command({
  name: 'activate',
  summary: 'Let a user log in again',
  example: 'user activate bob',
  arguments: named,
  run: ({ name }, _options, { api }) => change(api, name, { isActive: true }, 'can log in again'),
})

const deactivate = command({
  name: 'deactivate',
  summary: 'End all logins of a user, and delete nothing',
  example: 'user deactivate bob',
  arguments: named,
  options: yesOption,
  async run({ name }, { yes }, { api, login }) {
    // Only another administrator, or "recover", lets this one in again.
    if (name === login.user) await confirm(name, `Locking yourself (${name}) out`, yes)
    return change(api, name, { isActive: false }, 'can no longer log in')
  },
})

const password = command({
  name: 'password',
  summary: 'Set a new password, which ends the sessions of the user',
  example: 'user password bob --generate',
  arguments: named,
  options: { ...passwordOptions, ...endTokensOption },
  async run({ name }, { endTokens: endAccessTokens, ...source }, { api, login }) {
    const made = await newPassword(source, name)
    // Administrators set a password without the old one; other users prove who they are.
    const oldPassword = name === login.user ? await login.knownPassword() : undefined
    const changed = await answer(
      api.POST('/enzi/v0/accounts/{username}/changePassword', {
        params: { path: { username: name } },
        body: {
          newPassword: made.password,
          endAccessTokens,
          ...(oldPassword === undefined ? {} : { oldPassword }),
        },
      }),
    )
    const { sentence, data } = announce(made)
    return done(`The password of ${name} was changed${sentence === '' ? '' : `: log in${sentence}`}.`, {
      ...changed,
      ...data,
    })
  },
})

const remove = command({
  name: 'delete',
  summary: 'Delete a user',
  example: 'user delete bob --with-repositories',
  arguments: named,
  options: deletionOptions,
  async run({ name }, options, { api }) {
    const found = await getUser(api, name)
    return deleteAccount(api, found.name, `the user ${found.name}`, options)
  },
})

export const user: CommandGroup = {
  name: 'user',
  summary: 'Manage users',
  commands: [list, create, show, edit, deactivate, activate, password, remove],
}

/** Returns a user. @throws Error for an organization, which has commands of its own */
async function getUser(api: Api, name: string): Promise<Schemas['Account']> {
  const params = { path: { accountNameOrID: name } }
  const found = await answer(api.GET('/enzi/v0/accounts/{accountNameOrID}', { params }))
  if (found.isOrg) throw new Error(`${name} is an organization: use the commands that begin with "org"`)
  return found
}

async function change(api: Api, name: string, body: Schemas['AccountChanges'], what: string): Promise<Output> {
  const params = { path: { accountNameOrID: name } }
  const changed = await answer(api.PATCH('/enzi/v0/accounts/{accountNameOrID}', { params, body }))
  return done(`${changed.name} ${what}.`, changed)
}
