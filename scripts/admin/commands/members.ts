/** `member …`: the users of an organization. */
import { path } from '../api.ts'
import { command, flag, type Command } from '../command.ts'
import { done } from '../output.ts'
import { member, members } from '../schemas.ts'
import { listMembers, roleOf } from './member-list.ts'

const list = command({
  words: 'member list',
  summary: 'the members of an organization',
  arguments: ['ORG'],
  async run(input, { api }) {
    const where = path`/enzi/v0/accounts/${input.argument('ORG')}/members`
    return listMembers(await (await api()).list(where, members, (page) => page.members), 'OWNER')
  },
})

const add = command({
  words: 'member add',
  summary: 'adds a user to an organization, or makes a member an owner',
  arguments: ['ORG', 'USER'],
  options: {
    owner: flag('makes an owner, who may do everything in the organization'),
    'no-owner': flag('makes an owner an ordinary member'),
  },
  async run(input, { api }) {
    const [organization, user] = [input.argument('ORG'), input.argument('USER')]
    const body = roleOf(input.flag('owner'), input.flag('no-owner'))
    const where = path`/enzi/v0/accounts/${organization}/members/${user}`
    const added = await (await api()).send('PUT', where, body, member)
    return done(`${user} is ${added.isAdmin ? 'an owner' : 'a member'} of ${organization}.`, added)
  },
})

const remove = command({
  words: 'member remove',
  summary: 'removes a user from an organization and from its teams',
  arguments: ['ORG', 'USER'],
  async run(input, { api }) {
    const [organization, user] = [input.argument('ORG'), input.argument('USER')]
    await (await api()).order('DELETE', path`/enzi/v0/accounts/${organization}/members/${user}`)
    return done(`${user} is no longer a member of ${organization}.`)
  },
})

export const memberCommands: readonly Command[] = [list, add, remove]
