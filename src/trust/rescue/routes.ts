/** Takes in trust data of another server, a collection a request. */
import { z } from '@hono/zod-openapi'
import {
  largestTrustDocumentBytes,
  largestTrustImportBodyBytes,
  longestGun,
  longestRoleName,
  mostDocumentsOfTrustImport,
} from '../../limits.ts'
import { namespaceOf, withoutNamespace } from '../../names.ts'
import { requireRepository, rightOf } from '../../routes/shared/guards.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
import { parseGun } from '../gun.ts'
import { fromBase64 } from '../tuf/base64.ts'
import type { RoleFacts, SentDocument } from './collection.ts'
import { rescueError } from './failures.ts'
import { importCollection } from './import.ts'

export const rescueRoutes = apiRouter()

const longestContent = Math.ceil(largestTrustDocumentBytes / 3) * 4

const sent = z
  .strictObject({
    gun: z.string().max(longestGun).openapi({ example: 'registry.example.com/acme/app' }),
    documents: z
      .array(
        z.strictObject({
          role: z.string().max(longestRoleName).openapi({ example: 'targets/releases' }),
          content: z.string().max(longestContent).openapi({ description: 'the exact bytes in base64' }),
        }),
      )
      .max(mostDocumentsOfTrustImport)
      .openapi({
        description:
          'each version of the root that there is, and the current document of each other role, in any order',
      }),
  })
  .openapi('TrustImport')

const report = z
  .object({
    gun: z.string(),
    outcome: z.enum(['imported', 'continued', 'unchanged']).openapi({
      description: '`continued`: an earlier import had older versions; `unchanged`: all of it was here',
    }),
    oldestRoot: z.int().openapi({
      description: 'the oldest root that is here now: a client that knows only an older one has to forget it',
    }),
    roles: z.array(
      z.object({
        role: z.string(),
        version: z.int(),
        expires: z.string().openapi({ example: '2029-11-22T11:22:26.112Z' }),
        expired: z.boolean(),
        targets: z.int().optional().openapi({ description: 'how many targets it lists' }),
        flaw: z.string().optional().openapi({ description: 'why clients refuse it or pass over it' }),
      }),
    ),
    missingImages: z.object({
      count: z.int().openapi({ description: 'targets whose image is not in the repository' }),
      images: z.array(z.object({ name: z.string(), digest: z.string() })).openapi({ description: 'the first of them' }),
    }),
  })
  .openapi('TrustImportReport')

const postImportRoute = defineRoute({
  access: { administratorsMay: 'import trust data', largestBodyBytes: largestTrustImportBodyBytes },
  method: 'post',
  path: '/trust/imports',
  tags: ['trust data'],
  summary: 'Import a collection of another trust server',
  description:
    'For system administrators. The repository of the GUN must be here. The whole collection is verified and stored byte by byte, or nothing of it. What has expired is told, not refused. Trust data that is here is never replaced: newer versions continue it.',
  request: { body: bodyOf(sent) },
  responses: { 200: jsonOf(report, 'what the collection has'), ...refusals(400, 401, 403, 404, 405, 409, 503) },
})

rescueRoutes.openapi(postImportRoute, async function postImport(c) {
  const { gun: text, documents } = c.req.valid('json')
  const gun = parseGun(text)
  if (gun === undefined) throw rescueError({ kind: 'trust-import-gun-invalid', gun: text })
  const path = { namespace: namespaceOf(gun.repository), reponame: withoutNamespace(gun.repository) }
  const seen = await requireRepository(c, path, 'edit')
  const place = { right: rightOf(seen), repositoryId: seen.id, gun: text }
  const { roles, ...imported } = await importCollection(c.get('context'), place, documents.map(documentOf))
  const { outcome, oldestRoot, missingImages: missing } = imported
  const missingImages = { count: missing.count, images: [...missing.images] }
  return c.json({ gun: text, outcome, oldestRoot, roles: roles.map(roleJson), missingImages }, 200)
})

/** Decodes a document. @throws the error `trust-import-unsound` for what is not base64 */
function documentOf({ role, content }: { readonly role: string; readonly content: string }): SentDocument {
  const bytes = fromBase64(content)
  if (bytes === undefined) throw rescueError({ kind: 'trust-import-unsound', role, reason: { kind: 'no-base64' } })
  return { role, bytes }
}

const roleJson = ({ role, version, expires, isExpired: expired, targets, flaw }: RoleFacts) => ({
  role,
  version,
  expires: isoTime(expires),
  expired,
  ...(targets === undefined ? {} : { targets }),
  ...(flaw === undefined ? {} : { flaw }),
})
