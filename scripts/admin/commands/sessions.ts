/** `session …`: logins that last for a while, of the console and of scripts. */
import { answer, enziPage, listAll } from '../api.ts'
import { command, optionalArgument, text, whole, flag, type CommandGroup } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, shown } from '../output.ts'

const forOption = { for: text('NAME', 'user of the sessions (default: you; others: administrators only)') }

const list = command({
  name: 'list',
  summary: 'List the sessions of a user',
  example: 'session list --for bob',
  options: forOption,
  async run(_args, { for: named }, { api, login }) {
    const username = named ?? login.user
    const found = await listAll(
      (page) =>
        api.GET('/enzi/v0/accounts/{username}/sessions', { params: { path: { username }, query: enziPage(page) } }),
      ({ sessions }) => sessions,
    )
    return listed(
      found,
      {
        SESSION: ({ id }) => id.slice(0, shownDigits),
        OPENED: ({ createdAt }) => createdAt,
        'LAST USED': ({ lastUsedAt }) => lastUsedAt,
        EXPIRES: ({ expiresAt }) => expiresAt,
        FROM: ({ address }) => address,
        'OPENED WITH': ({ agent }) => agent,
      },
      'There are no sessions.',
    )
  },
})

/** Enough of an id to type. */
const shownDigits = 12
const fewestDigits = 6

const end = command({
  name: 'end',
  summary: 'End a session, by the first digits that "session list" shows, or all of them',
  example: 'session end 3f9a0c1b22d4 --for bob',
  arguments: { session: optionalArgument('SESSION') },
  options: { ...forOption, all: flag('end all sessions of the user') },
  async run({ session }, { for: named, all }, { api, login }) {
    const username = named ?? login.user
    if (all === (session !== undefined)) throw new UsageError('name a session, or use --all')
    if (session === undefined) {
      await api.DELETE('/enzi/v0/accounts/{username}/sessions', { params: { path: { username } } })
      return done(`Ended all sessions of ${username}.`)
    }
    const found = await listAll(
      (page) =>
        api.GET('/enzi/v0/accounts/{username}/sessions', { params: { path: { username }, query: enziPage(page) } }),
      ({ sessions }) => sessions,
    )
    const [only, ...others] = found.filter(
      ({ id }) => session.length >= fewestDigits && id.startsWith(session.toLowerCase()),
    )
    if (only === undefined) throw new Error(`there is no session "${session}": run "session list" to see all sessions`)
    if (others.length > 0) throw new Error(`several sessions begin with "${session}": name more digits`)
    const path = { username, sessionID: only.id }
    await api.DELETE('/enzi/v0/accounts/{username}/sessions/{sessionID}', { params: { path } })
    return done(`Ended the session ${only.id.slice(0, shownDigits)} of ${username}.`)
  },
})

const policy = command({
  name: 'policy',
  summary: 'Show or change how long sessions last, and how many a user may have',
  example: 'session policy --lifetime 480 --renewal 60',
  options: {
    lifetime: whole('MINUTES', 'how long a session lasts', { least: 10 }),
    renewal: whole('MINUTES', 'use in the last minutes renews a session; 0: never', { least: 0 }),
    limit: whole('COUNT', 'beyond it, the least recently used session ends; 0: no limit', { least: 0 }),
  },
  async run(_args, { lifetime, renewal, limit }, { api }) {
    const now = await answer(api.GET('/enzi/v0/config/sessions'))
    const body = {
      lifetimeMinutes: lifetime ?? now.lifetimeMinutes,
      renewalThresholdMinutes: renewal ?? now.renewalThresholdMinutes,
      perUserLimit: limit ?? now.perUserLimit,
    }
    const isChange = lifetime !== undefined || renewal !== undefined || limit !== undefined
    const found = isChange ? await answer(api.PUT('/enzi/v0/config/sessions', { body })) : now
    return shown(found, {
      lifetime: `${found.lifetimeMinutes} minutes`,
      renewal: found.renewalThresholdMinutes === 0 ? 'never' : `in the last ${found.renewalThresholdMinutes} minutes`,
      'sessions of a user': found.perUserLimit === 0 ? 'no limit' : found.perUserLimit,
    })
  },
})

export const session: CommandGroup = {
  name: 'session',
  summary: 'List and end sessions',
  commands: [list, end, policy],
}
