/** The distribution API: https://github.com/opencontainers/distribution-spec, main branch. */
import { Hono } from 'hono'
import { requireIdentity } from '../../auth/registry-access.ts'
import { withBody, withClient, type AppEnv } from '../app-context.ts'
import { blobs } from './blobs.ts'
import { declareErrorForm } from '../shared/error-forms.ts'
import { distributionErrors } from './errors.ts'
import { lists } from './lists.ts'
import { manifests } from './manifests.ts'
import { uploads } from './uploads.ts'

export const distribution = new Hono<AppEnv>()

/** Adds the header that Docker expects of every response. Errors are responses when `next` returns. */
distribution.use(async function announceVersion(c, next) {
  await next()
  c.res.headers.set('Docker-Distribution-API-Version', 'registry/2.0')
})
distribution.use(withBody(), withClient())

/** Answers a check of a login (OCI end-1), with any valid token or password. */
distribution.get('/', (c) => {
  requireIdentity(c.get('caller'))
  return c.json({})
})

distribution.route('/', uploads)
distribution.route('/', lists)
distribution.route('/', manifests)
distribution.route('/', blobs)

declareErrorForm(distribution, distributionErrors)
