/** Restores an administrator in the database itself. It needs a clone: the migrations, wrangler and the runtime. */
import initialize from '@phi-ag/argon2/node'
import { hashParameters, textToHash, whyNoPassword } from '../../../src/auth/password-parameters.ts'
import { passwordRefusal } from '../../../src/failures/passwords.ts'
import type { AccountName } from '../../../src/names.ts'
import { defaultState } from '../../local/state-folder.ts'
import { recoverLocally } from './local.ts'
import { recoverOnCloudflare } from './remote.ts'
import { recoveryStatements } from './statements.ts'

export interface Recovery {
  readonly user: AccountName
  readonly password: string
  /** Deletes the access tokens of the user too. */
  readonly endsAccessTokens: boolean
  /** The D1 of `wrangler.toml`, or the state folder of a registry of this machine, which must be stopped. */
  readonly place: 'Cloudflare' | { readonly state: string | undefined }
}

export async function recoverAdministrator({ user, password, endsAccessTokens, place }: Recovery): Promise<void> {
  const statements = recoveryStatements(user, { passwordHash: await hash(password), endsAccessTokens }, Date.now())
  if (place === 'Cloudflare') await recoverOnCloudflare(statements, ['--remote'])
  else await recoverLocally(statements, place.state ?? defaultState)
}

/** Returns the PHC string that the registry keeps. */
async function hash(password: string): Promise<string> {
  const why = whyNoPassword(password)
  if (why !== undefined) throw new Error(passwordRefusal(why))
  const argon2 = await initialize()
  return argon2.hash(await textToHash(password), hashParameters).encoded
}
