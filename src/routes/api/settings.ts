/** The settings of the registry: DTR's `meta/settings`. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { accessFields, type SettingFields } from '../../settings/fields.ts'
import {
  changeOf,
  changeSettings,
  currentSettingsOf,
  schemasOf,
  settingsRefusal,
  type SettingsChange,
} from '../../settings/settings.ts'
import type { AppEnv } from '../app-context.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'

/**
 * Makes the router that reads and changes the settings of the registry.
 *
 * @param fields of the core and of all capabilities
 */
export function settingsRoutes(fields: SettingFields): OpenAPIHono<AppEnv> {
  const router = apiRouter()
  const settings = z.object(schemasOf(fields)).openapi('Settings')
  const changedSettings = changeOf(fields).openapi('ChangedSettings', {
    description: 'any of the fields of Settings',
    example: { readOnlyRegistry: true },
  })

  const getSettingsRoute = defineRoute({
    access: { administratorsMay: 'see the settings' },
    method: 'get',
    path: '/meta/settings',
    tags: ['meta'],
    summary: 'Get the settings',
    description: 'For system administrators.',
    responses: { 200: jsonOf(settings, 'the settings'), ...refusals(401, 403) },
  })

  router.openapi(getSettingsRoute, async function getSettings(c) {
    const { db, now } = c.get('context')
    return c.json(await currentSettingsOf(db, now, fields), 200)
  })

  const postSettingsRoute = defineRoute({
    access: { administratorsMay: 'change the settings', worksWithoutMajority: true },
    method: 'post',
    path: '/meta/settings',
    tags: ['meta'],
    summary: 'Change settings',
    description:
      'For system administrators. Omitted fields stay unchanged. Changes take effect immediately. Fields that decide who gets in (those of sessions and of access tokens, and `publicOrigin`), or which backups are kept and who opens them, need a password or a session.',
    request: { body: bodyOf(changedSettings) },
    responses: { 202: jsonOf(settings, 'the settings as they are now'), ...refusals(400, 401, 403, 503) },
  })

  router.openapi(
    postSettingsRoute,
    async function postSettings(c) {
      const { name: by } = requireAccount(c)
      const change: SettingsChange = c.req.valid('json')
      const decisive = Object.entries(fields).flatMap(([name, field]) =>
        accessFields.has(field) && change[name] !== undefined ? [name] : [],
      )
      if (decisive.length > 0) requirePassword(c, { kind: 'declared-by-route', words: `change ${decisive.join(', ')}` })
      return c.json(await changeSettings(c.get('context'), fields, change, by), 202)
    },
    (result) => {
      if (!result.success) throw settingsRefusal(fields, result.error)
    },
  )

  return router
}
