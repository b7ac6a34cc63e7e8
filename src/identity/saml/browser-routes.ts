/** Single sign-on by SAML in a browser, under DTR's paths: to the identity provider and back. */
import { Hono } from 'hono'
import { largestSamlFormBytes } from '../../limits.ts'
import type { AppContext, AppEnv } from '../../routes/app-context.ts'
import { declareForeignForms } from '../../routes/foreign-forms.ts'
import { declareErrorForm } from '../../routes/shared/error-forms.ts'
import { boundingRefusals } from '../sso/bounded.ts'
import { answerFor, requireIntent, resumeIn, sendToProvider, ssoErrors, useForm } from '../sso/browser-routes.ts'
import { requireOrigin } from '../sso/origin.ts'
import { answerOnce } from './answers.ts'
import { acsPath, loginPath, metadataOf, metadataPath } from './service-provider.ts'
import { requireSaml } from './settings.ts'
import { placeOf, requestIdOf, samlWay } from './way.ts'

export const samlRoutes = new Hono<AppEnv>()

samlRoutes.get(metadataPath, async function getMetadata(c) {
  const origin = await requireOrigin(c.get('context'))
  return c.body(metadataOf(origin), 200, { 'Content-Type': 'application/samlmetadata+xml' })
})

samlRoutes.get(loginPath, async function beginSamlLogin(c) {
  return sendToProvider(c, samlWay, requireIntent(c))
})

/** Takes the form that the page of the identity provider sends: only in a browser with the cookie of a login does it do anything. */
async function endSamlLogin(c: AppContext): Promise<Response> {
  const context = c.get('context')
  const saml = await requireSaml(context)
  return useForm(c, largestSamlFormBytes, async ({ SAMLResponse: message = '', RelayState: state = '' }) => {
    // A response that no login of this browser asked for is refused here: no one can log another in as themselves.
    const begun = await resumeIn(c, placeOf(saml), state)
    const answer = { message, requestId: requestIdOf(begun) }
    const attested = await boundingRefusals(context, () => answerOnce(context, saml, answer))
    return answerFor(c, begun.intent, attested)
  })
}

declareForeignForms(endSamlLogin)
samlRoutes.post(acsPath, endSamlLogin)

declareErrorForm(samlRoutes, ssoErrors)
