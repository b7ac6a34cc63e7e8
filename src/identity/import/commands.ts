/** `import dtr`: brings accounts, organizations, teams, access and repositories of another registry here, without images. */
import { createApi, enziPage, listAll, Refusal, type Api, type Page } from '../../../scripts/admin/api.ts'
import { argument, command, flag, text, type CommandGroup } from '../../../scripts/admin/command.ts'
import { setting } from '../../../scripts/admin/connection.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { mayPass, patiently } from '../../../scripts/admin/patience.ts'
import { withProgress, type Show } from '../../../scripts/admin/progress.ts'
import { Login } from '../../../scripts/admin/user-login.ts'
import { act } from './step-commands.ts'
import { outputOf, type Problem } from './report.ts'
import { planImport, type AccountOf, type RepositoryOf, type Snapshot, type Step, type TeamOf } from './steps.ts'

const dtr = command({
  name: 'dtr',
  summary: 'Import accounts, teams, access and repositories, without images and passwords, from a DTR or a Breakwater',
  example: 'import dtr https://dtr.example.com --from-user admin --dry-run',
  arguments: { from: argument('URL') },
  options: {
    fromUser: text('NAME', 'log in there as NAME, an administrator, with the password in BREAKWATER_SOURCE_PASSWORD'),
    dryRun: flag('say what would be done, and change nothing'),
  },
  async run({ from }, { fromUser, dryRun }, context) {
    const source = sourceApi(from, fromUser)
    return withProgress(async (show) => {
      const there = await readRegistry(source, (what) => show(`reads there: ${what}`))
      const here = await readRegistry(context.api, (what) => show(`reads here: ${what}`))
      const { steps, notes } = planImport(there, here)
      if (dryRun) return outputOf({ steps, notes, problems: [], isDryRun: true })
      const problems = await carryOut(context.api, steps, show)
      return outputOf({ steps, notes, problems, isDryRun: false })
    })
  },
})

function sourceApi(from: string, user: string | undefined): Api {
  if (!URL.canParse(from)) throw new UsageError(`${from} is no address: use one like https://dtr.example.com`)
  if (user === undefined) throw new UsageError('name the administrator there with --from-user')
  const { origin, host } = new URL(from)
  return createApi(origin, new Login(user, host, setting('BREAKWATER_SOURCE_PASSWORD')))
}

/** Reads all that is imported, page by page. @param say tells what is read now */
async function readRegistry(api: Api, say: (what: string) => void): Promise<Snapshot> {
  say('accounts')
  const accounts = await readAccounts(api)
  const organizations = [...accounts].flatMap(([name, { isOrganization }]) => (isOrganization ? [name] : []))
  const members = new Map<string, ReadonlyMap<string, boolean>>()
  const ownerSyncs = new Map<string, object>()
  const teams = new Map<string, TeamOf>()
  const access = new Map<string, ReadonlyMap<string, string>>()
  const teamNames = new Map<string, string>()
  for (const organization of organizations) {
    say(organization)
    members.set(organization, await readMembers(api, organization))
    const sync = await readOwnerSync(api, organization)
    if (sync !== undefined) ownerSyncs.set(organization, sync)
    for (const [team, { id, ...found }] of await readTeams(api, organization)) {
      teams.set(`${organization}/${team}`, found)
      teamNames.set(id, team)
    }
    const levels = namedLevels(await readNamespaceAccess(api, organization), teamNames)
    if (levels.size > 0) access.set(organization, levels)
  }
  say('repositories')
  const repositories = await readRepositories(api)
  for (const path of repositories.keys()) {
    const [namespace = ''] = path.split('/')
    if (accounts.get(namespace)?.isOrganization !== true) continue
    say(path)
    const levels = namedLevels(await readAccess(api, path), teamNames)
    if (levels.size > 0) access.set(path, levels)
  }
  return { accounts, members, ownerSyncs, teams, repositories, access }
}

async function readAccounts(api: Api): Promise<Map<string, AccountOf>> {
  const found = await listAll(
    (page) =>
      patiently(() => api.GET('/enzi/v0/accounts', { params: { query: { filter: 'all', ...enziPage(page) } } })),
    ({ accounts }) => accounts,
  )
  return new Map(
    found.map(({ name, isOrg, fullName, isAdmin, isActive, isImported }) => [
      name,
      { isOrganization: isOrg, fullName, isAdmin, isActive, isImported },
    ]),
  )
}

async function readMembers(api: Api, orgname: string): Promise<Map<string, boolean>> {
  const path = { orgname }
  const found = await listAll(
    (page) =>
      patiently(() => api.GET('/enzi/v0/accounts/{orgname}/members', { params: { path, query: enziPage(page) } })),
    ({ members }) => members,
  )
  return new Map(found.map(({ member, isAdmin }) => [member.name, isAdmin]))
}

