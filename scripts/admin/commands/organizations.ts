/** `org …`: namespaces that several users share. */
import { answer, enziPage, listAll, type Api, type Schemas } from '../api.ts'
import { argument, command, text, type CommandGroup } from '../command.ts'
import { done, listed, shown } from '../output.ts'
import { deleteAccount, deletionOptions } from './deletion.ts'

const list = command({
  name: 'list',
  summary: 'List the organizations of the registry',
  example: 'org list',
  async run(_args, _options, { api }) {
    const found = await listAll(
      (page) => api.GET('/enzi/v0/accounts', { params: { query: { filter: 'orgs', ...enziPage(page) } } }),
      ({ accounts }) => accounts,
    )
    return listed(
      found,
      {
        NAME: ({ name }) => name,
        'FULL NAME': ({ fullName }) => fullName,
        MEMBERS: ({ membersCount }) => membersCount,
        TEAMS: ({ teamsCount }) => teamsCount,
      },
      'There are no organizations.',
    )
  },
})

const create = command({
  name: 'create',
  summary: 'Create an organization without members',
  example: `org create acme --full-name 'Acme Corporation'`,
  arguments: { name: argument('ORG') },
  options: { fullName: text('TEXT', 'full name of the organization') },
  async run({ name }, { fullName = '' }, { api }) {
    const made = await answer(api.POST('/enzi/v0/accounts', { body: { name, isOrg: true, fullName } }))
    return done(`Created the organization ${name}.`, made)
  },
})

const show = command({
  name: 'show',
  summary: 'Show an organization',
  example: 'org show acme',
  arguments: { name: argument('ORG') },
  async run({ name }, _options, { api }) {
    const found = await getOrganization(api, name)
    return shown(found, {
      name: found.name,
      id: found.id,
      'full name': found.fullName,
      members: found.membersCount,
      teams: found.teamsCount,
    })
  },
})

const remove = command({
  name: 'delete',
  summary: 'Delete an organization with its teams; its members stay users',
  example: 'org delete acme --with-repositories',
  arguments: { name: argument('ORG') },
  options: deletionOptions,
  async run({ name }, options, { api }) {
    const found = await getOrganization(api, name)
    return deleteAccount(api, found.name, `the organization ${found.name}`, options)
  },
})

export const org: CommandGroup = {
  name: 'org',
  summary: 'Manage organizations',
  commands: [list, create, show, remove],
}

/** Returns an organization. @throws Error for a user */
async function getOrganization(api: Api, name: string): Promise<Schemas['Account']> {
  const path = { accountNameOrID: name }
  const found = await answer(api.GET('/enzi/v0/accounts/{accountNameOrID}', { params: { path } }))
  if (!found.isOrg) throw new Error(`${name} is a user: use the commands that begin with "user"`)
  return found
}
