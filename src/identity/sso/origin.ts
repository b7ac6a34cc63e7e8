/** Where browsers find the registry: a setting, and never the Host header. */
import type { Context } from '../../context.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { identitySettings } from '../settings.ts'
import { ssoError } from './failures.ts'

/** Returns the public origin. @throws RegistryError `sso-no-origin` */
export async function requireOrigin({ db, now }: Pick<Context, 'db' | 'now'>): Promise<string> {
  const { publicOrigin } = await currentSettingsOf(db, now, identitySettings)
  if (publicOrigin === '') throw ssoError({ kind: 'sso-no-origin' })
  return publicOrigin
}
