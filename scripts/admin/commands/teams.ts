/** `team …`: groups of members of an organization, which are given access. */
import { answer, enziPage, listAll } from '../api.ts'
import { argument, command, text, toggle, type CommandGroup } from '../command.ts'
import { done, listed } from '../output.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'
import { listMembers, roleOf } from './membership.ts'

const place = { organization: argument('ORG'), team: argument('TEAM') }

const list = command({
  name: 'list',
  summary: 'List the teams of an organization',
  example: 'team list acme',
  arguments: { organization: argument('ORG') },
  async run({ organization: orgname }, _options, { api }) {
    const found = await listAll(
      (page) => api.GET('/enzi/v0/accounts/{orgname}/teams', { params: { path: { orgname }, query: enziPage(page) } }),
      ({ teams }) => teams,
    )
    return listed(
      found,
      {
        NAME: ({ name }) => name,
        MEMBERS: ({ membersCount }) => membersCount,
        DESCRIPTION: ({ description }) => description,
      },
      'There are no teams.',
    )
  },
})

const create = command({
  name: 'create',
  summary: 'Create a team',
  example: `team create acme developers --description 'who build it'`,
  arguments: place,
  options: { description: text('TEXT', 'what the team is for') },
  async run({ organization: orgname, team: name }, { description = '' }, { api }) {
    const made = await answer(
      api.POST('/enzi/v0/accounts/{orgname}/teams', { params: { path: { orgname } }, body: { name, description } }),
    )
    return done(`Created the team ${name} of ${orgname}.`, made)
  },
})

const remove = command({
  name: 'delete',
  summary: 'Delete a team and revoke its access',
  example: 'team delete acme developers',
  arguments: place,
  options: yesOption,
  async run({ organization: orgname, team: teamname }, { yes }, { api }) {
    await confirm(teamname, `Deleting the team ${teamname} of ${orgname}`, yes)
    await api.DELETE('/enzi/v0/accounts/{orgname}/teams/{teamname}', { params: { path: { orgname, teamname } } })
    return done(`Deleted the team ${teamname} of ${orgname}.`)
  },
})

const members = command({
  name: 'members',
  summary: 'List the members of a team',
  example: 'team members acme developers',
  arguments: place,
  async run({ organization: orgname, team: teamname }, _options, { api }) {
    const path = { orgname, teamname }
    const where = '/enzi/v0/accounts/{orgname}/teams/{teamname}/members'
    const found = await listAll(
      (page) => api.GET(where, { params: { path, query: enziPage(page) } }),
      (page) => page.members,
    )
    return listMembers(found, 'TEAM ADMIN')
  },
})

const add = command({
  name: 'add',
  summary: 'Add a user to a team and, where needed, to its organization',
  example: 'team add acme developers bob --team-admin',
  arguments: { ...place, user: argument('USER') },
  options: {
    teamAdmin: toggle('make the user an administrator of the team, who may change its members', 'revoke that role'),
  },
  async run({ organization: orgname, team: teamname, user }, { teamAdmin }, { api }) {
    const path = { orgname, teamname, membername: user }
    const where = '/enzi/v0/accounts/{orgname}/teams/{teamname}/members/{membername}'
    const added = await answer(api.PUT(where, { params: { path }, body: roleOf(teamAdmin) }))
    const role = added.isAdmin ? 'an administrator' : 'a member'
    return done(`${user} is ${role} of the team ${teamname} of ${orgname}.`, added)
  },
})

const removeMember = command({
  name: 'remove',
  summary: 'Remove a user from a team, but not from the organization',
  example: 'team remove acme developers bob',
  arguments: { ...place, user: argument('USER') },
  async run({ organization: orgname, team: teamname, user }, _options, { api }) {
    const path = { orgname, teamname, membername: user }
    await api.DELETE('/enzi/v0/accounts/{orgname}/teams/{teamname}/members/{membername}', { params: { path } })
    return done(`${user} is no longer in the team ${teamname} of ${orgname}.`)
  },
})

export const team: CommandGroup = {
  name: 'team',
  summary: 'Manage teams and their members',
  commands: [list, create, remove, members, add, removeMember],
}
