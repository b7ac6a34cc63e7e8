/** Single sign-on by OpenID Connect, as a way to log in with a browser. */
import { issuers } from '../issuers/issuers.ts'
import { beginLogin } from '../sso/login-state.ts'
import type { LoginPlace, SignOnWay } from '../sso/way.ts'
import { authorizationUrl, loginPath } from './code-flow.ts'
import { requireProvider, showProvider, type Provider } from './provider.ts'

/** Returns where a login begins and ends. */
export const placeOf = ({ origin }: Provider): LoginPlace => ({
  origin,
  path: loginPath,
  cookieName: 'breakwater-sso',
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

  async begin(context, intent) {
    const provider = await requireProvider(context)
    const { cookie, ...begun } = await beginLogin(context.secrets, intent, context.now)
    return { place: placeOf(provider), cookie, url: await authorizationUrl(context, issuers, provider, begun) }
  },
}
