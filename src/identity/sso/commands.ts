/** `identity …`: logins with a browser, the links of an account, and the groups of teams. */
import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, Refusal, type Api } from '../../../scripts/admin/api.ts'
import { argument, command, flag, optionalArgument, text, type Command } from '../../../scripts/admin/command.ts'
import { listenForCode } from '../../../scripts/admin/loopback.ts'
import { done, listed, shown } from '../../../scripts/admin/output.ts'
import type { SignedOn, SignOnOptions } from '../../../scripts/admin/sign-on.ts'

type Purpose = 'login' | 'link'

/** What a command sends for the session or the link. */
interface Redemption {
  readonly code: string
  readonly verifier: string
  /** Seconds in which a browser may still approve. */
  readonly seconds: number
}

const browserSeconds = 600
const pauseMilliseconds = 2000

/** Lets a person log in with a browser, and opens a session. */
export async function signOn(api: Api, options: SignOnOptions): Promise<SignedOn> {
  const redemption = await askBrowser(api, 'login', options)
  const { auth_token: session, username: user } = await whenApproved(redemption, (body) =>
    answer(api.POST('/enzi/v0/sso/token', { body })),
  )
  return { user, session }
}

/** Sends the person to a browser, on this machine or on another one. */
async function askBrowser(api: Api, purpose: Purpose, { device, tell }: SignOnOptions): Promise<Redemption> {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  if (device) {
    const body = { challenge, purpose, device: hostname().slice(0, 100) }
    const { deviceCode: code, userCode, deviceURL, expiresIn } = await answer(api.POST('/enzi/v0/sso/device', { body }))
    tell(`Open ${deviceURL} in a browser, and type the code ${userCode} there.`)
    return { code, verifier, seconds: expiresIn }
  }
  const { loginURL } = await answer(api.GET('/enzi/v0/sso'))
  const state = randomBytes(16).toString('base64url')
  const loopback = await listenForCode(state, browserSeconds * 1000)
  try {
    const url = new URL(loginURL)
    for (const [name, value] of Object.entries({ port: String(loopback.port), challenge, state, purpose })) {
      url.searchParams.set(name, value)
    }
    tell(`Open this address in a browser on this machine: ${url.href}`)
    return { code: await loopback.code, verifier, seconds: 0 }
  } finally {
    loopback.close()
  }
}

/** Redeems a code, as soon as a browser has approved it. */
async function whenApproved<Result>(
  { seconds, ...body }: Redemption,
  redeem: (body: { readonly code: string; readonly verifier: string }) => Promise<Result>,
): Promise<Result> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    try {
      return await redeem(body)
    } catch (error) {
      const isPending = error instanceof Refusal && error.code === 'AUTHORIZATION_PENDING'
      if (!isPending || Date.now() > until) throw error
    }
    await sleep(pauseMilliseconds)
  }
}

const forOption = { for: text('NAME', 'user whose links they are (default: you; others: administrators only)') }

const list = command({
  name: 'list',
  summary: 'List the users of other providers that an account is linked to',
  example: 'identity list --for bob',
  options: forOption,
  async run(_args, { for: owner }, { api, login }) {
    const path = { accountNameOrID: owner ?? login.user }
    const { identities } = await answer(api.GET('/enzi/v0/accounts/{accountNameOrID}/identities', { params: { path } }))
    return listed(
      identities,
      {
        PROVIDER: ({ provider: of }) => of,
        SUBJECT: ({ subject }) => subject,
        NAME: ({ name }) => name,
        'LAST SEEN': ({ lastSeenAt }) => lastSeenAt,
      },
      'There are no links.',
    )
  },
})

const link = command({
  name: 'link',
  summary: 'Link an account to a user of the provider of single sign-on, who logs in with a browser',
  example: 'identity link',
  options: { ...forOption, device: flag('log in with a browser on another machine') },
  async run(_args, { for: owner, device }, { api, login }) {
    const tell = (line: string): void => console.error(line)
    const name = owner ?? login.user
    const redemption = await askBrowser(api, 'link', { device, tell })
    const linked = await whenApproved(redemption, (body) =>
      answer(
        api.POST('/enzi/v0/accounts/{accountNameOrID}/identities', {
          params: { path: { accountNameOrID: name } },
          body,
        }),
      ),
    )
    return done(`${name} logs in as ${linked.name} of ${linked.provider} too.`, linked)
  },
})

const unlink = command({
  name: 'unlink',
  summary: 'Unlink an account from a user of a provider, as "identity list" shows it',
  example: 'identity unlink https://login.example.com 4f1c2d',
  arguments: { provider: argument('PROVIDER'), subject: argument('SUBJECT') },
  options: forOption,
  async run({ provider: of, subject }, { for: owner }, { api, login }) {
    const name = owner ?? login.user
    await api.DELETE('/enzi/v0/accounts/{accountNameOrID}/identities', {
      params: { path: { accountNameOrID: name }, query: { provider: of, subject } },
    })
    return done(`${name} is no longer linked to ${subject} of ${of}.`)
  },
})

const group = command({
  name: 'group',
  summary: 'Let a team follow a group of the provider of single sign-on',
  example: 'identity group acme developers registry-developers',
  arguments: { organization: argument('ORG'), team: argument('TEAM'), group: optionalArgument('GROUP') },
  options: { none: flag('let the team follow no group') },
  async run({ organization, team, group: named }, { none }, { api }) {
    const path = '/enzi/v0/accounts/{orgname}/teams/{teamname}/groupLinkConfig'
    const params = { path: { orgname: organization, teamname: team } }
    if (named === undefined && !none) {
      const { enableLink, groupName } = await answer(api.GET(path, { params }))
      return shown({ enableLink, groupName }, { group: enableLink ? groupName : 'none' })
    }
    const body = { enableLink: named !== undefined, groupName: named ?? '' }
    const set = await answer(api.PUT(path, { params, body }))
    return done(
      set.enableLink
        ? `${organization}/${team} follows the group ${set.groupName}, at the next login of each user.`
        : `${organization}/${team} follows no group.`,
      set,
    )
  },
})

export const ssoCommands: readonly Command[] = [list, link, unlink, group]
