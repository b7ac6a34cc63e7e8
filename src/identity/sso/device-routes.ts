/** The approval of commands on other machines: a user types their code, logs in at the provider, and approves them. */
import { Hono } from 'hono'
import { largestLogoutBytes, longestSsoParameter } from '../../limits.ts'
import type { AppEnv } from '../../routes/app-context.ts'
import { declareErrorForm } from '../../routes/shared/error-forms.ts'
import { readTicket } from './approvals.ts'
import { boundingRefusals } from './bounded.ts'
import { formOf, page, sendToProvider, ssoErrors } from './browser-routes.ts'
import { ssoError } from './failures.ts'
import { answeredPage, deviceCodePage } from './pages.ts'
import { approvePath, devicePath } from './paths.ts'
import { approve, hashUserCode, refuse, requireDevice } from './waiting-logins.ts'
import { requireWay } from './ways.ts'

export const deviceRoutes = new Hono<AppEnv>()

deviceRoutes.get(devicePath, async function askForUserCode(c) {
  await requireWay(c.get('context'))
  return page(c, deviceCodePage(devicePath, (c.req.query('code') ?? '').slice(0, 20)))
})

deviceRoutes.post(devicePath, async function takeUserCode(c) {
  const { code = '' } = await formOf(c, largestLogoutBytes)
  const userCodeHash = await hashUserCode(code.slice(0, longestSsoParameter))
  const context = c.get('context')
  await boundingRefusals(context, () => requireDevice(context, userCodeHash))
  const way = await requireWay(context)
  return sendToProvider(c, way, { kind: 'device', userCodeHash })
})

deviceRoutes.post(approvePath, async function answerDevice(c) {
  const context = c.get('context')
  const { ticket = '', answer } = await formOf(c, largestLogoutBytes)
  const read = await readTicket(context.secrets, ticket, context.now)
  if (read === undefined) throw ssoError({ kind: 'sso-user-code-unknown' })
  const isApproved = answer === 'approve'
  if (isApproved) await approve(context, read.userCodeHash, read.approved)
  else await refuse(context, read.userCodeHash)
  return page(c, answeredPage(isApproved))
})

declareErrorForm(deviceRoutes, ssoErrors)
