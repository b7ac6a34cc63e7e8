/** The public keys of users, under the paths of DTR's eNZi: for the user and for administrators. */
import { z } from '@hono/zod-openapi'
import type { DeclaredAccountOperation } from '../../auth/account-access.ts'
import { largestTrustKeyBytes, longestIdentifier, longestKeyLabel } from '../../limits.ts'
import { isoTime } from '../../util/iso-time.ts'
import { requireAccountFor } from '../../routes/enzi/guards.ts'
import { accountPath, nothing, pageFields, pageOf } from '../../routes/enzi/schemas.ts'
import { pageHeaders, startQuery } from '../../routes/shared/paging.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, lineText, refusals, time } from '../../routes/shared/schemas.ts'
import { listPublicKeys, type PublicKeyRecord } from './key-store.ts'
import { getKey, registerKey, relabelKey, removeKey } from './public-keys.ts'

export const publicKeyRoutes = apiRouter()

const see: DeclaredAccountOperation = { words: 'see the public keys of' }
const change: DeclaredAccountOperation = { words: 'change the public keys of' }
/** A key signs long after the access token that registered it was deleted. */
const register: DeclaredAccountOperation = { words: 'register public keys of', decidesWhoGetsIn: true }

const label = lineText(longestKeyLabel).openapi({ example: 'laptop' })
const pem = z
  .string()
  .max(largestTrustKeyBytes)
  .openapi({ description: 'a public key, or a certificate with its intermediates, in PEM' })

const publicKey = z
  .object({
    id: z.string(),
    accountID: z.string(),
    label,
    publicKey: pem,
    certificates: z
      .array(z.object({ label: z.string(), cert: z.string() }))
      .openapi({ description: 'always empty: a certificate is shown as the publicKey that it was sent as' }),
    fingerprint: z.string().openapi({ description: 'SHA-256 of the DER SubjectPublicKeyInfo, which signatures name' }),
    createdAt: time,
  })
  .openapi('PublicKey')

const keyJson = ({ accountId: accountID, createdAt, ...key }: PublicKeyRecord): z.infer<typeof publicKey> => ({
  ...key,
  accountID,
  certificates: [],
  createdAt: isoTime(createdAt),
})

const keyPath = accountPath.extend({
  keyID: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'keyID', in: 'path' } }),
})

const listRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{accountNameOrID}/publicKeys',
  tags: ['signers'],
  summary: 'List the public keys of a user',
  request: { params: accountPath, query: z.object(startQuery) },
  responses: {
    200: {
      ...jsonOf(
        z.object({ accountPublicKeys: z.array(publicKey), ...pageFields }).openapi('PublicKeys'),
        'a page, sorted by id',
      ),
      headers: pageHeaders,
    },
    ...refusals(400, 401, 403, 404),
  },
})

publicKeyRoutes.openapi(listRoute, async function listKeys(c) {
  const { target } = await requireAccountFor(c, c.req.valid('param').accountNameOrID, see)
  const { start, limit } = c.req.valid('query')
  const found = await listPublicKeys(c.get('context').db, target.id, { start, limit: limit + 1 })
  const { items, nextPageStart } = pageOf(c, found.keys, limit, ({ id }) => id)
  return c.json({ accountPublicKeys: items.map(keyJson), resourceCount: found.total, nextPageStart }, 200)
})

const postRoute = defineRoute({
  access: 'users',
  method: 'post',
  path: '/accounts/{accountNameOrID}/publicKeys',
  tags: ['signers'],
  summary: 'Register a public key of a user',
  description:
    'What the key signs counts as signed by the user. Keys are ECDSA P-256, Ed25519, or RSA of 2048 bits or more. A key counts for each account that has registered it.',
  request: {
    params: accountPath,
    body: bodyOf(z.object({ publicKey: pem, label: label.default('') }).openapi('NewPublicKey')),
  },
  responses: { 201: jsonOf(publicKey, 'the key'), ...refusals(400, 401, 403, 404, 409) },
})

publicKeyRoutes.openapi(postRoute, async function postKey(c) {
  const { account, target } = await requireAccountFor(c, c.req.valid('param').accountNameOrID, register)
  const { db, now } = c.get('context')
  const made = await registerKey(db, target, c.req.valid('json'), { by: account.name, now })
  return c.json(keyJson(made), 201)
})

const getRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{accountNameOrID}/publicKeys/{keyID}',
  tags: ['signers'],
  summary: 'Get a public key of a user',
  request: { params: keyPath },
  responses: { 200: jsonOf(publicKey, 'the key'), ...refusals(400, 401, 403, 404) },
})

publicKeyRoutes.openapi(getRoute, async function getOneKey(c) {
  const { accountNameOrID, keyID } = c.req.valid('param')
  const { target } = await requireAccountFor(c, accountNameOrID, see)
  return c.json(keyJson(await getKey(c.get('context').db, target, keyID)), 200)
})

const patchRoute = defineRoute({
  access: 'users',
  method: 'patch',
  path: '/accounts/{accountNameOrID}/publicKeys/{keyID}',
  tags: ['signers'],
  summary: 'Change the label of a public key',
  request: { params: keyPath, body: bodyOf(z.object({ label }).openapi('PublicKeyChange')) },
  responses: { 200: jsonOf(publicKey, 'the changed key'), ...refusals(400, 401, 403, 404) },
})

publicKeyRoutes.openapi(patchRoute, async function patchKey(c) {
  const { accountNameOrID, keyID } = c.req.valid('param')
  const { account, target } = await requireAccountFor(c, accountNameOrID, change)
  const { db, now } = c.get('context')
  const changed = await relabelKey(db, target, keyID, c.req.valid('json').label, { by: account.name, now })
  return c.json(keyJson(changed), 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{accountNameOrID}/publicKeys/{keyID}',
  tags: ['signers'],
  summary: 'Delete a public key',
  description: 'What the key signed no longer counts as signed by the user.',
  request: { params: keyPath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

publicKeyRoutes.openapi(deleteRoute, async function deleteKey(c) {
  const { accountNameOrID, keyID } = c.req.valid('param')
  const { account, target } = await requireAccountFor(c, accountNameOrID, change)
  const { db, now } = c.get('context')
  await removeKey(db, target, keyID, { by: account.name, now })
  return c.body(null, 204)
})
