/** Single sign-on by SAML, as a way to log in with a browser. */
import { beginLogin, type LoginState } from '../sso/login-state.ts'
import { requireOrigin } from '../sso/origin.ts'
import type { LoginPlace, SignOnWay } from '../sso/way.ts'
import type { SamlSettings } from './document.ts'
import { knownMetadata } from './known-metadata.ts'
import { isOfSaml, providerOf } from './provider-name.ts'
import { loginPath, loginUrl } from './service-provider.ts'
import { readSaml, requireSaml, type SamlLogins } from './settings.ts'

/** Returns where a login begins and ends. */
export const placeOf = ({ origin }: SamlLogins): LoginPlace => ({
  origin,
  path: loginPath,
  cookieName: 'breakwater-saml',
  comesByForm: true,
})

/** Returns the name of the request of a login: an ID of XML begins with no digit (SAML 2.0 Core section 1.3.4). */
export const requestIdOf = ({ nonce }: LoginState): string => `_${nonce}`

export const samlWay: SignOnWay = {
  loginPath,

  async isOn(context) {
    const { enabled } = await readSaml(context)
    return enabled
  },

  async isOf(context, provider) {
    const settings = await readSaml(context)
    if (!settings.enabled || !isOfSaml(provider)) return false
    const { entityId } = await knownMetadata.find(settings, { origin: await requireOrigin(context), now: context.now })
    return provider === providerOf(entityId)
  },

  async begin(context, intent) {
    const { secrets, now } = context
    const saml = await requireSaml(context)
    const { settings, origin } = saml
    const { ssoUrl } = await knownMetadata.find(settings, { origin, now })
    const { cookie, ...begun } = await beginLogin(secrets, intent, now)
    const request = { id: requestIdOf(begun), state: begun.state, nameIdFormat: askedFormat(settings), now }
    return { place: placeOf(saml), cookie, url: await loginUrl(origin, ssoUrl, request) }
  },
}

/** Returns the format to ask for; where an attribute names the user, the provider chooses it. */
const askedFormat = ({ subjectAttribute, nameIDFormat }: SamlSettings): string | undefined =>
  subjectAttribute === '' ? nameIDFormat : undefined
