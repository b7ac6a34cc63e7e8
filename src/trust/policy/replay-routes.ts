/** Replays: which of the recorded pulls a signature policy would have refused. */
import { z } from '@hono/zod-openapi'
import { longestReplayDays, mostPullsOfReplay } from '../../limits.ts'
import type { Account } from '../../auth/authorization.ts'
import type { AppContext } from '../../routes/app-context.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals, repositoryParameters, time } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
import {
  namespaceParameters,
  requirePolicyOfNamespace,
  requirePolicyOfRepository,
  teamReferences,
} from './policy-routes.ts'
import type { PolicyOwner } from './policy-store.ts'
import { findTeams } from './policies.ts'
import { replaySlice, type ReplayPage } from './replay.ts'

export const replayRoutes = apiRouter()

const dayMilliseconds = 24 * 3600 * 1000

const question = z
  .object({
    days: z.int().min(1).max(longestReplayDays).default(30),
    teams: teamReferences.optional().openapi({
      description: 'of a proposed policy; if omitted, the present policies count, as if all were enforced',
    }),
    next: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, { error: 'it must be the "next" of the page before' })
      .optional(),
  })
  .openapi('SignatureReplayQuestion')

const page = z
  .object({
    refused: z.array(
      z.object({
        repository: z.string().openapi({ example: 'acme/backend' }),
        name: z.string().openapi({ description: 'the tag that was pulled, or the digest', example: 'latest' }),
        digest: z.string(),
        caller: z.string().openapi({ description: 'empty for callers without a login', example: 'alice' }),
        teams: z
          .array(z.string())
          .openapi({ description: 'of which no member has signed', example: ['acme/security'] }),
        count: z.int(),
        lastPulledAt: time,
      }),
    ),
    pulls: z.int().openapi({ description: 'how many pulls this page looked at' }),
    next: z.string().optional().openapi({ description: 'begins the next page; missing on the last one' }),
  })
  .openapi('SignatureReplay')

const pageJson = ({ refused, pulls, next }: ReplayPage): z.infer<typeof page> => ({
  refused: refused.map(({ repository, name, digest, actor: caller, teams, count, lastAt }) => ({
    repository,
    name,
    digest,
    caller,
    teams: [...teams],
    count,
    lastPulledAt: isoTime(lastAt),
  })),
  pulls,
  ...(next === undefined ? {} : { next: String(next) }),
})

async function answer(
  c: AppContext,
  owner: PolicyOwner | undefined,
  caller: Account,
  { days, teams, next }: z.infer<typeof question>,
): Promise<z.infer<typeof page>> {
  const { db, now } = c.get('context')
  const proposed = teams === undefined ? undefined : await findTeams(db, teams, owner, caller)
  const place = { from: next === undefined ? undefined : Number(next), limit: mostPullsOfReplay }
  return pageJson(await replaySlice(db, { owner, since: now - days * dayMilliseconds, proposed }, place))
}

const whatItSays = `Answers by the signatures, teams and rights of now, and changes nothing. A page looks at ${mostPullsOfReplay} events, so it may have no pulls without being the last.`
const answers = { 200: jsonOf(page, 'a page, the newest pulls first'), ...refusals(400, 401, 403, 404) }

const replayOfRepository = defineRoute({
  access: { worksWithoutMajority: true },
  method: 'post',
  path: '/repositories/{namespace}/{reponame}/signaturePolicy/replay',
  tags: ['signature policies'],
  summary: 'Ask which recorded pulls of a repository a policy would have refused',
  description: `For administrators of the repository. ${whatItSays}`,
  request: { params: repositoryParameters, body: bodyOf(question) },
  responses: answers,
})

replayRoutes.openapi(replayOfRepository, async function replayRepository(c) {
  const { owner, account } = await requirePolicyOfRepository(c, c.req.valid('param'))
  return c.json(await answer(c, owner, account, c.req.valid('json')), 200)
})

const replayOfNamespace = defineRoute({
  access: { worksWithoutMajority: true },
  method: 'post',
  path: '/repositoryNamespaces/{namespace}/signaturePolicy/replay',
  tags: ['signature policies'],
  summary: 'Ask which recorded pulls of a namespace a policy would have refused',
  description: `For administrators of the namespace. ${whatItSays}`,
  request: { params: namespaceParameters, body: bodyOf(question) },
  responses: answers,
})

replayRoutes.openapi(replayOfNamespace, async function replayNamespace(c) {
  const { owner, account } = await requirePolicyOfNamespace(c, c.req.valid('param'))
  return c.json(await answer(c, owner, account, c.req.valid('json')), 200)
})

const replayOfRegistry = defineRoute({
  access: { worksWithoutMajority: true, administratorsMay: 'replay the pulls of the registry' },
  method: 'post',
  path: '/trust/replay',
  tags: ['signature policies'],
  summary: 'Ask which recorded pulls of all repositories a policy would have refused',
  description: whatItSays,
  request: { body: bodyOf(question) },
  responses: answers,
})

replayRoutes.openapi(replayOfRegistry, async function replayRegistry(c) {
  return c.json(await answer(c, undefined, requireAccount(c), c.req.valid('json')), 200)
})
