/** Personal access tokens: DTR's `api_tokens`. */
import { z } from '@hono/zod-openapi'
import {
  changeAccessToken,
  createAccessToken,
  getAccessToken,
  removeAccessToken,
  removeUnusedAccessTokens,
  tokenOrigins,
  tokenOwner,
  type WantedToken,
} from '../../accounts/access-tokens.ts'
import { listAccessTokens, type AccessTokenRecord, type TokenPlace } from '../../db/accounts/access-tokens.ts'
import { limitLevels, limitOf } from '../../access-limit.ts'
import { longestIdentifier, longestTokenLabel, mostAccessTokens, mostPlacesOfToken } from '../../limits.ts'
import { parseAccountName } from '../../names.ts'
import { isoTime } from '../../util/iso-time.ts'
import { announcePage, cutPage, pageHeaders, pageQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../shared/router.ts'
import {
  accountNameText,
  bodyOf,
  instant,
  instantQuery,
  jsonOf,
  lineText,
  neverTime,
  refusals,
  repositoryNameText,
  time,
} from '../shared/schemas.ts'

export const accessTokens = apiRouter()

const tokenLevel = z.enum(limitLevels).openapi('AccessTokenLevel', {
  description:
    '`read-only` reads and pulls, `read-write` pushes and deletes content too, `all` is what the owner may do',
})

export const accessToken = z
  .object({
    hashedToken: z.string().openapi({ description: 'SHA-256 of the token, which identifies it in this API' }),
    tokenLabel: z.string().openapi({ example: 'laptop' }),
    isActive: z.boolean(),
    lastUsed: z.string().openapi({ format: 'date-time', description: `to the minute; ${neverTime} if never used` }),
    createdAt: time,
    createdBy: z.string().openapi({ description: 'who created it: the user or an administrator', example: 'alice' }),
    generatedBy: z.enum(['manual']),
    expiresAt: time.optional().openapi({
      description: 'when it ends; missing for a token without an end, which is older than ends of tokens',
    }),
    level: tokenLevel,
    repositories: z.array(z.string()).openapi({ description: 'the repositories that it is limited to' }),
    namespaces: z
      .array(z.string())
      .openapi({ description: 'the namespaces that it is limited to; without names: none' }),
    creatorUa: z.string().openapi({ description: 'User-Agent of the client that created it', example: 'curl/8.5.0' }),
  })
  .openapi('AccessToken')

export const newAccessToken = accessToken
  .extend({ token: z.string().openapi({ description: 'the secret, shown only once' }) })
  .openapi('NewAccessToken')

const label = lineText(longestTokenLabel).trim().min(1, { error: 'say what the token is for' })

export const wantedAccessToken = z
  .object({
    tokenLabel: label,
    expiresAt: instant.optional().openapi({ description: 'when it ends; by default after accessTokenDefaultDays' }),
    level: tokenLevel.default('all'),
    repositories: z
      .array(repositoryNameText)
      .max(mostPlacesOfToken)
      .default([])
      .openapi({ description: 'the only repositories that it opens, with those of the namespaces' }),
    namespaces: z.array(accountNameText).max(mostPlacesOfToken).default([]).openapi({
      description: 'of which it opens every repository; without any name it opens all that its owner may reach',
    }),
  })
  .openapi('WantedAccessToken')

const ofUser = {
  username: accountNameText.optional().openapi({
    param: { name: 'username', in: 'query' },
    example: 'alice',
    description: 'whose tokens: your own by default, and only administrators may name others',
  }),
}

const tokenParameters = z.object({
  hashedtoken: z
    .string()
    .max(longestIdentifier)
    .openapi({ param: { name: 'hashedtoken', in: 'path' } }),
})

const done = jsonOf(z.object({}), 'deleted')

const placeText = /^(?:(\d{1,15})-([0-9a-f]{64}))?$/

const listRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/api_tokens',
  tags: ['access tokens'],
  summary: 'List access tokens',
  description: 'Oldest first.',
  request: {
    query: z.object({
      ...ofUser,
      ...pageQuery,
      pageStart: z
        .string()
        .regex(placeText, { error: 'it must be X-Next-Page-Start of the previous page' })
        .default('')
        .openapi({ param: { name: 'pageStart', in: 'query' }, description: 'X-Next-Page-Start of the previous page' }),
    }),
  },
  responses: {
    200: { ...jsonOf(z.array(accessToken), 'a page of tokens'), headers: pageHeaders },
    ...refusals(400, 401, 404),
  },
})

accessTokens.openapi(listRoute, async function listTokens(c) {
  const { username, pageStart, pageSize, count } = c.req.valid('query')
  const { db } = c.get('context')
  const owner = await tokenOwner(db, requireAccount(c), nameIn(username))
  const { tokens, total } = await listAccessTokens(db, owner.id, {
    from: placeOf(pageStart),
    limit: pageSize + 1,
    most: mostAccessTokens,
  })
  const page = cutPage(tokens, pageSize, ({ createdAt, hash }) => `${createdAt}-${hash}`)
  announcePage(c, page, count === 'true' ? total : undefined)
  return c.json(page.items.map(accessTokenJson), 200)
})

const postRoute = defineRoute({
  access: { worksWithoutMajority: true },
  method: 'post',
  path: '/api_tokens',
  tags: ['access tokens'],
  summary: 'Create an access token',
  description:
    'A token can be used in place of the password. It has the current permissions of the user, up to its level and, if it names any, in its repositories and namespaces alone: there is nothing else for it. A token with a level below `all`, or with names, administers nothing.',
  request: { query: z.object(ofUser), body: bodyOf(wantedAccessToken) },
  responses: { 200: jsonOf(newAccessToken, 'the token with its secret'), ...refusals(400, 401, 403, 404, 409) },
})