async function readTeams(api: Api, orgname: string): Promise<Map<string, TeamOf & { readonly id: string }>> {
  const found = await listAll(
    (page) =>
      patiently(() =>
        api.GET('/enzi/v0/accounts/{orgname}/teams', { params: { path: { orgname }, query: enziPage(page) } }),
      ),
    ({ teams }) => teams,
  )
  const teams = new Map<string, TeamOf & { readonly id: string }>()
  for (const { id, name: teamname, description } of found) {
    const path = { orgname, teamname }
    const members = await listAll(
      (page) =>
        patiently(() =>
          api.GET('/enzi/v0/accounts/{orgname}/teams/{teamname}/members', { params: { path, query: enziPage(page) } }),
        ),
      (body) => body.members,
    )
    const sync = await readSync(api, path)
    teams.set(teamname, {
      id,
      description,
      members: new Map(members.map(({ member, isAdmin }) => [member.name, isAdmin])),
      sync,
    })
  }
  return teams
}

/** Reads how the owners of an organization are synced; undefined where they are not, or the registry knows no directory. */
async function readOwnerSync(api: Api, orgname: string): Promise<object | undefined> {
  const where = '/enzi/v0/accounts/{orgname}/adminMemberSyncConfig'
  const { data } = await orMissing(patiently(() => api.GET(where, { params: { path: { orgname } } })))
  return data?.enableSync === true ? data : undefined
}

/** Reads how a team is synced; undefined where it is not, or the registry knows no directory. */
async function readSync(
  api: Api,
  path: { readonly orgname: string; readonly teamname: string },
): Promise<object | undefined> {
  const where = '/enzi/v0/accounts/{orgname}/teams/{teamname}/memberSyncConfig'
  const { data } = await orMissing(patiently(() => api.GET(where, { params: { path } })))
  return data?.enableSync === true ? data : undefined
}

/** Reads the levels of teams on all of a namespace, by the ids of the teams. */
async function readNamespaceAccess(api: Api, namespace: string): Promise<Map<string, string>> {
  const where = '/api/v0/repositoryNamespaces/{namespace}/teamAccess'
  const found = await listAll(
    (query: Page) => patiently(() => api.GET(where, { params: { path: { namespace }, query } })),
    ({ teamAccessList }) => teamAccessList,
  )
  return new Map(found.map(({ team, accessLevel }) => [team.id, accessLevel]))
}

/** Reads the levels of teams on a repository, by the ids of the teams. */
async function readAccess(api: Api, repository: string): Promise<Map<string, string>> {
  const path = pathOf(repository)
  const where = '/api/v0/repositories/{namespace}/{reponame}/teamAccess'
  const found = await listAll(
    (query: Page) => patiently(() => api.GET(where, { params: { path, query } })),
    ({ teamAccessList }) => teamAccessList,
  )
  return new Map(found.map(({ team, accessLevel }) => [team.id, accessLevel]))
}

/** Names the teams of levels: DTR tells of a team that has access its id alone. */
const namedLevels = (
  levels: ReadonlyMap<string, string>,
  teamNames: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> =>
  new Map(
    [...levels].flatMap(([id, level]) => {
      const name = teamNames.get(id)
      return name === undefined ? [] : [[name, level] as const]
    }),
  )

async function readRepositories(api: Api): Promise<Map<string, RepositoryOf>> {
  const found = await listAll(
    (query: Page) => patiently(() => api.GET('/api/v0/repositories', { params: { query } })),
    ({ repositories }) => repositories,
  )
  return new Map(
    found.map(({ namespace, name, visibility, shortDescription, longDescription, immutableTags, tagLimit }) => [
      `${namespace}/${name}`,
      { visibility, shortDescription, longDescription, immutableTags, tagLimit },
    ]),
  )
}

function pathOf(repository: string): { namespace: string; reponame: string } {
  const slash = repository.indexOf('/')
  return { namespace: repository.slice(0, slash), reponame: repository.slice(slash + 1) }
}

/** Answers with nothing where there is nothing: a registry without a directory, or of an earlier release. */
async function orMissing<Reply extends { data?: unknown }>(reply: Promise<Reply>): Promise<Partial<Reply>> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.status === 405)) return {}
    throw error
  }
}

/** Carries the steps out. What is refused is told at the end, and the rest goes on. */
async function carryOut(api: Api, steps: readonly Step[], show: Show): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const [at, step] of steps.entries()) {
    show({ what: 'imports', done: at, total: steps.length })
    try {
      await patiently(() => act(api, step))
    } catch (error) {
      if (!(error instanceof Refusal) || mayPass(error)) throw error
      // A step that was done, and whose answer was lost, is done.
      if (!error.code.endsWith('_EXISTS')) problems.push({ step, why: error.message })
    }
  }
  return problems
}

/** The group of imports. */
export const imports: CommandGroup = {
  name: 'import',
  summary: 'Bring what another registry knows here',
  commands: [dtr],
}
