/** DTR's API, at `/api/v0`. */
import { withUser } from '../context.ts'
import { accessTokens } from './access-tokens.ts'
import { accounts } from './accounts.ts'
import { events } from './events.ts'
import { indexSearch } from './index-search.ts'
import { manifests } from './manifests.ts'
import { meta } from './meta.ts'
import { namespaceAccess } from './namespace-access.ts'
import { repositories } from './repositories.ts'
import { apiRouter, withJson, withLogin } from '../administration/router.ts'
import { tags } from './tags.ts'
import { teamAccess } from './team-access.ts'

export const api = apiRouter()

api.use(withUser(), withLogin(), withJson())

api.route('/', meta)
api.route('/', indexSearch)
api.route('/', events)
api.route('/', accounts)
api.route('/', accessTokens)
api.route('/', namespaceAccess)
api.route('/', teamAccess)
api.route('/', repositories)
api.route('/', tags)
api.route('/', manifests)
