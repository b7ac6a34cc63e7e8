/** The registry's own key, published for everyone and changed by administrators, and what is restated with it. */
import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import type { DeclaredOperation } from '../../auth/authorization.ts'
import { workAfterAnswer } from '../../routes/api/background-jobs.ts'
import type { AppContext, AppEnv } from '../../routes/app-context.ts'
import { requireRepository } from '../../routes/shared/guards.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { jsonOf, refusals, repositoryParameters, time } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
import { beginBridgeJob, secretNames } from './job.ts'
import { makeDue, readStatus } from './restatement-store.ts'
import { publishedKey, rotateRegistryKey, type PublishedKey } from './registry-key.ts'

/** What verifiers fetch at fixed paths, without a login. */
export const publishedKeys = new Hono<AppEnv>()

publishedKeys.get('/trust/registry.pem', async function getRegistryKeyFile(c) {
  return pemFile(c, (await publishedKey(c.get('context'))).publicKeyPem)
})

publishedKeys.get('/trust/registry.crt', async function getRegistryCertificateFile(c) {
  return pemFile(c, (await publishedKey(c.get('context'))).certificatePem)
})

/** Answers with PEM. A change of the key is seen within a minute. */
const pemFile = (c: AppContext, pem: string): Response =>
  c.body(pem, 200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'public, max-age=60' })

export const bridgeRoutes = apiRouter()

const key = z
  .object({
    fingerprint: z.string().openapi({ description: 'SHA-256 of the public key (DER SubjectPublicKeyInfo)' }),
    publicKey: z.string().openapi({ description: 'in PEM, as at `/trust/registry.pem`' }),
    certificate: z.string().openapi({ description: 'self-signed, in PEM, as at `/trust/registry.crt`' }),
    createdAt: time,
  })
  .openapi('RegistryKey')

const keyJson = ({ fingerprint, publicKeyPem, certificatePem, createdAt }: PublishedKey): z.infer<typeof key> => ({
  fingerprint,
  publicKey: publicKeyPem,
  certificate: certificatePem,
  createdAt: isoTime(createdAt),
})

const getKeyRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/trust/registryKey',
  tags: ['registry key'],
  summary: 'Get the public half of the key that the registry signs with',
  responses: { 200: jsonOf(key, 'the key'), ...refusals(401) },
})

bridgeRoutes.openapi(getKeyRoute, async function getRegistryKey(c) {
  requireAccount(c)
  return c.json(keyJson(await publishedKey(c.get('context'))), 200)
})

const replaceKey = { administratorsMay: 'replace the key of the registry' } as const

const postKeyRoute = defineRoute({
  access: replaceKey,
  method: 'post',
  path: '/trust/registryKey',
  tags: ['registry key'],
  summary: 'Replace the key that the registry signs with',
  description:
    'For system administrators. The private half of the old key is forgotten, what it signed is withdrawn, and jobs sign it again. Verifiers have to fetch the new key.',
  responses: { 201: jsonOf(key, 'the new key'), ...refusals(401, 403, 503) },
})

bridgeRoutes.openapi(postKeyRoute, async function postRegistryKey(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: replaceKey.administratorsMay })
  return c.json(keyJson(await rotateRegistryKey(c.get('context'), by)), 201)
})

const manageBridge: DeclaredOperation = { level: 'admin', words: 'restate the signatures of' }

const status = z
  .object({
    images: z.int().openapi({ description: 'how many images are restated' }),
    pending: z.boolean().openapi({ description: 'whether the job `trust_bridge` has to look at the repository still' }),
  })
  .openapi('Restatements')

async function statusOf(c: AppContext, repositoryId: number): Promise<z.infer<typeof status>> {
  const { db, secrets, now } = c.get('context')
  const { images, isDue } = await readStatus(db, repositoryId, await secretNames(secrets), now)
  return { images, pending: isDue }
}

const ofRepository = '/repositories/{namespace}/{reponame}/restatements'

const getStatusRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: ofRepository,
  tags: ['registry key'],
  summary: 'Get how far what Notary signs in a repository is restated for cosign and notation',
  description: 'For administrators of the repository.',
  request: { params: repositoryParameters },
  responses: { 200: jsonOf(status, 'the state'), ...refusals(400, 401, 403, 404) },
})

bridgeRoutes.openapi(getStatusRoute, async function getRestatements(c) {
  const { id } = await requireRepository(c, c.req.valid('param'), manageBridge)
  return c.json(await statusOf(c, id), 200)
})

const postRestateRoute = defineRoute({
  access: 'users',
  method: 'post',
  path: ofRepository,
  tags: ['registry key'],
  summary: 'Compare what Notary signs in a repository with what is restated, at once',
  description:
    'For administrators of the repository. A job makes what is missing, and withdraws what is signed no more.',
  request: { params: repositoryParameters },
  responses: { 202: jsonOf(status, 'the state'), ...refusals(400, 401, 403, 404, 503) },
})

bridgeRoutes.openapi(postRestateRoute, async function postRestatements(c) {
  const { id } = await requireRepository(c, c.req.valid('param'), manageBridge)
  await begin(c, id)
  return c.json(await statusOf(c, id), 202)
})

const postAllRoute = defineRoute({
  access: { administratorsMay: 'restate the signatures of all repositories' },
  method: 'post',
  path: '/trust/restatements',
  tags: ['registry key'],
  summary: 'Compare what Notary signs in all repositories with what is restated, at once',
  description: 'For system administrators.',
  responses: { 202: { description: 'the job `trust_bridge` begins' }, ...refusals(401, 403, 503) },
})

bridgeRoutes.openapi(postAllRoute, async function postAllRestatements(c) {
  await begin(c, undefined)
  return c.body(null, 202)
})

async function begin(c: AppContext, repositoryId: number | undefined): Promise<void> {
  const context = c.get('context')
  await makeDue(context.db, repositoryId)
  workAfterAnswer(c, await beginBridgeJob(context))
}
