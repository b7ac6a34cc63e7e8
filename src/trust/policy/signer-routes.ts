/** Identities that sign without a registered key, and the roots that vouch for them: for administrators. */
import { z } from '@hono/zod-openapi'
import {
  longestIdentifier,
  longestIdentityPattern,
  longestIssuer,
  longestTrustRoot,
  longestTrustRootName,
  mostStarsOfPattern,
} from '../../limits.ts'
import { parseAccountName } from '../../names.ts'
import { isoTime } from '../../util/iso-time.ts'
import { announcePage, cutPage, pageHeaders, pageQuery, sizeQuery } from '../../routes/shared/paging.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { accountNameText, bodyOf, jsonOf, lineText, refusals, time } from '../../routes/shared/schemas.ts'
import { listIdentities, listRoots, rootKinds, type IdentityRecord, type RootRecord } from './signer-store.ts'
import { addIdentity, getRoot, removeIdentity, removeRoot, setRoot } from './signers.ts'

export const signerRoutes = apiRouter()

const decideWhoSigns = { administratorsMay: 'decide who signs without a registered key' } as const

const identityFields = {
  account: accountNameText.openapi({ description: 'the user who signs so', example: 'alice' }),
  issuer: lineText(longestIssuer).min(1).openapi({
    description: 'of a keyless signature the OIDC issuer; of an X.509 certificate "x509:" and the name of a trust root',
    example: 'https://token.actions.githubusercontent.com',
  }),
  subject: lineText(longestIdentityPattern)
    .refine((pattern) => /^[^[\]?]*$/.test(pattern), { error: 'it may not have "[", "]" or "?": use "*" for any text' })
    .refine((pattern) => pattern.split('*').length - 1 <= mostStarsOfPattern, {
      error: `it may have at most ${mostStarsOfPattern} stars`,
    })
    .refine((pattern) => /[^*]/.test(pattern), { error: 'it must have more than stars, which would mean every signer' })
    .openapi({
      description: 'of the certificate, in which "*" stands for any text',
      example: 'https://github.com/acme/*',
    }),
}

const identity = z.object({ id: z.string(), ...identityFields, createdAt: time }).openapi('SignerIdentity')

const identityJson = ({ createdAt, ...fields }: IdentityRecord): z.infer<typeof identity> => ({
  ...fields,
  createdAt: isoTime(createdAt),
})

const listIdentitiesRoute = defineRoute({
  access: decideWhoSigns,
  method: 'get',
  path: '/trust/identities',
  tags: ['signers'],
  summary: 'List the identities that sign without a registered key',
  request: { query: z.object({ pageStart: pageQuery.pageStart, pageSize: sizeQuery('pageSize', 10) }) },
  responses: {
    200: { ...jsonOf(z.array(identity), 'a page, sorted by id'), headers: pageHeaders },
    ...refusals(400, 401, 403),
  },
})

signerRoutes.openapi(listIdentitiesRoute, async function listSignerIdentities(c) {
  const { pageStart: start, pageSize } = c.req.valid('query')
  const page = cutPage(
    await listIdentities(c.get('context').db, { start, limit: pageSize + 1 }),
    pageSize,
    ({ id }) => id,
  )
  announcePage(c, page)
  return c.json(page.items.map(identityJson), 200)
})

const postIdentityRoute = defineRoute({
  access: decideWhoSigns,
  method: 'post',
  path: '/trust/identities',
  tags: ['signers'],
  summary: 'Add an identity of a user that signs without a registered key',
  description: 'What the identity signs counts as signed by the user, if a trust root vouches for it.',
  request: { body: bodyOf(z.object(identityFields).openapi('NewSignerIdentity')) },
  responses: { 201: jsonOf(identity, 'the identity'), ...refusals(400, 401, 403, 404, 409) },
})

signerRoutes.openapi(postIdentityRoute, async function postIdentity(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: decideWhoSigns.administratorsMay })
  const { account, ...fields } = c.req.valid('json')
  const { db, now } = c.get('context')
  const made = await addIdentity(db, { account: parseAccountName(account), ...fields }, { by, now })
  return c.json(identityJson(made), 201)
})

