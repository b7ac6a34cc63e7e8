/** The registry's own key: published for everyone, and changed by administrators. */
import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '../../routes/app-context.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { jsonOf, refusals, time } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
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
