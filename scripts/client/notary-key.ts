/** The key of a root as clients of Notary keep it in `private/*.key`, encrypted under a passphrase. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

/** The key of an owner, under the ID by which the root names it. */
export interface RootKey {
  readonly keyId: string
  readonly method: string
  readonly sign: (message: string) => Buffer
  readonly verify: (message: string, signature: Buffer) => boolean
}

const rootDocument = z.object({
  signed: z.object({
    keys: z.record(z.string(), z.object({ keyval: z.object({ public: z.base64() }) })),
    roles: z.object({ root: z.object({ keyids: z.array(z.string()), threshold: z.int() }) }),
  }),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })),
})

export type RootDocument = z.infer<typeof rootDocument>

export const readRootDocument = (bytes: Uint8Array): RootDocument =>
  rootDocument.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))

/**
 * Finds the keys of a root among those that a client keeps.
 *
 * @param askPassphrase is asked once, if there is a key of the role root
 */
export async function findRootKeys(
  folder: string,
  { signed }: RootDocument,
  askPassphrase: () => Promise<string>,
): Promise<RootKey[]> {
  const names = await readdir(folder, { recursive: true })
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.key')).map((name) => readFile(join(folder, name), 'utf8')),
  )
  const candidates = texts.filter((text) => /^role: root$/m.test(text))
  if (candidates.length === 0) return []
  const passphrase = await askPassphrase()
  const held = candidates.flatMap((text) => decrypt(text, passphrase) ?? [])
  return signed.roles.root.keyids.flatMap((keyId) => {
    const spki = spkiOf(signed.keys[keyId]?.keyval.public)
    const key = spki && held.find((one) => spki.equals(publicBytes(createPublicKey(one))))
    return key === undefined ? [] : [rootKey(keyId, key)]
  })
}

const publicBytes = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

function spkiOf(pem = ''): Buffer | undefined {
  try {
    return publicBytes(new X509Certificate(Buffer.from(pem, 'base64')).publicKey)
  } catch {
    return undefined
  }
}

/** Opens a key; undefined for one that has another passphrase. */
function decrypt(text: string, passphrase: string): KeyObject | undefined {
  // OpenSSL takes no PEM with headers of others.
  const key = text.replaceAll(/^(?:role|gun|path): .*\r?\n/gm, '').replace(/(-----BEGIN [A-Z ]+-----)\s+/, '$1\n')
  try {
    return createPrivateKey({ key, passphrase })
  } catch {
    return undefined
  }
}

function rootKey(keyId: string, key: KeyObject): RootKey {
  const isRsa = key.asymmetricKeyType === 'rsa'
  const how = isRsa
    ? ({ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const)
    : ({ key, dsaEncoding: 'ieee-p1363' } as const)
  return {
    keyId,
    method: isRsa ? 'rsapss' : 'ecdsa',
    sign: (message) => sign('sha256', Buffer.from(message), how),
    verify: (message, signature) =>
      verify('sha256', Buffer.from(message), { ...how, key: createPublicKey(key) }, signature),
  }
}