const deleteIdentityRoute = defineRoute({
  access: decideWhoSigns,
  method: 'delete',
  path: '/trust/identities/{identityID}',
  tags: ['signers'],
  summary: 'Delete an identity',
  description: 'What it signed no longer counts as signed by its user.',
  request: {
    params: z.object({
      identityID: z
        .string()
        .min(1)
        .max(longestIdentifier)
        .openapi({ param: { name: 'identityID', in: 'path' } }),
    }),
  },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404) },
})

signerRoutes.openapi(deleteIdentityRoute, async function deleteOneIdentity(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  await removeIdentity(db, c.req.valid('param').identityID, { by, now })
  return c.body(null, 204)
})

const rootFields = {
  kind: z.enum(rootKinds),
  document: z
    .string()
    .max(longestTrustRoot)
    .openapi({ description: 'sigstore: trusted_root.json as text; x509: certificates in PEM, for notation' }),
}

const root = z
  .object({ name: z.string().openapi({ example: 'sigstore' }), ...rootFields, createdAt: time })
  .openapi('TrustRoot')

const rootJson = ({ createdAt, ...fields }: RootRecord): z.infer<typeof root> => ({
  ...fields,
  createdAt: isoTime(createdAt),
})

const rootPath = z.object({
  rootname: z
    .string()
    .max(longestTrustRootName)
    .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, {
      error: 'use lower-case letters and digits, separated by ".", "_" or "-"',
    })
    .openapi({ param: { name: 'rootname', in: 'path' }, example: 'sigstore' }),
})

const listRootsRoute = defineRoute({
  access: decideWhoSigns,
  method: 'get',
  path: '/trust/roots',
  tags: ['signers'],
  summary: 'List the trust roots',
  responses: { 200: jsonOf(z.array(root), 'all of them, by name'), ...refusals(401, 403) },
})

signerRoutes.openapi(listRootsRoute, async function listTrustRoots(c) {
  return c.json((await listRoots(c.get('context').db)).map(rootJson), 200)
})

const getRootRoute = defineRoute({
  access: decideWhoSigns,
  method: 'get',
  path: '/trust/roots/{rootname}',
  tags: ['signers'],
  summary: 'Get a trust root',
  request: { params: rootPath },
  responses: { 200: jsonOf(root, 'the root'), ...refusals(400, 401, 403, 404) },
})

signerRoutes.openapi(getRootRoute, async function getTrustRoot(c) {
  return c.json(rootJson(await getRoot(c.get('context').db, c.req.valid('param').rootname)), 200)
})

const putRootRoute = defineRoute({
  access: decideWhoSigns,
  method: 'put',
  path: '/trust/roots/{rootname}',
  tags: ['signers'],
  summary: 'Set a trust root',
  description: 'A sigstore root vouches for keyless signatures, an x509 root for certificates of notation.',
  request: { params: rootPath, body: bodyOf(z.object(rootFields).openapi('NewTrustRoot')) },
  responses: { 200: jsonOf(root, 'the root'), ...refusals(400, 401, 403, 409) },
})

signerRoutes.openapi(putRootRoute, async function putTrustRoot(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: decideWhoSigns.administratorsMay })
  const { db, now } = c.get('context')
  const stored = await setRoot(db, { name: c.req.valid('param').rootname, ...c.req.valid('json') }, { by, now })
  return c.json(rootJson(stored), 200)
})

const deleteRootRoute = defineRoute({
  access: decideWhoSigns,
  method: 'delete',
  path: '/trust/roots/{rootname}',
  tags: ['signers'],
  summary: 'Delete a trust root',
  description: 'What only this root vouches for no longer counts as signed.',
  request: { params: rootPath },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404) },
})

signerRoutes.openapi(deleteRootRoute, async function deleteTrustRoot(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  await removeRoot(db, c.req.valid('param').rootname, { by, now })
  return c.body(null, 204)
})
