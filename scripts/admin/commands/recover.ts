/** `recover`: makes an administrator anew whose password is lost. Nobody can log in, so it goes to the database itself. */
import { resolve } from 'node:path'
import initialize from '@phi-ag/argon2/node'
import { hashParameters, textToHash, whyNoPassword } from '../../../src/auth/password-parameters.ts'
import { hasFormOfId, isAccountName } from '../../../src/names.ts'
import { defaultState } from '../../local/state-folder.ts'
import { command, flag, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done } from '../output.ts'
import { announce, endTokensOption, newPassword, passwordOptions } from '../passwords.ts'
import { recoverOnCloudflare } from '../recovery/remote.ts'
import { recoveryStatements } from '../recovery/statements.ts'

const recover = command({
  words: 'recover',
  summary: 'makes the administrator (--user) anew when the password is lost',
  options: {
    local: flag('in a registry of this machine, which must be stopped; else in the D1 of wrangler.toml, on Cloudflare'),
    state: value('DIR', 'with --local: where its data lies; else .breakwater'),
    ...passwordOptions,
    ...endTokensOption,
  },
  async run(input, { user }) {
    const [isLocal, state] = [input.flag('local'), input.text('state')]
    if (state !== undefined && !isLocal) throw new UsageError('--state is for --local')
    if (!isAccountName(user) || hasFormOfId(user)) throw new UsageError(`"${user}" is not the name of a user`)
    const made = await newPassword(input, user)
    const recovery = { passwordHash: await hash(made.password), endsAccessTokens: input.flag('end-tokens') }
    const statements = recoveryStatements(user, recovery, Date.now())
    if (isLocal) await locally(statements, resolve(state ?? defaultState))
    else await recoverOnCloudflare(statements, ['--remote'])
    const { sentence, data } = announce(made)
    return done(`${user} is an administrator and can log in${sentence}.`, { name: user, ...data })
  },
})

export const recoverCommands: readonly Command[] = [recover]

/** Loads what runs D1 here, which takes a second, only where it is needed. */
async function locally(statements: readonly string[], state: string): Promise<void> {
  const { recoverLocally } = await import('../recovery/local.ts')
  await recoverLocally(statements, state)
}

/** @returns the PHC string that the registry keeps */
async function hash(password: string): Promise<string> {
  const why = whyNoPassword(password)
  if (why !== undefined) throw new Error(why)
  const argon2 = await initialize()
  return argon2.hash(await textToHash(password), hashParameters).encoded
}