accessTokens.openapi(postRoute, async function postToken(c) {
  const account = requireAccount(c)
  const { db, now } = c.get('context')
  const owner = await tokenOwner(db, account, nameIn(c.req.valid('query').username))
  requirePassword(c, { kind: 'create-access-tokens' })
  const wanted = wantedTokenOf(c.req.valid('json'), c.req.header('user-agent'))
  const { secret, token } = await createAccessToken(db, owner, wanted, { by: account.name, now })
  c.header('Cache-Control', 'no-store')
  return c.json({ ...accessTokenJson(token), token: secret }, 200)
})

const deleteUnusedRoute = defineRoute({
  access: { worksWithoutMajority: true },
  method: 'delete',
  path: '/api_tokens',
  tags: ['access tokens'],
  summary: 'Delete unused access tokens',
  description:
    'By default it deletes only tokens that the registry generated itself, and this registry generates none: set `generatedby` to `manual` or `any`.',
  request: {
    query: z.object({
      ...ofUser,
      usedbefore: instantQuery(
        'usedbefore',
        'deletes tokens last used before this time, or created before it and never used; required except for `auto`',
      ),
      generatedby: z
        .enum(tokenOrigins)
        .default('auto')
        .openapi({ param: { name: 'generatedby', in: 'query' } }),
    }),
  },
  responses: { 200: done, ...refusals(400, 401, 404) },
})

accessTokens.openapi(deleteUnusedRoute, async function deleteUnusedTokens(c) {
  const account = requireAccount(c)
  const { username, usedbefore: usedBefore, generatedby: origin } = c.req.valid('query')
  const { db, now } = c.get('context')
  const owner = await tokenOwner(db, account, nameIn(username))
  await removeUnusedAccessTokens(db, owner, { origin, usedBefore }, { by: account.name, now })
  return c.json({}, 200)
})

const getRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/api_tokens/{hashedtoken}',
  tags: ['access tokens'],
  summary: 'Get an access token',
  request: { params: tokenParameters },
  responses: { 200: jsonOf(accessToken, 'the token'), ...refusals(400, 401, 404) },
})

accessTokens.openapi(getRoute, async function getToken(c) {
  const account = requireAccount(c)
  return c.json(
    accessTokenJson(await getAccessToken(c.get('context').db, account, c.req.valid('param').hashedtoken)),
    200,
  )
})

const change = z
  .object({ tokenLabel: label.optional(), isActive: z.boolean().optional() })
  .refine(({ tokenLabel, isActive }) => tokenLabel !== undefined || isActive !== undefined, {
    error: 'send tokenLabel, isActive or both',
  })
  .openapi('ChangedAccessToken')

const patchRoute = defineRoute({
  access: { worksWithoutMajority: true },
  method: 'patch',
  path: '/api_tokens/{hashedtoken}',
  tags: ['access tokens'],
  summary: 'Rename, deactivate or activate an access token',
  request: { params: tokenParameters, body: bodyOf(change) },
  responses: { 200: jsonOf(accessToken, 'the token as it is now'), ...refusals(400, 401, 403, 404) },
})

accessTokens.openapi(patchRoute, async function patchToken(c) {
  const account = requireAccount(c)
  const { hashedtoken } = c.req.valid('param')
  const { tokenLabel, isActive } = c.req.valid('json')
  if (isActive === true) requirePassword(c, { kind: 'activate-access-tokens' })
  const { db, now } = c.get('context')
  const token = await changeAccessToken(db, account, hashedtoken, { label: tokenLabel, isActive }, now)
  return c.json(accessTokenJson(token), 200)
})

const deleteRoute = defineRoute({
  access: { worksWithoutMajority: true },
  method: 'delete',
  path: '/api_tokens/{hashedtoken}',
  tags: ['access tokens'],
  summary: 'Delete an access token',
  request: { params: tokenParameters },
  responses: { 200: done, ...refusals(400, 401, 404) },
})

accessTokens.openapi(deleteRoute, async function deleteToken(c) {
  const account = requireAccount(c)
  const { db, now } = c.get('context')
  await removeAccessToken(db, account, c.req.valid('param').hashedtoken, now)
  return c.json({}, 200)
})

const nameIn = (username: string | undefined) => (username === undefined ? undefined : parseAccountName(username))

function placeOf(pageStart: string): TokenPlace | undefined {
  const [, createdAt, hash] = placeText.exec(pageStart) ?? []
  return createdAt === undefined || hash === undefined ? undefined : { createdAt: Number(createdAt), hash }
}

export function wantedTokenOf(
  { tokenLabel, expiresAt, level, repositories, namespaces }: z.infer<typeof wantedAccessToken>,
  agent = '',
): WantedToken {
  const isEverywhere = repositories.length === 0 && namespaces.length === 0
  return {
    label: tokenLabel,
    agent,
    expiresAt,
    limit: limitOf(level, isEverywhere ? undefined : { repositories, namespaces }),
  }
}

export const accessTokenJson = (token: AccessTokenRecord): z.infer<typeof accessToken> => ({
  hashedToken: token.hash,
  tokenLabel: token.label,
  isActive: token.isActive,
  lastUsed: token.lastUsedAt === undefined ? neverTime : isoTime(token.lastUsedAt),
  createdAt: isoTime(token.createdAt),
  createdBy: token.createdBy,
  generatedBy: 'manual',
  ...(token.expiresAt === undefined ? {} : { expiresAt: isoTime(token.expiresAt) }),
  level: token.limit?.level ?? 'all',
  repositories: [...(token.limit?.within?.repositories ?? [])],
  namespaces: [...(token.limit?.within?.namespaces ?? [])],
  creatorUa: token.creatorAgent,
})
