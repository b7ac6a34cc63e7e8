/** `service-account …`: the machines of an organization, which log in by access tokens. */
import { answer, type Api, type Schemas } from '../api.ts'
import { argument, command, text, type CommandGroup } from '../command.ts'
import { done, listed } from '../output.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'
import { limitOptions, listedTokens, madeToken, wantedToken } from './tokens.ts'

const place = { organization: argument('ORG'), name: argument('NAME') }

/** Returns the whole name of a service account. @param name whole, or without the organization: `ci` */
const fullName = (organization: string, name: string): string =>
  name.startsWith(`robot.${organization}.`) ? name : `robot.${organization}.${name}`

const pathOf = (orgname: string, name: string) => ({ path: { orgname, servicename: fullName(orgname, name) } })

const list = command({
  name: 'list',
  summary: 'List the service accounts of an organization',
  example: 'service-account list acme',
  arguments: { organization: argument('ORG') },
  async run({ organization: orgname }, _options, { api }) {
    const { serviceAccounts } = await answer(
      api.GET('/enzi/v0/accounts/{orgname}/serviceAccounts', { params: { path: { orgname } } }),
    )
    return listed(
      serviceAccounts,
      {
        NAME: ({ name }) => name,
        ACTIVE: ({ isActive }) => isActive,
        CREATED: ({ createdAt }) => createdAt,
        'CREATED BY': ({ createdBy }) => createdBy,
        'LAST USED': ({ lastUsed }) => (lastUsed.startsWith('0001-01-01') ? 'never' : lastUsed),
        DESCRIPTION: ({ description }) => description,
      },
      'There are no service accounts.',
    )
  },
})

const create = command({
  name: 'create',
  summary: 'Create a service account, which logs in as robot.ORG.NAME',
  example: `service-account create acme ci --description 'builds images'`,
  arguments: place,
  options: { description: text('TEXT', 'what it is for') },
  async run({ organization: orgname, name }, { description = '' }, { api }) {
    const made = await answer(
      api.POST('/enzi/v0/accounts/{orgname}/serviceAccounts', {
        params: { path: { orgname } },
        body: { name, description },
      }),
    )
    return done(`Created ${made.name}. Give it access with "team add", and a token with "service-account token".`, made)
  },
})

const token = command({
  name: 'token',
  summary: 'Create an access token of a service account and print it once',
  example: 'service-account token acme ci build --expires 30 --level read-write --repository acme/backend',
  arguments: { ...place, label: argument('LABEL') },
  options: limitOptions,
  async run({ organization, name, label }, limits, { api }) {
    const params = pathOf(organization, name)
    const body = wantedToken(label, limits)
    return madeToken(
      await answer(api.POST('/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}/tokens', { params, body })),
    )
  },
})

const tokens = command({
  name: 'tokens',
  summary: 'List the access tokens of a service account',
  example: 'service-account tokens acme ci',
  arguments: place,
  async run({ organization, name }, _options, { api }) {
    return listedTokens(await tokensOf(api, organization, name))
  },
})

const revoke = command({
  name: 'revoke',
  summary: 'Delete an access token of a service account, by its label or by the first digits of the list',
  example: 'service-account revoke acme ci build',
  arguments: { ...place, token: argument('TOKEN') },
  async run({ organization, name, token: wanted }, _options, { api }) {
    const [only, ...others] = (await tokensOf(api, organization, name)).filter(
      ({ tokenLabel, hashedToken }) => tokenLabel === wanted || (wanted.length >= 6 && hashedToken.startsWith(wanted)),
    )
    if (only === undefined) throw new Error(`there is no token "${wanted}": run "service-account tokens" to see them`)
    if (others.length > 0) throw new Error(`several tokens are called "${wanted}": name the digits of the list`)
    const params = { path: { ...pathOf(organization, name).path, servicetoken: only.hashedToken } }
    await api.DELETE('/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}/tokens/{servicetoken}', { params })
    return done(`Deleted the token "${only.tokenLabel}".`)
  },
})

const disable = command({
  name: 'disable',
  summary: 'Refuse the logins of a service account, and keep its tokens',
  example: 'service-account disable acme ci',
  arguments: place,
  run: ({ organization, name }, _options, { api }) => switchTo(api, organization, name, false),
})

const enable = command({
  name: 'enable',
  summary: 'Let a service account log in again',
  example: 'service-account enable acme ci',
  arguments: place,
  run: ({ organization, name }, _options, { api }) => switchTo(api, organization, name, true),
})

const remove = command({
  name: 'delete',
  summary: 'Delete a service account and its tokens',
  example: 'service-account delete acme ci',
  arguments: place,
  options: yesOption,
  async run({ organization, name }, { yes }, { api }) {
    const whole = fullName(organization, name)
    await confirm(whole, `Deleting the service account ${whole}`, yes)
    const params = pathOf(organization, name)
    await api.DELETE('/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}', { params })
    return done(`Deleted ${whole}.`)
  },
})

export const serviceAccount: CommandGroup = {
  name: 'service-account',
  summary: 'Manage the machines of an organization',
  commands: [list, create, token, tokens, revoke, disable, enable, remove],
}

const tokensOf = (api: Api, organization: string, name: string): Promise<Schemas['AccessToken'][]> =>
  answer(
    api.GET('/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}/tokens', { params: pathOf(organization, name) }),
  )

async function switchTo(api: Api, organization: string, name: string, isActive: boolean) {
  const params = pathOf(organization, name)
  const changed = await answer(
    api.PATCH('/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}', { params, body: { isActive } }),
  )
  return done(`${changed.name} ${changed.isActive ? 'can log in again' : 'can no longer log in'}.`, changed)
}
