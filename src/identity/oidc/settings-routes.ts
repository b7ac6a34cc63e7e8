/** The OpenID provider of the registry: for administrators, beside the directory's at `/enzi/v0/config/auth`. */
import { z } from '@hono/zod-openapi'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { clientSecretField, providerFields } from './provider-settings.ts'
import { providerToTest, setProvider, showProvider, type SentProvider } from './provider.ts'
import { steps, tryProvider } from './try-provider.ts'

export const settingsRoutes = apiRouter()

const access = { administratorsMay: 'set up single sign-on' } as const
const path = '/config/auth/oidc'
const tags = ['single sign-on']

const shown = z
  .object({
    ...providerFields,
    clientSecretSet: z.boolean().openapi({ description: 'whether a client secret is stored; it is shown to no one' }),
  })
  .openapi('OidcSettings')

const sent = z.strictObject({ ...providerFields, clientSecret: clientSecretField }).openapi('OidcSettingsToSet')

const sentOf = ({ clientSecret, ...settings }: z.infer<typeof sent>): SentProvider => ({ settings, clientSecret })

const getProviderRoute = defineRoute({
  access,
  method: 'get',
  path,
  tags,
  summary: 'Get the OpenID provider that users log in at',
  description: 'For system administrators.',
  responses: { 200: jsonOf(shown, 'the settings, without the client secret'), ...refusals(401, 403) },
})

settingsRoutes.openapi(getProviderRoute, async function getProvider(c) {
  return c.json(await showProvider(c.get('context')), 200)
})

const putProviderRoute = defineRoute({
  access,
  method: 'put',
  path,
  tags,
  summary: 'Set the OpenID provider that users log in at',
  description:
    'For system administrators, with a password or a session. Fields that are omitted have their defaults, but the client secret stays as it is for the same issuer and client. Set publicOrigin at `/api/v0/meta/settings` too.',
  request: { body: bodyOf(sent) },
  responses: { 200: jsonOf(shown, 'the settings'), ...refusals(400, 401, 403, 405, 503) },
})

settingsRoutes.openapi(putProviderRoute, async function putProvider(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: access.administratorsMay })
  return c.json(await setProvider(c.get('context'), sentOf(c.req.valid('json')), by), 200)
})

const triedSteps = z
  .object({
    ok: z.boolean().openapi({ description: 'whether all steps succeed' }),
    steps: z.array(z.object({ step: z.enum(steps), ok: z.boolean(), message: z.string() })),
  })
  .openapi('OidcTest')

const testProviderRoute = defineRoute({
  access: { ...access, worksWithoutMajority: true },
  method: 'post',
  path: `${path}/test`,
  tags,
  summary: 'Test an OpenID provider, without storing anything, and say which step fails',
  description:
    'For system administrators, with a password or a session. It reads what the provider publishes, and asks it whether it knows this registry.',
  request: { body: bodyOf(sent) },
  responses: { 200: jsonOf(triedSteps, 'the steps, up to the first that fails'), ...refusals(400, 401, 403, 503) },
})

settingsRoutes.openapi(testProviderRoute, async function testProvider(c) {
  requirePassword(c, { kind: 'declared-by-route', words: access.administratorsMay })
  const tried = await tryProvider(await providerToTest(c.get('context'), sentOf(c.req.valid('json'))))
  return c.json({ ok: tried.every(({ ok }) => ok), steps: tried }, 200)
})
