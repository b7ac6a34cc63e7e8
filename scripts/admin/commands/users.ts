/** `user …`: who may log in. */
import { path, type Api } from '../api.ts'
import { command, flag, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, shown, type Output } from '../output.ts'
import { announce, endTokensOption, newPassword, passwordOptions } from '../passwords.ts'
import { account, accounts, memberOrganizations, type Account } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { deleteAccount, deletionOptions, yesOption } from './account-deletion.ts'

const list = command({
  words: 'user list',
  summary: 'the users of the registry',
  options: { admins: flag('administrators only'), inactive: flag('deactivated users only') },
  async run(input, { api }) {
    const [admins, inactive] = [input.flag('admins'), input.flag('inactive')]
    const filter = admins ? 'admins' : inactive ? 'inactive-users' : 'users'
    const found = await (
      await api()
    ).list('/enzi/v0/accounts', accounts, (page) => page.accounts, { query: { filter } })
    return listed(
      found.filter(({ isActive }) => !inactive || !isActive),
      {
        NAME: ({ name }) => name,
        'FULL NAME': ({ fullName }) => fullName,
        ADMIN: ({ isAdmin }) => isAdmin,
        ACTIVE: ({ isActive }) => isActive,
      },
      'There is no such user.',
    )
  },
})

const create = command({
  words: 'user create',
  summary: 'makes a user',
  arguments: ['NAME'],
  options: {
    admin: flag('makes an administrator of the whole registry'),
    'full-name': value('TEXT', 'the name of the person'),
    ...passwordOptions,
  },
  async run(input, { api }) {
    const name = input.argument('NAME')
    const registry = await api()
    const made = await newPassword(input, name)
    const user = await registry.send(
      'POST',
      '/enzi/v0/accounts',
      { name, password: made.password, fullName: input.text('full-name') ?? '', isAdmin: input.flag('admin') },
      account,
    )
    const { sentence, data } = announce(made)
    return done(`The user ${name} was made${sentence}.`, { ...user, ...data })
  },
})

const show = command({
  words: 'user show',
  summary: 'a user, and the organizations that have the user as a member',
  arguments: ['NAME'],
  async run(input, { api }) {
    const registry = await api()
    const user = await getUser(registry, input.argument('NAME'))
    const organizations = await registry.list(
      path`/enzi/v0/accounts/${user.name}/organizations`,
      memberOrganizations,
      (page) => page.memberOrgs,
    )
    const names = organizations.map(({ org, isAdmin }) => (isAdmin ? `${org.name} (owner)` : org.name))
    return shown(
      { ...user, memberOrgs: organizations },
      {
        name: user.name,
        id: user.id,
        'full name': user.fullName,
        administrator: user.isAdmin,
        active: user.isActive,
        organizations: names.sort().join(', '),
      },
    )
  },
})

const edit = command({
  words: 'user edit',
  summary: 'changes what a user is called, or who is an administrator',
  arguments: ['NAME'],
  options: {
    admin: flag('makes the user an administrator of the whole registry'),
    'no-admin': flag('takes that away'),
    'full-name': value('TEXT', 'the name of the person'),
  },
  async run(input, { api }) {
    const [admin, noAdmin, fullName] = [input.flag('admin'), input.flag('no-admin'), input.text('full-name')]
    if (admin && noAdmin) throw new UsageError('--admin and --no-admin exclude each other')
    if (!admin && !noAdmin && fullName === undefined) throw new UsageError('there is nothing to change')
    const changes = { ...(admin || noAdmin ? { isAdmin: admin } : {}), ...(fullName === undefined ? {} : { fullName }) }
    return change(await api(), input.argument('NAME'), changes, 'was changed')
  },
})

const activate = command({
  words: 'user activate',
  summary: 'lets a user log in again',
  arguments: ['NAME'],
  run: async (input, { api }) => change(await api(), input.argument('NAME'), { isActive: true }, 'can log in again'),
})

const deactivate = command({
  words: 'user deactivate',
  summary: 'ends all logins of a user; nothing is deleted',
  arguments: ['NAME'],
  options: yesOption,
  async run(input, { api }) {
    const name = input.argument('NAME')
    const registry = await api()
    // Only another administrator, or "recover", lets this one in again.
    if (name === registry.user) await confirm(name, `Locking yourself (${name}) out`, input.flag('yes'))
    return change(registry, name, { isActive: false }, 'can no longer log in')
  },
})

const password = command({
  words: 'user password',
  summary: 'sets a new password, which ends the sessions of the user',
  arguments: ['NAME'],
  options: { ...passwordOptions, ...endTokensOption },
  async run(input, { api }) {
    const name = input.argument('NAME')
    const registry = await api()
    const made = await newPassword(input, name)
    // Administrators set a password without the old one; everybody else proves who they are.
    const oldPassword = name === registry.user ? registry.password : undefined
    const user = await registry.send(
      'POST',
      path`/enzi/v0/accounts/${name}/changePassword`,
      {
        newPassword: made.password,
        endAccessTokens: input.flag('end-tokens'),
        ...(oldPassword === undefined ? {} : { oldPassword }),
      },
      account,
    )
    const { sentence, data } = announce(made)
    return done(`The password of ${name} was changed${sentence === '' ? '' : `: log in${sentence}`}.`, {
      ...user,
      ...data,
    })
  },
})

const remove = command({
  words: 'user delete',
  summary: 'deletes a user',
  arguments: ['NAME'],
  options: deletionOptions,
  async run(input, { api }) {
    const registry = await api()
    const { name } = await getUser(registry, input.argument('NAME'))
    return deleteAccount(registry, name, `the user ${name}`, input)
  },
})

export const userCommands: readonly Command[] = [list, create, show, edit, deactivate, activate, password, remove]

/** @throws Error for an organization, which has commands of its own */
async function getUser(api: Api, name: string): Promise<Account> {
  const found = await api.get(path`/enzi/v0/accounts/${name}`, account)
  if (found.isOrg) throw new Error(`${name} is an organization: use the commands that begin with "org"`)
  return found
}

async function change(api: Api, name: string, changes: object, what: string): Promise<Output> {
  const user = await api.send('PATCH', path`/enzi/v0/accounts/${name}`, changes, account)
  return done(`${user.name} ${what}.`, user)
}
