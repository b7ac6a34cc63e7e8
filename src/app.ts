/** The Hono app: every door of the registry, one line each. */
import { Hono } from 'hono'
import { accounts } from './routes/api/accounts.ts'
import { withStores, type AppEnv } from './routes/context.ts'
import { answerError, answerNotFound } from './routes/problems.ts'
import { token } from './routes/token.ts'
import { distribution } from './routes/v2/index.ts'

/** Not strict: `/v2` is `/v2/`, and clients post uploads with and without the last slash. */
export const app = new Hono<AppEnv>({ strict: false })

app.use(withStores())
app.onError(answerError)
app.notFound(answerNotFound)

app.route('/v2', distribution)
app.route('/auth/token', token)
app.route('/enzi/v0/accounts', accounts)
