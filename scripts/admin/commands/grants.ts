/** `grant …`: what the teams of an organization may do, with all of its repositories or with one. */
import { accessLevels } from '../../../src/access-levels.ts'
import { answer, listAll, type Api, type Schemas } from '../api.ts'
import { argument, choice, command, text, type CommandGroup } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed } from '../output.ts'
import { nameWithin } from '../repository-name.ts'

const repositoryOption = { repository: text('NAME', 'one repository, as NAME or ORG/NAME; else all of ORG') }

const list = command({
  name: 'list',
  summary: 'List the access of teams: to all repositories, to one, or the single repositories of a team',
  example: 'grant list acme --repository backend/api',
  arguments: { organization: argument('ORG') },
  options: { ...repositoryOption, team: text('TEAM', 'list the single repositories of this team') },
  async run({ organization }, { repository, team }, { api }) {
    if (repository !== undefined && team !== undefined) {
      throw new UsageError('--repository and --team exclude each other')
    }
    if (team !== undefined) {
      const path = { orgname: organization, teamname: team }
      return listed(
        await listAll(
          (query) =>
            api.GET('/api/v0/accounts/{orgname}/teams/{teamname}/repositoryAccess', { params: { path, query } }),
          (page) => page.repositoryAccessList,
        ),
        {
          REPOSITORY: (grant) => `${grant.repository.namespace}/${grant.repository.name}`,
          LEVEL: ({ accessLevel }) => accessLevel,
        },
        'The team has no access to single repositories; "grant list ORG" lists its access to all.',
      )
    }
    const name = repository === undefined ? undefined : nameWithin(organization, repository)
    return listed(
      await teamAccessOf(api, organization, name),
      { TEAM: (grant) => grant.team.name, LEVEL: ({ accessLevel }) => accessLevel },
      'No team has access to it.',
    )
  },
})

const set = command({
  name: 'set',
  summary: 'Give a team access',
  example: 'grant set acme developers read-write --repository backend/api',
  arguments: {
    organization: argument('ORG'),
    team: argument('TEAM'),
    level: choice('LEVEL', accessLevels),
  },
  options: repositoryOption,
  async run({ organization, team, level }, { repository }, { api }) {
    const place = placeOf(organization, team)
    const body = { accessLevel: level }
    if (repository === undefined) {
      const where = '/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}'
      const given = await answer(api.PUT(where, { params: { path: place }, body }))
      return done(`The team ${team} has ${given.accessLevel} access to all repositories of ${organization}.`, given)
    }
    const path = { ...place, reponame: nameWithin(organization, repository) }
    const where = '/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}'
    const given = await answer(api.PUT(where, { params: { path }, body }))
    return done(`The team ${team} has ${given.accessLevel} access to ${organization}/${path.reponame}.`, given)
  },
})

const remove = command({
  name: 'remove',
  summary: 'Revoke the access of a team',
  example: 'grant remove acme developers --repository backend/api',
  arguments: { organization: argument('ORG'), team: argument('TEAM') },
  options: repositoryOption,
  async run({ organization, team }, { repository }, { api }) {
    const place = placeOf(organization, team)
    if (repository === undefined) {
      const where = '/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}'
      await api.DELETE(where, { params: { path: place } })
      return done(`Revoked the access of the team ${team} to all repositories of ${organization}.`)
    }
    const path = { ...place, reponame: nameWithin(organization, repository) }
    await api.DELETE('/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}', { params: { path } })
    return done(`Revoked the access of the team ${team} to ${organization}/${path.reponame}.`)
  },
})

export const grant: CommandGroup = {
  name: 'grant',
  summary: 'Manage what teams may do with repositories',
  commands: [list, set, remove],
}

/** Lists the access of teams. @param reponame undefined: all repositories of the organization */
function teamAccessOf(api: Api, namespace: string, reponame: string | undefined): Promise<Schemas['TeamAccess'][]> {
  if (reponame === undefined) {
    const path = { namespace }
    return listAll(
      (query) => api.GET('/api/v0/repositoryNamespaces/{namespace}/teamAccess', { params: { path, query } }),
      (page) => page.teamAccessList,
    )
  }
  const path = { namespace, reponame }
  return listAll(
    (query) => api.GET('/api/v0/repositories/{namespace}/{reponame}/teamAccess', { params: { path, query } }),
    (page) => page.teamAccessList,
  )
}

const placeOf = (namespace: string, teamname: string): { namespace: string; teamname: string } => ({
  namespace,
  teamname,
})
