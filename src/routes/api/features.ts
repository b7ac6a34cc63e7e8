/** The features of the registry as DTR names them, and the version of Breakwater. */
import { z } from '@hono/zod-openapi'
import { version } from '../../../package.json'
import type { JobTypes } from '../../jobs/job-type.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount } from '../shared/router.ts'
import { jsonOf, refusals } from '../shared/schemas.ts'

export const features = apiRouter()

const featuresSchema = z
  .object({
    scanningEnabled: z.boolean(),
    scanningLicensed: z.boolean(),
    promotionLicensed: z.boolean(),
    mirroringLicensed: z.boolean(),
    metadataStoreOptedIn: z.boolean(),
    onlineGCEnabled: z.boolean(),
    db_version: z.int(),
    ucpHost: z.string(),
    version: z.string().openapi({ description: 'the version of Breakwater; DTR has no such field', example: '1.4.2' }),
  })
  .openapi('Features')

/**
 * Returns DTR's features: one metadata store, online garbage collection if its job exists, and no UCP beside the
 * registry.
 */
const featuresOf = (jobTypes: JobTypes): z.infer<typeof featuresSchema> => ({
  scanningEnabled: false,
  scanningLicensed: false,
  promotionLicensed: false,
  mirroringLicensed: false,
  metadataStoreOptedIn: true,
  onlineGCEnabled: jobTypes.has('onlinegc'),
  db_version: 0,
  ucpHost: '',
  version,
})

const getFeaturesRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/meta/features',
  tags: ['meta'],
  summary: 'List the features of the registry',
  description: 'For all users who have logged in.',
  responses: { 200: jsonOf(featuresSchema, 'the features'), ...refusals(401) },
})

features.openapi(getFeaturesRoute, function getFeatures(c) {
  requireAccount(c)
  return c.json(featuresOf(c.get('jobTypes')), 200)
})
