/** `recover`: restores an administrator whose password is lost. It cannot log in, so it goes to the database itself. */
import { resolve } from 'node:path'
import { firstAdministrator, hasFormOfId, isAccountName } from '../../../src/names.ts'
import { fromClone } from '../clone/load.ts'
import { command, flag, text } from '../command.ts'
import { setting } from '../connection.ts'
import { UsageError } from '../errors.ts'
import { done } from '../output.ts'
import { announce, endTokensOption, newPassword, passwordOptions } from '../passwords.ts'

export const recover = command({
  name: 'recover',
  summary: 'Restore an administrator (--user) whose password is lost, from a clone of Breakwater',
  example: 'recover --user alice --generate',
  options: {
    local: flag('in a registry of this machine, which must be stopped; else in the D1 of wrangler.toml, on Cloudflare'),
    state: text('DIR', 'with --local: the state folder of the registry; else .breakwater'),
    ...passwordOptions,
    ...endTokensOption,
  },
  async run(_args, { local, state, endTokens, ...passwordSource }, { destination }) {
    const user = destination.user ?? setting('BREAKWATER_USER') ?? firstAdministrator
    if (state !== undefined && !local) throw new UsageError('--state is for --local')
    if (!isAccountName(user) || hasFormOfId(user)) throw new UsageError(`"${user}" is not the name of a user`)
    const made = await newPassword(passwordSource, user)
    const { recoverAdministrator } = await fromClone('recover', () => import('../recovery/recover.ts'))
    await recoverAdministrator({
      user,
      password: made.password,
      endsAccessTokens: endTokens,
      place: local ? { state: state === undefined ? undefined : resolve(state) } : 'Cloudflare',
    })
    const { sentence, data } = announce(made)
    return done(`${user} is an administrator and can log in${sentence}.`, { name: user, ...data })
  },
})
