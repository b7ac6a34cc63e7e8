/** The distribution API: https://github.com/opencontainers/distribution-spec, main branch. */
import { Hono } from 'hono'
import { requireIdentity } from '../../auth/registry-access.ts'
import { withBody, withClient, type AppEnv } from '../app-context.ts'
import { blobs } from './blobs.ts'
import { lists } from './lists.ts'
import { manifests } from './manifests.ts'
import { uploads } from './uploads.ts'

export const distribution = new Hono<AppEnv>()

/** Docker looks for this on every answer; errors are answers by the time that `next` returns. */
distribution.use(async function announceVersion(c, next) {
  await next()
  c.res.headers.set('Docker-Distribution-API-Version', 'registry/2.0')
})
distribution.use(withBody(), withClient())

/** OCI end-1: clients log in here, with any token or password that is valid. */
distribution.get('/', (c) => {
  requireIdentity(c.get('caller'))
  return c.json({})
})

distribution.route('/', uploads)
distribution.route('/', lists)
distribution.route('/', manifests)
distribution.route('/', blobs)
