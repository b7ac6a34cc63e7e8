/** DTR's API, at `/api/v0`. */
import { withUser } from '../context.ts'
import { withMajority } from '../majority.ts'
import { accessTokens } from './access-tokens.ts'
import { accounts } from './accounts.ts'
import { cluster } from './cluster.ts'
import { crons } from './crons.ts'
import { events } from './events.ts'
import { fsck } from '../../fsck/routes.ts'
import { indexSearch } from './index-search.ts'
import { jobs } from './jobs.ts'
import { manifests } from './manifests.ts'
import { meta } from './meta.ts'
import { namespaceAccess } from './namespace-access.ts'
import { pruningPolicies } from '../../pruning/routes.ts'
import { readOnly } from './read-only.ts'
import { repositories } from './repositories.ts'
import { apiRouter, withJson, withLogin } from '../shared/router.ts'
import { tags } from './tags.ts'
import { teamAccess } from './team-access.ts'

export const api = apiRouter()

/** Tokens and settings are no content; and what repairs the replicas must work without their majority. */
const worksWithoutMajority = /^\/api\/v0\/(api_tokens|meta\/settings|admin)(\/|$)/

api.use(withUser(), withLogin(), withJson(), withMajority(worksWithoutMajority))

api.route('/', meta)
api.route('/', readOnly)
api.route('/', fsck)
api.route('/', cluster)
api.route('/', indexSearch)
api.route('/', events)
api.route('/', jobs)
api.route('/', crons)
api.route('/', accounts)
api.route('/', accessTokens)
api.route('/', namespaceAccess)
api.route('/', teamAccess)
api.route('/', repositories)
api.route('/', tags)
api.route('/', manifests)
api.route('/', pruningPolicies)
