/** `token …`: access tokens, which stand in the place of a password. */
import { answer, listAll, type Api, type Schemas } from '../api.ts'
import { argument, command, oneOf, text, texts, whole, type CommandGroup } from '../command.ts'
import { done, listed, type Output } from '../output.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'

const forOption = {
  for: text('NAME', 'owner of the tokens (default: you; others: administrators only)'),
}

/** Enough of a hash to type. */
const shownDigits = 12
const fewestDigits = 6

/** The beginning of the time that the API gives for a token that was never used. */
const never = '0001-01-01'

const list = command({
  name: 'list',
  summary: 'List the access tokens of a user',
  example: 'token list --for bob',
  options: forOption,
  async run(_args, { for: owner }, { api }) {
    return listedTokens(await tokensOf(api, owner))
  },
})

export const listedTokens = (tokens: readonly Schemas['AccessToken'][]): Output =>
  listed(
    tokens,
    {
      TOKEN: ({ hashedToken }) => hashedToken.slice(0, shownDigits),
      LABEL: ({ tokenLabel }) => tokenLabel,
      ACTIVE: ({ isActive }) => isActive,
      LEVEL: ({ level }) => level,
      FOR: ({ repositories, namespaces }) => [...repositories, ...namespaces.map((name) => `${name}/*`)].join(' '),
      EXPIRES: ({ expiresAt }) => expiresAt ?? 'never',
      CREATED: ({ createdAt }) => createdAt,
      'LAST USED': ({ lastUsed }) => (lastUsed.startsWith(never) ? 'never' : lastUsed),
      'CREATED BY': ({ createdBy }) => createdBy,
      'CREATED WITH': ({ creatorUa }) => creatorUa,
    },
    'There are no access tokens.',
  )

/** What limits a new token. */
export const limitOptions = {
  expires: whole('DAYS', 'end after so many days (default: the setting accessTokenDefaultDays)'),
  level: oneOf(
    'LEVEL',
    ['read-only', 'read-write', 'all'],
    'the most that it may do: read-only, read-write or all (default: all that its owner may)',
  ),
  repository: texts('REPO', 'a repository that it opens, and no other (repeatable)'),
  namespace: texts('NAME', 'a namespace of which it opens every repository, and no other (repeatable)'),
}

export interface Limits {
  readonly expires: number | undefined
  readonly level: 'read-only' | 'read-write' | 'all' | undefined
  readonly repository: readonly string[]
  readonly namespace: readonly string[]
}

const dayMilliseconds = 24 * 3600 * 1000

/** Makes the body that asks for a new token. */
export const wantedToken = (label: string, { expires, level = 'all', repository, namespace }: Limits) => ({
  tokenLabel: label,
  level,
  repositories: [...repository],
  namespaces: [...namespace],
  ...(expires === undefined ? {} : { expiresAt: new Date(Date.now() + expires * dayMilliseconds).toISOString() }),
})

export const madeToken = (made: Schemas['NewAccessToken']): Output =>
  done(
    `The token "${made.tokenLabel}" is  ${made.token}  (it is shown this once, and ends on ${made.expiresAt ?? 'no day'}).`,
    made,
  )

const create = command({
  name: 'create',
  summary: 'Create an access token and print it once',
  example: 'token create ci --expires 30 --level read-only --repository acme/backend',
  arguments: { label: argument('LABEL') },
  options: { ...forOption, ...limitOptions },
  async run({ label }, { for: owner, ...limits }, { api }) {
    const params = { query: ownerQuery(owner) }
    return madeToken(await answer(api.POST('/api/v0/api_tokens', { params, body: wantedToken(label, limits) })))
  },
})

const deactivate = command({
  name: 'deactivate',
  summary: 'Disable a token, by its label or by the first digits that "token list" shows',
  example: 'token deactivate laptop',
  arguments: { token: argument('TOKEN') },
  options: forOption,
  run: ({ token: name }, { for: owner }, { api }) => switchTo(api, name, owner, false),
})

const activate = command({
  name: 'activate',
  summary: 'Enable a token again',
  example: 'token activate laptop',
  arguments: { token: argument('TOKEN') },
  options: forOption,
  run: ({ token: name }, { for: owner }, { api }) => switchTo(api, name, owner, true),
})

const remove = command({
  name: 'delete',
  summary: 'Delete a token',
  example: 'token delete 3f9a0c1b22d4 --for bob',
  arguments: { token: argument('TOKEN') },
  options: { ...forOption, ...yesOption },
  async run({ token: name }, { for: owner, yes }, { api }) {
    const { hashedToken: hashedtoken, tokenLabel } = await findToken(api, name, owner)
    await confirm(tokenLabel, `Deleting the token "${tokenLabel}"`, yes)
    await api.DELETE('/api/v0/api_tokens/{hashedtoken}', { params: { path: { hashedtoken } } })
    return done(`Deleted the token "${tokenLabel}".`)
  },
})

export const token: CommandGroup = {
  name: 'token',
  summary: 'Manage access tokens',
  commands: [list, create, deactivate, activate, remove],
}

const ownerQuery = (owner: string | undefined): { username?: string } =>
  owner === undefined ? {} : { username: owner }

const tokensOf = (api: Api, owner: string | undefined): Promise<Schemas['AccessToken'][]> =>
  listAll(
    (page) => api.GET('/api/v0/api_tokens', { params: { query: { ...ownerQuery(owner), ...page } } }),
    (page) => page,
  )

async function switchTo(api: Api, name: string, owner: string | undefined, isActive: boolean): Promise<Output> {
  const { hashedToken: hashedtoken } = await findToken(api, name, owner)
  const params = { path: { hashedtoken } }
  const changed = await answer(api.PATCH('/api/v0/api_tokens/{hashedtoken}', { params, body: { isActive } }))
  return done(
    `The token "${changed.tokenLabel}" ${changed.isActive ? 'can be used again' : 'can no longer be used'}.`,
    changed,
  )
}

/** Finds the one token with a name. @param name its label, or the first digits of its hash */
async function findToken(api: Api, name: string, owner: string | undefined): Promise<Schemas['AccessToken']> {
  const found = (await tokensOf(api, owner)).filter(
    ({ hashedToken, tokenLabel }) =>
      tokenLabel === name || (name.length >= fewestDigits && hashedToken.startsWith(name.toLowerCase())),
  )
  const [only, ...others] = found
  if (only === undefined) throw new Error(`there is no token "${name}": run "token list" to see all tokens`)
  if (others.length > 0) throw new Error(`several tokens are called "${name}": name the digits that "token list" shows`)
  return only
}
