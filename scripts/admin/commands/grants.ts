/** `grant …`: what the teams of an organization may do, with all of its repositories or with one. */
import * as z from 'zod'
import { accessLevels } from '../../../src/access-levels.ts'
import { path } from '../api.ts'
import { command, value, type Command, type Input } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed } from '../output.ts'
import { nameWithin } from '../repository-name.ts'
import { repositoryAccessList, teamAccess, teamAccessList } from '../schemas.ts'

const repositoryOption = { repository: value('NAME', 'one repository, as NAME or ORG/NAME; else all of ORG') }

const levels = z.enum(accessLevels)

const list = command({
  words: 'grant list',
  summary: 'which teams were given access to all repositories, to one, or which ones a team was given',
  arguments: ['ORG'],
  options: {
    ...repositoryOption,
    team: value('TEAM', 'the single repositories that this team was given'),
  },
  async run(input, { api }) {
    const organization = input.argument('ORG')
    const [repository, team] = [repositoryIn(organization, input), input.text('team')]
    if (repository !== undefined && team !== undefined) {
      throw new UsageError('--repository and --team exclude each other')
    }
    const registry = await api()
    if (team !== undefined) {
      const where = path`/api/v0/accounts/${organization}/teams/${team}/repositoryAccess`
      return listed(
        await registry.list(where, repositoryAccessList, (page) => page.repositoryAccessList),
        {
          REPOSITORY: ({ repository: { namespace, name } }) => `${namespace}/${name}`,
          LEVEL: ({ accessLevel }) => accessLevel,
        },
        'It was given no single repository; "grant list ORG" tells what it has on all of them.',
      )
    }
    return listed(
      await registry.list(grantsPath(organization, repository), teamAccessList, (page) => page.teamAccessList),
      { TEAM: (grant) => grant.team.name, LEVEL: ({ accessLevel }) => accessLevel },
      'No team was given access to it.',
    )
  },
})

const set = command({
  words: 'grant set',
  summary: `gives a team access: ${accessLevels.join(', ')}`,
  arguments: ['ORG', 'TEAM', 'LEVEL'],
  options: repositoryOption,
  async run(input, { api }) {
    const [organization, team] = [input.argument('ORG'), input.argument('TEAM')]
    const repository = repositoryIn(organization, input)
    const level = levels.safeParse(input.argument('LEVEL')).data
    if (level === undefined) throw new UsageError(`LEVEL is one of ${accessLevels.join(', ')}`)
    const where = grantPath(organization, repository, team)
    const given = await (await api()).send('PUT', where, { accessLevel: level }, teamAccess)
    return done(`The team ${team} has ${given.accessLevel} on ${targetOf(organization, repository)}.`, given)
  },
})

const remove = command({
  words: 'grant remove',
  summary: 'takes access away from a team',
  arguments: ['ORG', 'TEAM'],
  options: repositoryOption,
  async run(input, { api }) {
    const [organization, team] = [input.argument('ORG'), input.argument('TEAM')]
    const repository = repositoryIn(organization, input)
    await (await api()).order('DELETE', grantPath(organization, repository, team))
    return done(`Took away what the team ${team} had on ${targetOf(organization, repository)}.`)
  },
})

export const grantCommands: readonly Command[] = [list, set, remove]

/** @throws UsageError */
function repositoryIn(organization: string, input: Input<never, keyof typeof repositoryOption>): string | undefined {
  const text = input.text('repository')
  return text === undefined ? undefined : nameWithin(organization, text)
}

function grantsPath(organization: string, repository: string | undefined): string {
  return repository === undefined
    ? path`/api/v0/repositoryNamespaces/${organization}/teamAccess`
    : path`/api/v0/repositories/${organization}/${repository}/teamAccess`
}

const grantPath = (organization: string, repository: string | undefined, team: string): string =>
  grantsPath(organization, repository) + path`/${team}`

const targetOf = (organization: string, repository: string | undefined): string =>
  repository === undefined ? `all repositories of ${organization}` : `${organization}/${repository}`
