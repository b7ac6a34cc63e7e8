/** `token …`: access tokens, which stand in the place of a password. */
import * as z from 'zod'
import { path, type Api } from '../api.ts'
import { command, value, type Command, type Input } from '../command.ts'
import { done, listed, type Output } from '../output.ts'
import { newToken, token, type Token } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './account-deletion.ts'

const forOption = { for: value('NAME', 'whose tokens; else your own. Only administrators may name others') }

/** Enough of a hash to type. */
const shownDigits = 12
const fewestDigits = 6

/** What the API says of a token that was never used. */
const never = '0001-01-01'

const list = command({
  words: 'token list',
  summary: 'the access tokens of a user',
  options: forOption,
  async run(input, { api }) {
    return listed(
      await tokensOf(await api(), input.text('for')),
      {
        TOKEN: ({ hashedToken }) => hashedToken.slice(0, shownDigits),
        LABEL: ({ tokenLabel }) => tokenLabel,
        ACTIVE: ({ isActive }) => isActive,
        CREATED: ({ createdAt }) => createdAt,
        'LAST USED': ({ lastUsed }) => (lastUsed.startsWith(never) ? 'never' : lastUsed),
        'MADE BY': ({ createdBy }) => createdBy,
        'MADE WITH': ({ creatorUa }) => creatorUa,
      },
      'There are no access tokens.',
    )
  },
})

const create = command({
  words: 'token create',
  summary: 'makes an access token and prints it once',
  arguments: ['LABEL'],
  options: forOption,
  async run(input, { api }) {
    const body = { tokenLabel: input.argument('LABEL') }
    const made = await (await api()).send('POST', '/api/v0/api_tokens', body, newToken, ownerQuery(input.text('for')))
    return done(`The token "${made.tokenLabel}" is  ${made.token}  (it is shown this once).`, made)
  },
})

const deactivate = command({
  words: 'token deactivate',
  summary: 'switches off a token: its label, or the first digits that "token list" shows',
  arguments: ['TOKEN'],
  options: forOption,
  run: async (input, { api }) => switchTo(await api(), input, false),
})

const activate = command({
  words: 'token activate',
  summary: 'switches it on again',
  arguments: ['TOKEN'],
  options: forOption,
  run: async (input, { api }) => switchTo(await api(), input, true),
})

const remove = command({
  words: 'token delete',
  summary: 'deletes a token',
  arguments: ['TOKEN'],
  options: { ...forOption, ...yesOption },
  async run(input, { api }) {
    const registry = await api()
    const { hashedToken, tokenLabel } = await findToken(registry, input.argument('TOKEN'), input.text('for'))
    await confirm(tokenLabel, `Deleting the token "${tokenLabel}"`, input.flag('yes'))
    await registry.order('DELETE', path`/api/v0/api_tokens/${hashedToken}`)
    return done(`Deleted the token "${tokenLabel}".`)
  },
})

export const tokenCommands: readonly Command[] = [list, create, deactivate, activate, remove]

const ownerQuery = (owner: string | undefined): { username?: string } =>
  owner === undefined ? {} : { username: owner }

const tokensOf = (api: Api, owner: string | undefined): Promise<Token[]> =>
  api.list('/api/v0/api_tokens', z.array(token), (page) => page, { query: ownerQuery(owner) })

async function switchTo(api: Api, input: Input<'TOKEN', 'for'>, isActive: boolean): Promise<Output> {
  const { hashedToken } = await findToken(api, input.argument('TOKEN'), input.text('for'))
  const changed = await api.send('PATCH', path`/api/v0/api_tokens/${hashedToken}`, { isActive }, token)
  return done(
    `The token "${changed.tokenLabel}" ${changed.isActive ? 'can be used again' : 'can no longer be used'}.`,
    changed,
  )
}

/** @param text its label, or the first digits of its hash */
async function findToken(api: Api, text: string, owner: string | undefined): Promise<Token> {
  const found = (await tokensOf(api, owner)).filter(
    ({ hashedToken, tokenLabel }) =>
      tokenLabel === text || (text.length >= fewestDigits && hashedToken.startsWith(text.toLowerCase())),
  )
  const [only, ...others] = found
  if (only === undefined) throw new Error(`there is no token "${text}": "token list" shows which there are`)
  if (others.length > 0) throw new Error(`several tokens are called "${text}": name the digits that "token list" shows`)
  return only
}
