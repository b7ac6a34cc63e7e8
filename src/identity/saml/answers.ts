/** What an identity provider answers to a login: checked by the keys of its metadata, and taken once. */
import { hashOpaqueToken } from '../../auth/opaque-token.ts'
import type { Context } from '../../context.ts'
import { loginSeconds } from '../sso/login-state.ts'
import { takeMessage } from '../sso/session-store.ts'
import type { Attested } from '../sso/user.ts'
import type { Assertion } from './assertion.ts'
import { samlError } from './failures.ts'
import { knownMetadata, type MetadataSource, type Reader } from './known-metadata.ts'
import type { IdpMetadata } from './metadata.ts'
import { providerOf } from './provider-name.ts'
import { ResponseRefused } from './refusal.ts'
import { readResponse } from './response.ts'
import { acsUrlOf, entityIdOf } from './service-provider.ts'
import type { SamlLogins } from './settings.ts'
import { readUser } from './user.ts'

export interface Answer {
  /** The response, in base64. */
  readonly message: string
  /** The name of the request of the login that began in this browser. */
  readonly requestId: string
}

/** Returns what the provider says of the user. @throws RegistryError `saml-response-refused` and those of `readResponse` */
export async function answerOnce(
  { db, now }: Pick<Context, 'db' | 'now'>,
  { settings, origin }: SamlLogins,
  { message, requestId }: Answer,
): Promise<Attested> {
  const reader = { origin, now }
  const read = (metadata: IdpMetadata): Promise<Assertion> =>
    readResponse(
      message,
      metadata.keys.map(({ pem }) => pem),
      { issuer: metadata.entityId, audience: entityIdOf(origin), acsUrl: acsUrlOf(origin), requestId, now },
    )
  const { metadata, assertion } = await withFreshKeys(settings, reader, read)
  // Each request has one answer. Its cookie ends with the login, so the name is kept no longer.
  const hash = await hashOpaqueToken(`saml request ${requestId}`)
  const isFirst = await takeMessage(db, { hash, until: now + loginSeconds * 1000 }, now)
  if (!isFirst) throw samlError({ kind: 'saml-response-refused', reason: { kind: 'used' } })
  return {
    provider: providerOf(metadata.entityId),
    read: readUser(settings, assertion),
    makesAccounts: settings.jitUserProvisioning,
  }
}

interface Read {
  readonly metadata: IdpMetadata
  readonly assertion: Assertion
}

/** Reads an answer, again if it is by a key that the provider may have since its metadata were read. */
async function withFreshKeys(
  source: MetadataSource,
  reader: Reader,
  read: (metadata: IdpMetadata) => Promise<Assertion>,
): Promise<Read> {
  try {
    const known = await knownMetadata.find(source, reader)
    try {
      return { metadata: known, assertion: await read(known) }
    } catch (error) {
      if (!(error instanceof ResponseRefused && error.kind === 'signature-wrong')) throw error
    }
    const metadata = await knownMetadata.renew(source, reader)
    return { metadata, assertion: await read(metadata) }
  } catch (error) {
    if (!(error instanceof ResponseRefused)) throw error
    throw samlError({ kind: 'saml-response-refused', reason: { kind: error.kind } }, { cause: error })
  }
}
