/**
 * The token endpoint of the distribution token specification, as GET with Basic credentials and as an OAuth2 form.
 * Asking for more than one may have is no error: the token then grants less.
 */
import { Hono } from 'hono'
import * as z from 'zod'
import { grantScopes, limitOfGrant, repositoriesIn, type Account, type Grant } from '../auth/authorization.ts'
import { facetScopesOf, grantFacet } from '../auth/facet.ts'
import { parseBasic, schemeOf } from '../auth/authentication.ts'
import { logIn } from '../auth/login.ts'
import { parseScopes, type ResourceScope } from '../auth/scope.ts'
import { issueToken, tokenSeconds } from '../auth/registry-token.ts'
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
})

token.get('/', async function getToken(c) {
  const authorization = c.req.header('authorization')
  const account = authorization === undefined ? undefined : await accountOf(c, authorization)
  return c.json(await answer(c, account, c.req.queries('scope') ?? []))
})

token.post('/', async function postToken(c) {
  const fields = form.safeParse(await readForm(c))
  if (!fields.success) throw tokenRefused('form-incomplete')
  const { grant_type: grantType, username, password, scope } = fields.data
  if (grantType !== 'password') throw tokenRefused('grant-type-unsupported')
  if (username === undefined || password === undefined) throw tokenRefused('credentials-missing')
  const { account } = await logIn(c.get('context'), { username, password })
  const { issued, granted } = await issue(c, account, scope)
  return c.json({ ...issued, scope: granted.map(formatScope).join(' ') })
})

async function accountOf(c: AppContext, authorization: string): Promise<Account> {
  const { scheme, value } = schemeOf(authorization)
  if (scheme !== 'basic') {
    throw unauthorized({ kind: 'login-missing-for-token' })
  }
  const { account } = await logIn(c.get('context'), parseBasic(value))
  return account
}

async function answer(c: AppContext, account: Account | undefined, scopes: readonly string[]) {
  const { issued } = await issue(c, account, scopes)
  // Older clients read `token`, newer ones `access_token`.
  return { ...issued, token: issued.access_token }
}

async function issue(c: AppContext, account: Account | undefined, scopes: readonly string[]) {
  const { now } = c.get('context')
  const granted = await grant(c, account, parseScopes(scopes))
  const issued = {
    access_token: await issueToken(await tokenKeys(c), hostOf(c), granted, now),
    expires_in: tokenSeconds,
    issued_at: isoTime(now),
  }
  return { issued, granted: granted.access }
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
