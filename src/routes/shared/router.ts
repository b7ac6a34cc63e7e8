/**
 * The router of the administrative API: one definition of a route gives its validation and its documentation; JSON in
 * and out, bodies with a limit, and callers who have logged in.
 */
import { OpenAPIHono, type z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { HonoOptions } from 'hono/hono-base'
import { mayInRegistry, type Account } from '../../auth/authorization.ts'
import { hasJustShownPassword, mayDecideWhoGetsIn } from '../../auth/proof.ts'
import { denied, RegistryError, unauthorized } from '../../errors.ts'
import type { Deed } from '../../failures/deeds.ts'
import type { ExpectedError } from '../../failures/failure.ts'
import type { ParameterPlace } from '../../failures/requests.ts'
import { misfitOf } from '../../failures/schema-misfit.ts'
import { parseJson } from '../../util/json.ts'
import { apiJson, largestApiBodyBytes } from '../../limits.ts'
import { holdWhole } from '../../storage/whole-bodies.ts'
import { wholeBodyOf, type AppContext, type AppEnv } from '../app-context.ts'
import { requireMajority } from '../majority.ts'
import { accessOfRequest } from './route-access.ts'

/**
 * Makes a router that refuses parameters and bodies that do not match their schema.
 *
 * @param refusalOf what to throw for a body; by default `body-invalid`
 * @param router matches paths in place of Hono's own; only that of the app itself is ever asked
 */
export function apiRouter(
  refusalOf: (error: z.core.$ZodError) => ExpectedError = bodyRefusal,
  router?: HonoOptions<AppEnv>['router'],
): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    ...(router === undefined ? {} : { router }),
    strict: false,
    defaultHook(result) {
      if (result.success) return
      if (result.target === 'json') throw refusalOf(result.error)
      const { place: parameter, message } = misfitOf(result.error)
      const reason = { kind: 'of-schema', message } as const
      throw new RegistryError({ kind: 'parameter-invalid', place: placeOf(result.target), parameter, reason })
    },
  })
}

const bodyRefusal = (error: z.core.$ZodError): RegistryError =>
  new RegistryError({ kind: 'body-invalid', reason: { kind: 'of-schema', ...misfitOf(error) } })

/**
 * Translates Hono's name for the place of a parameter.
 *
 * @param target `param`, `header`, `query` or another name of Hono
 */
function placeOf(target: string): ParameterPlace {
  if (target === 'param') return 'path'
  return target === 'header' ? 'header' : 'query'
}

/**
 * Refuses what is not JSON (406, 415) and what is too long or too deep to be meant for this API, before a schema looks at it.
 *
 * @param textPaths what answers in plain text to a client that asks for that
 */
export function withJson(textPaths: readonly string[] = []): MiddlewareHandler<AppEnv> {
  return async function requireJson(c, next) {
    const isText = textPaths.includes(c.req.path) && /\btext\/plain\b/i.test(c.req.header('accept') ?? '')
    if (!isText && !acceptsJson(c.req.header('accept'))) throw new RegistryError({ kind: 'not-acceptable' })
    const length = c.req.header('content-length')
    const hasBody = c.req.raw.body !== null && length !== '0'
    if (hasBody) {
      if (!isJson(c.req.header('content-type'))) throw new RegistryError({ kind: 'media-type-unsupported' })
      const limitBytes = accessOfRequest(c).largestBodyBytes ?? largestApiBodyBytes
      if (!(Number(length ?? Number.NaN) <= limitBytes)) {
        const reason = { kind: 'too-long', limitBytes } as const
        throw new RegistryError({ kind: 'body-invalid', reason })
      }
      const whole = wholeBodyOf(c, limitBytes, accountOf(c)?.id)
      await holdWhole(whole, async () => {
        await checkJson(c)
        await next()
      })
    } else {
      await next()
    }
  }
}

/**
 * Parses a body and refuses what no schema needs to see. Hono keeps the text, so the validator of the route reads it no
 * second time.
 */
async function checkJson(c: AppContext): Promise<void> {
  const parsed = parseJson(await c.req.text(), apiJson)
  if ('refused' in parsed) throw new RegistryError({ kind: 'body-invalid', reason: parsed.refused })
}

const mediaTypeOf = (text: string): string => text.split(';')[0]?.trim().toLowerCase() ?? ''

const isJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/(.+\+)?json$/.test(mediaTypeOf(contentType))

const acceptsJson = (accept: string | undefined): boolean =>
  accept === undefined ||
  accept.trim() === '' ||
  accept.split(',').some((type) => ['*/*', 'application/*', 'application/json'].includes(mediaTypeOf(type)))

/** Refuses callers who have not logged in, before any other check, except at public routes. */
export function withLogin(): MiddlewareHandler<AppEnv> {
  return async function requireLogin(c, next) {
    if (accessOfRequest(c).isPublic !== true) requireAccount(c)
    await next()
  }
}

/** Returns the account of the caller. @throws RegistryError `unauthorized` for an anonymous caller */
export function requireAccount(c: AppContext): Account {
  const account = accountOf(c)
  if (account === undefined) {
    throw unauthorized({ kind: 'login-missing-for-api' })
  }
  return account
}

/** Returns the account of the caller; undefined for an anonymous caller. */
export function accountOf(c: AppContext): Account | undefined {
  const caller = c.get('caller')
  return caller.kind === 'account' ? caller.account : undefined
}

/**
 * Refuses an access token for changes that create credentials, after the route has checked permission.
 *
 * @throws RegistryError `unauthorized` or `password-needed`
 */
export function requirePassword(c: AppContext, deed: Deed): void {
  const { name: who } = requireAccount(c)
  const caller = c.get('caller')
  if (caller.kind === 'account' && mayDecideWhoGetsIn(caller.proof)) return
  throw new RegistryError({ kind: 'password-needed', who, deed })
}

/**
 * Requires the password again: a login with it, or a session that was just opened.
 *
 * @throws RegistryError `unauthorized`, `password-needed` or `password-needed-again`
 */
export function requirePasswordAgain(c: AppContext, deed: Deed): void {
  requirePassword(c, deed)
  const caller = c.get('caller')
  if (caller.kind === 'account' && hasJustShownPassword(caller.proof)) return
  throw new RegistryError({ kind: 'password-needed-again', who: requireAccount(c).name, deed })
}

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses changes without a majority, unless their route works without one. Callers without a login are refused for that. */
export function withMajority(): MiddlewareHandler<AppEnv> {
  return async function requireMajorityForChanges(c, next) {
    const isChange = !reading.has(c.req.method) && accessOfRequest(c).worksWithoutMajority !== true
    if (isChange && c.get('caller').kind === 'account') await requireMajority(c)
    await next()
  }
}

/** Refuses all but system administrators at routes that are theirs (`administratorsMay` of `RouteAccess`). */
export function withAdministrators(): MiddlewareHandler<AppEnv> {
  return async function requireAdministrators(c, next) {
    const { administratorsMay: words } = accessOfRequest(c)
    if (words !== undefined) {
      const account = requireAccount(c)
      if (!mayInRegistry(account, 'administer')) throw denied(account.name, { kind: 'declared-by-route', words })
    }
    await next()
  }
}
