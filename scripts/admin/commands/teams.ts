/** `team …`: groups of members of an organization, which are given access. */
import { path } from '../api.ts'
import { command, flag, value, type Command } from '../command.ts'
import { done, listed } from '../output.ts'
import { member, members, team, teams } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './account-deletion.ts'
import { listMembers, roleOf } from './member-list.ts'

const list = command({
  words: 'team list',
  summary: 'the teams of an organization',
  arguments: ['ORG'],
  async run(input, { api }) {
    const where = path`/enzi/v0/accounts/${input.argument('ORG')}/teams`
    const found = await (await api()).list(where, teams, (page) => page.teams)
    return listed(
      found,
      {
        NAME: ({ name }) => name,
        MEMBERS: ({ membersCount }) => membersCount,
        DESCRIPTION: ({ description }) => description,
      },
      'It has no teams yet.',
    )
  },
})

const create = command({
  words: 'team create',
  summary: 'makes a team',
  arguments: ['ORG', 'TEAM'],
  options: { description: value('TEXT', 'what the team is for') },
  async run(input, { api }) {
    const [organization, name] = [input.argument('ORG'), input.argument('TEAM')]
    const body = { name, description: input.text('description') ?? '' }
    const made = await (await api()).send('POST', path`/enzi/v0/accounts/${organization}/teams`, body, team)
    return done(`The team ${name} of ${organization} was made.`, made)
  },
})

const remove = command({
  words: 'team delete',
  summary: 'deletes a team with all that it was given',
  arguments: ['ORG', 'TEAM'],
  options: yesOption,
  async run(input, { api }) {
    const [organization, name] = [input.argument('ORG'), input.argument('TEAM')]
    const registry = await api()
    await confirm(name, `Deleting the team ${name} of ${organization}`, input.flag('yes'))
    await registry.order('DELETE', path`/enzi/v0/accounts/${organization}/teams/${name}`)
    return done(`Deleted the team ${name} of ${organization}.`)
  },
})

const listTeamMembers = command({
  words: 'team members',
  summary: 'who is in a team',
  arguments: ['ORG', 'TEAM'],
  async run(input, { api }) {
    const where = path`/enzi/v0/accounts/${input.argument('ORG')}/teams/${input.argument('TEAM')}/members`
    return listMembers(await (await api()).list(where, members, (page) => page.members), 'TEAM ADMIN')
  },
})

const add = command({
  words: 'team add',
  summary: 'adds a user to a team and, where needed, to its organization',
  arguments: ['ORG', 'TEAM', 'USER'],
  options: {
    'team-admin': flag('makes an administrator of the team, who may change who is in it'),
    'no-team-admin': flag('takes that away'),
  },
  async run(input, { api }) {
    const [organization, name, user] = [input.argument('ORG'), input.argument('TEAM'), input.argument('USER')]
    const body = roleOf(input.flag('team-admin'), input.flag('no-team-admin'))
    const where = path`/enzi/v0/accounts/${organization}/teams/${name}/members/${user}`
    const added = await (await api()).send('PUT', where, body, member)
    const role = added.isAdmin ? 'an administrator' : 'a member'
    return done(`${user} is ${role} of the team ${name} of ${organization}.`, added)
  },
})

const removeMember = command({
  words: 'team remove',
  summary: 'removes a user from a team, not from the organization',
  arguments: ['ORG', 'TEAM', 'USER'],
  async run(input, { api }) {
    const [organization, name, user] = [input.argument('ORG'), input.argument('TEAM'), input.argument('USER')]
    await (await api()).order('DELETE', path`/enzi/v0/accounts/${organization}/teams/${name}/members/${user}`)
    return done(`${user} is no longer in the team ${name} of ${organization}.`)
  },
})

export const teamCommands: readonly Command[] = [list, create, remove, listTeamMembers, add, removeMember]
