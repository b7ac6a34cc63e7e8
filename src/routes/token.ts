/**
 * The token endpoint of the distribution token specification, as GET with Basic credentials and as an OAuth2 form.
 * Asking for more than one may have is no error: the token then grants less. A workload sends its token as the password
 * of `workloadUser`, or exchanges it (RFC 8693).
 */
import { Hono } from 'hono'
import * as z from 'zod'
import { grantScopes, limitOfGrant, repositoriesIn, type Account, type Grant } from '../auth/authorization.ts'
import { facetScopesOf, grantFacet } from '../auth/facet.ts'
import { parseBasic, schemeOf } from '../auth/authentication.ts'
import { logIn, type Credentials } from '../auth/login.ts'
import { parseScopes, type ResourceScope } from '../auth/scope.ts'
import { issueToken, secondsOfToken } from '../auth/registry-token.ts'
import { admitWorkload, grantToWorkload, workloadUser, type Admission } from '../auth/workload-login.ts'
import { findStandings } from '../db/access/standings.ts'
import { RegistryError, unauthorized } from '../errors.ts'
import type { WhyTokenRefused } from '../failures/access.ts'
import { largestFormBytes } from '../limits.ts'
import { isoTime } from '../util/iso-time.ts'
import { hostOf, tokenKeys, type AppContext, type AppEnv } from './app-context.ts'

export const token = new Hono<AppEnv>()

/** Forbids caches to store answers (RFC 6749 section 5.1). */
token.use(async function forbidStoring(c, next) {
  await next()
  c.res.headers.set('Cache-Control', 'no-store')
})

const form = z.object({
  grant_type: z.string(),
  client_id: z.string().optional(),
  service: z.string().optional(),
  scope: z.array(z.string()),
  username: z.string().optional(),
  password: z.string().optional(),
  subject_token: z.string().optional(),
  subject_token_type: z.string().optional(),
})

type Form = z.infer<typeof form>

/** Who asks for a token: an account, a workload, or a caller without a login. */
type Subject = { readonly account: Account | undefined; readonly until?: number | undefined } | Admission

const anonymous: Subject = { account: undefined }

token.get('/', async function getToken(c) {
  const authorization = c.req.header('authorization')
  const subject = authorization === undefined ? anonymous : await subjectOf(c, credentialsIn(authorization))
  const { issued } = await issue(c, subject, c.req.queries('scope') ?? [])
  // Older clients read `token`, newer ones `access_token`.
  return c.json({ ...issued, token: issued.access_token })
})

token.post('/', async function postToken(c) {
  const fields = form.safeParse(await readForm(c))
  if (!fields.success) throw tokenRefused('form-incomplete')
  switch (fields.data.grant_type) {
    case 'password':
      return c.json(await byPassword(c, fields.data))
    case tokenExchange:
      return c.json(await byExchange(c, fields.data))
    default:
      throw tokenRefused('grant-type-unsupported')
  }
})

async function byPassword(c: AppContext, { username, password, scope }: Form) {
  if (username === undefined || password === undefined) throw tokenRefused('credentials-missing')
  const { issued, granted } = await issue(c, await subjectOf(c, { username, password }), scope)
  return { ...issued, scope: granted.map(formatScope).join(' ') }
}

/** RFC 8693 section 2.1. */
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** RFC 8693 section 3: an ID token is a JWT too. */
const subjectTypes: ReadonlySet<string | undefined> = new Set(
  ['jwt', 'id_token'].map((type) => `urn:ietf:params:oauth:token-type:${type}`),
)

/** Exchanges the token of a workload, which is used up by that. */
async function byExchange(c: AppContext, { subject_token: sent, subject_token_type: type, scope }: Form) {
  if (sent === undefined || !subjectTypes.has(type)) throw tokenRefused('subject-missing')
  if (parseScopes(scope).length === 0) throw tokenRefused('scope-missing')
  const subject = await admitWorkload(c.get('workloads'), c.get('context'), { token: sent, as: 'exchange' })
  const { issued, granted } = await issue(c, subject, scope)
  return {
    ...issued,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    scope: granted.map(formatScope).join(' '),
  }
}

/** Reads Basic credentials. @throws RegistryError `unauthorized` */
function credentialsIn(authorization: string): Credentials {
  const { scheme, value } = schemeOf(authorization)
  if (scheme !== 'basic') throw unauthorized({ kind: 'login-missing-for-token' })
  return parseBasic(value)
}

/** Logs in the user or the workload that the credentials are of. @throws RegistryError as `logIn` and `admitWorkload` */
async function subjectOf(c: AppContext, credentials: Credentials): Promise<Subject> {
  const context = c.get('context')
  return credentials.username === workloadUser
    ? admitWorkload(c.get('workloads'), context, { token: credentials.password, as: 'password' })
    : logIn(context, credentials)
}

async function issue(c: AppContext, subject: Subject, scopes: readonly string[]) {
  const { now } = c.get('context')
  const granted = await grantTo(c, subject, parseScopes(scopes))
  const { until } = subject
  const issued = {
    access_token: await issueToken(await tokenKeys(c), hostOf(c), granted, now, until),
    expires_in: secondsOfToken(now, until),
    issued_at: isoTime(now),
  }
  return { issued, granted: granted.access }
}

async function grantTo(c: AppContext, subject: Subject, wanted: readonly ResourceScope[]): Promise<Grant> {
  if ('account' in subject) return grant(c, subject.account, wanted)
  const names = repositoriesIn(wanted)
  const standings = names.length === 0 ? [] : await findStandings(c.get('context').db, undefined, names)
  return { account: undefined, workload: subject.workload, access: grantToWorkload(subject, wanted, standings) }
}

/** Grants what the account may have of the scopes, those of facets last. One query, and what a facet has to look up. */
async function grant(c: AppContext, account: Account | undefined, wanted: readonly ResourceScope[]): Promise<Grant> {
  const context = c.get('context')
  const facetScopes = await facetScopesOf(context, c.get('facets'), wanted, hostOf(c))
  const ofFacets = new Set(facetScopes.map(({ scope }) => scope))
  const plain = wanted.filter((scope) => !ofFacets.has(scope))
  const names = [...repositoriesIn(plain), ...facetScopes.map(({ repository }) => repository)]
  const standings = names.length === 0 ? [] : await findStandings(context.db, account?.id, names)
  const byName = new Map(standings.map((standing) => [standing.name, standing]))
  const grantedFacets = facetScopes.flatMap((found) => {
    const standing = byName.get(found.repository)
    return standing === undefined ? [] : [grantFacet(account, found, standing)]
  })
  const access = [
    ...grantScopes(account, plain, standings),
    ...grantedFacets.filter(({ actions }) => actions.length > 0),
  ]
  return { account, access, limit: limitOfGrant(account?.limit, access, names) }
}

const tokenRefused = (kind: WhyTokenRefused['kind']): RegistryError =>
  new RegistryError({ kind: 'token-refused', reason: { kind } })

async function readForm(c: AppContext): Promise<Record<string, unknown>> {
  const size = Number(c.req.header('content-length') ?? Number.NaN)
  if (!(size <= largestFormBytes)) {
    const reason = { kind: 'form-too-long', limitBytes: largestFormBytes } as const
    throw new RegistryError({ kind: 'body-invalid', reason })
  }
  const fields = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()))
  return { ...Object.fromEntries(fields), scope: fields.getAll('scope') }
}

const formatScope = ({ type, name, actions }: ResourceScope): string => `${type}:${name}:${actions.join(',')}`
