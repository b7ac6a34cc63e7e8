/** Single sign-on by OpenID Connect, as a way to log in with a browser. */
import { issuers } from '../issuers/issuers.ts'
import { redirect } from '../sso/browser.ts'
import { beginIn, type LoginPlace } from '../sso/login-cookie.ts'
import type { SignOnWay } from '../sso/way.ts'
import { authorizationUrl, loginPath } from './code-flow.ts'
import { requireProvider, showProvider, type Provider } from './provider.ts'

/** Returns where a login begins and ends. */
export const placeOf = ({ origin }: Provider): LoginPlace => ({
  origin,
  path: loginPath,
  name: 'breakwater-sso',
  comesByForm: false,
})

export const oidcWay: SignOnWay = {
  loginPath,

  async isOn(context) {
    const { enabled } = await showProvider(context)
    return enabled
  },

  async isOf(context, provider) {
    const { enabled, issuer } = await showProvider(context)
    return enabled && issuer === provider
  },

  async begin(c, intent) {
    const context = c.get('context')
    const provider = await requireProvider(context)
    const begun = await beginIn(c, placeOf(provider), intent)
    return redirect(c, await authorizationUrl(context, issuers, provider, begun))
  },
}
