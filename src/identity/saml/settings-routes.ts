/** The settings of SAML, under DTR's path: for administrators. */
import { z } from '@hono/zod-openapi'
import { longestSamlMetadata } from '../../limits.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { samlFields } from './document.ts'
import { readSaml, setSaml } from './settings.ts'
import { testSaml } from './test-provider.ts'

export const samlSettingsRoutes = apiRouter()

/** The metadata as a text, in JSON with its escapes. */
const largestBodyBytes = longestSamlMetadata * 2
const access = { administratorsMay: 'set up single sign-on', largestBodyBytes } as const
const path = '/config/auth/saml'
const tags = ['single sign-on']

const settings = z.strictObject(samlFields).openapi('SamlSettings')

const getSamlRoute = defineRoute({
  access: { administratorsMay: access.administratorsMay },
  method: 'get',
  path,
  tags,
  summary: 'Get the settings of logins by SAML',
  description: 'For system administrators.',
  responses: { 200: jsonOf(settings, 'the settings'), ...refusals(401, 403) },
})

samlSettingsRoutes.openapi(getSamlRoute, async function getSaml(c) {
  return c.json(await readSaml(c.get('context')), 200)
})

const putSamlRoute = defineRoute({
  access,
  method: 'put',
  path,
  tags,
  summary: 'Set the identity provider that users log in at by SAML',
  description:
    'For system administrators, with a password or a session. Fields that are omitted have their defaults. Set publicOrigin at `/api/v0/meta/settings` too, and give the provider the metadata at `/enzi/v0/saml/metadata`.',
  request: { body: bodyOf(settings) },
  responses: { 200: jsonOf(settings, 'the settings'), ...refusals(400, 401, 403, 405, 503) },
})

samlSettingsRoutes.openapi(putSamlRoute, async function putSaml(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: access.administratorsMay })
  const sent = c.req.valid('json')
  await setSaml(c.get('context'), sent, by)
  return c.json(sent, 200)
})

const tested = z
  .object({
    ok: z.boolean().openapi({ description: 'whether users could log in' }),
    message: z.string().openapi({ description: 'what is wrong, and what to do about it' }),
    registryEntityID: z.string().openapi({ description: 'the name of this registry, for the provider' }),
    acsURL: z.string().openapi({ description: 'where the provider sends its answers' }),
    entityID: z.string().openapi({ description: 'the name of the provider' }),
    ssoURL: z.string().openapi({ description: 'where users log in' }),
    certificates: z.array(z.object({ subject: z.string(), until: z.string() })),
  })
  .openapi('SamlTest')

const testSamlRoute = defineRoute({
  access: { ...access, worksWithoutMajority: true },
  method: 'post',
  path: `${path}/test`,
  tags,
  summary: 'Test settings of SAML, without storing them, and say what is wrong',
  description: 'For system administrators, with a password or a session. It reads the metadata of the provider.',
  request: { body: bodyOf(settings) },
  responses: { 200: jsonOf(tested, 'what the metadata say'), ...refusals(400, 401, 403, 503) },
})

samlSettingsRoutes.openapi(testSamlRoute, async function testSamlSettings(c) {
  requirePassword(c, { kind: 'declared-by-route', words: access.administratorsMay })
  const { certificates, ...result } = await testSaml(c.get('context'), c.req.valid('json'))
  return c.json({ ...result, certificates: [...certificates] }, 200)
})
