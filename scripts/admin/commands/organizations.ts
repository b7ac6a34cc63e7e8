/** `org …`: namespaces that several users share. */
import { path, type Api } from '../api.ts'
import { command, value, type Command } from '../command.ts'
import { done, listed, shown } from '../output.ts'
import { account, accounts, type Account } from '../schemas.ts'
import { deleteAccount, deletionOptions } from './account-deletion.ts'

const list = command({
  words: 'org list',
  summary: 'the organizations of the registry',
  async run(_input, { api }) {
    const query = { filter: 'orgs' }
    const found = await (await api()).list('/enzi/v0/accounts', accounts, (page) => page.accounts, { query })
    return listed(
      found,
      {
        NAME: ({ name }) => name,
        'FULL NAME': ({ fullName }) => fullName,
        MEMBERS: ({ membersCount }) => membersCount ?? '',
        TEAMS: ({ teamsCount }) => teamsCount ?? '',
      },
      'There is no organization yet.',
    )
  },
})

const create = command({
  words: 'org create',
  summary: 'makes an organization, which has no members at first',
  arguments: ['ORG'],
  options: { 'full-name': value('TEXT', 'what it is called in full') },
  async run(input, { api }) {
    const name = input.argument('ORG')
    const body = { name, isOrg: true, fullName: input.text('full-name') ?? '' }
    const made = await (await api()).send('POST', '/enzi/v0/accounts', body, account)
    return done(`The organization ${name} was made.`, made)
  },
})

const show = command({
  words: 'org show',
  summary: 'an organization',
  arguments: ['ORG'],
  async run(input, { api }) {
    const found = await getOrganization(await api(), input.argument('ORG'))
    return shown(found, {
      name: found.name,
      id: found.id,
      'full name': found.fullName,
      members: found.membersCount ?? '',
      teams: found.teamsCount ?? '',
    })
  },
})

const remove = command({
  words: 'org delete',
  summary: 'deletes an organization with its teams; its members stay users',
  arguments: ['ORG'],
  options: deletionOptions,
  async run(input, { api }) {
    const registry = await api()
    const { name } = await getOrganization(registry, input.argument('ORG'))
    return deleteAccount(registry, name, `the organization ${name}`, input)
  },
})

export const organizationCommands: readonly Command[] = [list, create, show, remove]

/** @throws Error for a user */
async function getOrganization(api: Api, name: string): Promise<Account> {
  const found = await api.get(path`/enzi/v0/accounts/${name}`, account)
  if (!found.isOrg) throw new Error(`${name} is a user: use the commands that begin with "user"`)
  return found
}
