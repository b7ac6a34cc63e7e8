/** What the registry is set to and what it can do: DTR's `meta`. */
import { createRoute, z } from '@hono/zod-openapi'
import { isSwitchPending, switchReadOnly } from '../../replicas/read-only.ts'
import {
  changeSettings,
  currentSettings,
  settingsChange,
  settingsFields,
  settingsRefusal,
} from '../../settings/settings.ts'
import { apiRouter, requireAccount, requireAdministrator } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'

export const meta = apiRouter()

const settings = z.object(settingsFields).openapi('Settings')

const changedSettings = settingsChange.openapi('ChangedSettings', {
  description: 'any of the fields of Settings',
  example: { readOnlyRegistry: true },
})

const getSettingsRoute = createRoute({
  method: 'get',
  path: '/meta/settings',
  tags: ['meta'],
  summary: 'Get the settings',
  description: 'For system administrators.',
  responses: { 200: jsonOf(settings, 'the settings'), ...refusals(401, 403) },
})

meta.openapi(getSettingsRoute, async function getSettings(c) {
  requireAdministrator(c, 'see the settings')
  const { db, now } = c.get('context')
  return c.json(await currentSettings(db, now), 200)
})

const postSettingsRoute = createRoute({
  method: 'post',
  path: '/meta/settings',
  tags: ['meta'],
  summary: 'Change settings',
  description: 'For system administrators. Omitted fields stay unchanged. Changes take effect immediately.',
  request: { body: bodyOf(changedSettings) },
  responses: { 202: jsonOf(settings, 'the settings as they are now'), ...refusals(400, 401, 403, 503) },
})

meta.openapi(
  postSettingsRoute,
  async function postSettings(c) {
    const { name: by } = requireAdministrator(c, 'change the settings')
    const { db, now } = c.get('context')
    const context = c.get('context')
    const readOnly = {
      switchTo: (on: boolean) => switchReadOnly(context, { on, reason: '', until: undefined, by }),
      isPending: () => isSwitchPending(context),
    }
    return c.json(await changeSettings(db, c.req.valid('json'), { by, now }, readOnly), 202)
  },
  (result) => {
    if (!result.success) throw settingsRefusal(result.error)
  },
)

const features = z
  .object({
    scanningEnabled: z.boolean(),
    scanningLicensed: z.boolean(),
    promotionLicensed: z.boolean(),
    mirroringLicensed: z.boolean(),
    metadataStoreOptedIn: z.boolean(),
    onlineGCEnabled: z.boolean(),
    db_version: z.int(),
    ucpHost: z.string(),
  })
  .openapi('Features')

/**
 * There is one store of metadata, and garbage is collected with the registry read-only or not, as one likes. Users are
 * the registry's own: there is no UCP beside it.
 */
const featuresHere: z.infer<typeof features> = {
  scanningEnabled: false,
  scanningLicensed: false,
  promotionLicensed: false,
  mirroringLicensed: false,
  metadataStoreOptedIn: true,
  onlineGCEnabled: true,
  db_version: 0,
  ucpHost: '',
}

const getFeaturesRoute = createRoute({
  method: 'get',
  path: '/meta/features',
  tags: ['meta'],
  summary: 'List the features of the registry',
  description: 'For all users who have logged in.',
  responses: { 200: jsonOf(features, 'the features'), ...refusals(401) },
})

meta.openapi(getFeaturesRoute, function getFeatures(c) {
  requireAccount(c)
  return c.json(featuresHere, 200)
})
