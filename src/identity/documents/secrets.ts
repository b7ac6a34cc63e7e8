/** The secrets of the settings documents: sealed for one place each, and again when the secret of the registry changes. */
import { encryptionKeysFor } from '../../auth/keys.ts'
import { reseal, sealText, unsealText, type Sealed } from '../../auth/sealing.ts'
import type { Context } from '../../context.ts'
import { replaceSecret, secretsSealedWith, type SecretName } from './document-store.ts'

type Stores = Pick<Context, 'db' | 'secrets'>

/** What each secret is sealed for (`auth/sealing.ts`). */
const places: Readonly<Record<SecretName, string>> = {
  ldap: 'the readers of the directory',
  oidc: 'oidc|client secret',
}

/** Seals the secret of a document. */
export const sealSecret = ({ secrets }: Pick<Context, 'secrets'>, name: SecretName, secret: string): Promise<Sealed> =>
  sealText(secrets, 'identity', places[name], secret)

/** Opens the secret of a document. @returns undefined when neither secret of the registry opens it */
export const openSecret = (
  { secrets }: Pick<Context, 'secrets'>,
  name: SecretName,
  sealed: Sealed,
): Promise<string | undefined> => unsealText(secrets, 'identity', places[name], sealed)

/** Seals what needs the previous secret of the registry under the current one. */
export async function resealSecrets({ db, secrets }: Stores): Promise<void> {
  for (const { name, ...before } of await inDanger({ db, secrets })) {
    const fresh = await reseal(secrets, 'identity', places[name], before)
    if (fresh !== undefined) await replaceSecret(db, name, before, fresh)
  }
}

/** Counts the secrets that open with the previous secret of the registry alone. */
export const secretsInDanger = async (stores: Stores): Promise<number> => (await inDanger(stores)).length

/** Finds what needs the previous secret. Asks D1 only where there is one. */
async function inDanger({ db, secrets }: Stores) {
  if (secrets.previous === undefined) return []
  const { previous } = await encryptionKeysFor(secrets, 'identity')
  return previous === undefined ? [] : secretsSealedWith(db, previous.name)
}
