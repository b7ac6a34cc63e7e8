/** Back-channel logout: the provider ends a session there, and with it those that began with it here. */
import { hashOpaqueToken } from '../../auth/opaque-token.ts'
import type { Context } from '../../context.ts'
import type { Issuers } from '../issuers/issuers.ts'
import { oidcError } from './failures.ts'
import { verifyLogoutToken } from './id-token.ts'
import type { Provider } from './provider.ts'
import { endSessions } from '../sso/session-store.ts'

/** Ends the sessions that a logout token names. @throws RegistryError `sso-token-refused` or `issuer-unusable` */
export async function logOutByProvider(
  { db, now }: Pick<Context, 'db' | 'now'>,
  issuers: Issuers,
  { settings }: Provider,
  token: string,
): Promise<void> {
  const { issuer, clientID: clientId } = settings
  const { sid, subject, jti, until } = await verifyLogoutToken(token, {
    issuer,
    clientId,
    keys: await issuers.keysOf(issuer),
    now,
  })
  const hash = await hashOpaqueToken(`logout ${issuer} ${jti}`)
  const isNew = await endSessions(db, { issuer, subject, sid }, { hash, until }, now)
  if (!isNew) throw oidcError({ kind: 'sso-token-refused', reason: { kind: 'claim', claim: 'jti' } })
}
