/** `member …`: the users of an organization. */
import { answer, enziPage, listAll } from '../api.ts'
import { argument, command, toggle, type CommandGroup } from '../command.ts'
import { done } from '../output.ts'
import { listMembers, roleOf } from './membership.ts'

const list = command({
  name: 'list',
  summary: 'List the members of an organization',
  example: 'member list acme',
  arguments: { organization: argument('ORG') },
  async run({ organization: orgname }, _options, { api }) {
    const found = await listAll(
      (page) =>
        api.GET('/enzi/v0/accounts/{orgname}/members', { params: { path: { orgname }, query: enziPage(page) } }),
      ({ members }) => members,
    )
    return listMembers(found, 'OWNER')
  },
})

const add = command({
  name: 'add',
  summary: 'Add a user to an organization, or change the role of a member',
  example: 'member add acme alice --owner',
  arguments: { organization: argument('ORG'), user: argument('USER') },
  options: { owner: toggle('make the member an owner, who may do everything', 'make an owner an ordinary member') },
  async run({ organization, user }, { owner }, { api }) {
    const path = { orgname: organization, membername: user }
    const added = await answer(
      api.PUT('/enzi/v0/accounts/{orgname}/members/{membername}', { params: { path }, body: roleOf(owner) }),
    )
    return done(`${user} is ${added.isAdmin ? 'an owner' : 'a member'} of ${organization}.`, added)
  },
})

const remove = command({
  name: 'remove',
  summary: 'Remove a user from an organization and from its teams',
  example: 'member remove acme bob',
  arguments: { organization: argument('ORG'), user: argument('USER') },
  async run({ organization, user }, _options, { api }) {
    const path = { orgname: organization, membername: user }
    await api.DELETE('/enzi/v0/accounts/{orgname}/members/{membername}', { params: { path } })
    return done(`${user} is no longer a member of ${organization}.`)
  },
})

export const member: CommandGroup = {
  name: 'member',
  summary: 'Manage the members of organizations',
  commands: [list, add, remove],
}
