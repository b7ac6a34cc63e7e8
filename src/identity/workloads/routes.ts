/** Routes of the rules by which workloads get in, for system administrators. */
import { z } from '@hono/zod-openapi'
import {
  longestAudience,
  longestCondition,
  longestIssuer,
  longestKeySet,
  longestRepositoryName,
  longestWorkloadRuleName,
  longestWorkloadToken,
  mostKeysOfIssuer,
  mostRepositoriesOfRule,
} from '../../limits.ts'
import { isWorkloadRuleName } from '../../names.ts'
import { neverTime } from '../../routes/shared/schemas.ts'
import { originOf, type AppContext } from '../../routes/app-context.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, lineText, refusals, time } from '../../routes/shared/schemas.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { isoTime } from '../../util/iso-time.ts'
import { identitySettings } from '../settings.ts'
import { phrase } from '../../failures/failure.ts'
import { whyWorkloadRefused } from '../../failures/workloads.ts'
import { examine } from './admission.ts'
import { workloadRuleError } from './failures.ts'
import { deleteRule, findRule, listRules, patternOf, type RuleRecord } from './rule-store.ts'
import { placeOf, warningsAbout, writeRule } from './rules.ts'
import { toldClaims } from './subject-token.ts'

export const workloadRoutes = apiRouter()

const administratorsMay = 'see and write the rules by which CI jobs get in'

const ruleName = z
  .string()
  .refine(isWorkloadRuleName, {
    error: `use up to ${longestWorkloadRuleName} lower-case letters and digits, separated by ".", "_" or "-"`,
  })
  .openapi({ minLength: 1, maxLength: longestWorkloadRuleName })

const parameters = z.object({
  rulename: ruleName.openapi({ param: { name: 'rulename', in: 'path' }, example: 'deploy' }),
})

const level = z.enum(['read-only', 'read-write'])
const repository = z
  .string()
  .max(longestRepositoryName)
  .refine((pattern) => placeOf(pattern) !== undefined, {
    error: 'name a repository like "acme/app", or all of a namespace as "acme/*"',
  })

const newRule = z
  .object({
    issuer: lineText(longestIssuer)
      .min(1)
      .openapi({ description: 'the iss of the tokens', example: 'https://token.actions.githubusercontent.com' }),
    audience: lineText(longestAudience)
      .min(1)
      .optional()
      .openapi({ description: 'the aud of the tokens; this registry, as "https://registry.example.com", if missing' }),
    condition: z.string().min(1).max(longestCondition).openapi({
      description: 'an expression in CEL over `claims`, which gives true for the workloads that get in',
      example: 'claims.repository_id == "1234" && claims.ref == "refs/heads/main"',
    }),
    repositories: z
      .array(repository)
      .min(1)
      .max(mostRepositoriesOfRule)
      .openapi({
        description: 'what they may use: "acme/app", or "acme/*" for all of a namespace',
        example: ['acme/app'],
      }),
    level: level.default('read-only').openapi({ description: 'read-write pushes and deletes content too' }),
    keySet: z
      .looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(mostKeysOfIssuer) })
      .refine((keys) => JSON.stringify(keys).length <= longestKeySet, {
        error: `it may have at most ${longestKeySet} characters in JSON`,
      })
      .optional()
      .openapi({
        description:
          'the public keys of the issuer (RFC 7517), where the registry cannot reach it; it is asked for them if missing',
      }),
    enabled: z.boolean().default(true),
    anyNetwork: z.boolean().default(false).openapi({
      description: 'a token that is used as a password may come again from another network than the first time',
    }),
  })
  .openapi('NewWorkloadRule')

const rule = z
  .object({
    name: z.string().openapi({ example: 'deploy' }),
    issuer: z.string(),
    audience: z.string(),
    condition: z.string(),
    repositories: z.array(z.string()),
    level,
    hasKeys: z.boolean().openapi({ description: 'whether it has the keys of the issuer, and does not ask for them' }),
    enabled: z.boolean(),
    anyNetwork: z.boolean(),
    updatedAt: time,
    lastUsedAt: z
      .string()
      .openapi({ format: 'date-time', description: `when a new token last got in; ${neverTime} if never` }),
    warnings: z.array(z.string()).openapi({ description: 'what its author should know' }),
  })
  .openapi('WorkloadRule')

/** Returns the origin of this registry: as the settings say, or as the administrator asked it. */
async function ownOrigin(c: AppContext): Promise<string> {
  const { db, now } = c.get('context')
  const { publicOrigin } = await currentSettingsOf(db, now, identitySettings)
  return publicOrigin === '' ? originOf(c) : publicOrigin
}

async function shown(record: RuleRecord, origin: string): Promise<z.infer<typeof rule>> {
  const { id: _, places, keySet, updatedAt, lastUsedAt, ...said } = record
  return {
    ...said,
    hasKeys: keySet !== undefined,
    repositories: places.map(patternOf),
    updatedAt: isoTime(updatedAt),
    lastUsedAt: lastUsedAt === undefined ? neverTime : isoTime(lastUsedAt),
    warnings: await warningsAbout(record, origin),
  }
}

const listRoute = defineRoute({
  access: { administratorsMay },
  method: 'get',
  path: '/workloadRules',
  tags: ['workloads'],
  summary: 'List the rules by which CI jobs get in',
  description: 'For system administrators. By name; all of them, as a registry has few.',
  responses: { 200: jsonOf(z.array(rule), 'the rules'), ...refusals(401, 403) },
})

workloadRoutes.openapi(listRoute, async function listWorkloadRules(c) {
  const rules = await listRules(c.get('context').db)
  const origin = await ownOrigin(c)
  return c.json(await Promise.all(rules.map((one) => shown(one, origin))), 200)
})

const getRoute = defineRoute({
  access: { administratorsMay },
  method: 'get',
  path: '/workloadRules/{rulename}',
  tags: ['workloads'],
  summary: 'Get a rule by which CI jobs get in',
  description: 'For system administrators.',
  request: { params: parameters },
  responses: { 200: jsonOf(rule, 'the rule'), ...refusals(400, 401, 403, 404) },
})

workloadRoutes.openapi(getRoute, async function getWorkloadRule(c) {
  const { rulename: name } = c.req.valid('param')
  const found = await findRule(c.get('context').db, name)
  if (found === undefined) throw workloadRuleError({ kind: 'workload-rule-unknown', name })
  return c.json(await shown(found, await ownOrigin(c)), 200)
})

const putRoute = defineRoute({
  access: { administratorsMay },
  method: 'put',
  path: '/workloadRules/{rulename}',
  tags: ['workloads'],
  summary: 'Write a rule by which CI jobs get in',
  description:
    'For system administrators with a password or a session. Replaces a rule of the same name; registry tokens that it gave change nothing any more.',
  request: { params: parameters, body: bodyOf(newRule) },
  responses: {
    200: jsonOf(rule, 'the changed rule'),
    201: jsonOf(rule, 'the new rule'),
    ...refusals(400, 401, 403, 409),
  },
})

workloadRoutes.openapi(putRoute, async function putWorkloadRule(c) {
  requirePassword(c, { kind: 'declared-by-route', words: administratorsMay })
  const { rulename: name } = c.req.valid('param')
  const origin = await ownOrigin(c)
  const { repositories, audience = origin, keySet: keys, ...said } = c.req.valid('json')
  const places = repositories.flatMap((pattern) => placeOf(pattern) ?? [])
  const context = c.get('context')
  const attribution = { by: requireAccount(c).name, now: context.now }
  const keySet = keys === undefined ? undefined : JSON.stringify(keys)
  const written = await writeRule(context, { ...said, name, audience, places, keySet }, attribution)
  return c.json(await shown(written.rule, origin), written.isNew ? 201 : 200)
})

const deleteRoute = defineRoute({
  access: { administratorsMay },
  method: 'delete',
  path: '/workloadRules/{rulename}',
  tags: ['workloads'],
  summary: 'Delete a rule by which CI jobs get in',
  description:
    'For system administrators with a password or a session. Registry tokens that it gave change nothing any more.',
  request: { params: parameters },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404) },
})

workloadRoutes.openapi(deleteRoute, async function deleteWorkloadRule(c) {
  requirePassword(c, { kind: 'declared-by-route', words: administratorsMay })
  const { rulename: name } = c.req.valid('param')
  const { db, now } = c.get('context')
  const isDeleted = await deleteRule(db, name, { by: requireAccount(c).name, now })
  if (!isDeleted) throw workloadRuleError({ kind: 'workload-rule-unknown', name })
  return c.body(null, 204)
})

const trial = z
  .object({
    refusal: z.string().optional().openapi({ description: 'why no rule was asked; missing if the token is good' }),
    claims: z.record(z.string(), z.string()).openapi({ description: 'what the event of a login would say' }),
    rules: z.array(
      z.object({
        name: z.string(),
        matches: z.boolean(),
        why: z.string().optional().openapi({ description: 'why it does not match, where that is more than false' }),
        repositories: z.array(z.string()),
        level,
      }),
    ),
  })
  .openapi('WorkloadTrial')

const testRoute = defineRoute({
  access: { administratorsMay },
  method: 'post',
  path: '/workloadRules/test',
  tags: ['workloads'],
  summary: 'Tell what a token of a CI job would give',
  description:
    'For system administrators. Checks the token with the keys of its issuer, asks each enabled rule of the issuer, and does not use the token.',
  request: { body: bodyOf(z.object({ token: z.string().min(1).max(longestWorkloadToken) }).openapi('TriedToken')) },
  responses: { 200: jsonOf(trial, 'what it would give'), ...refusals(400, 401, 403, 503) },
})

workloadRoutes.openapi(testRoute, async function testWorkloadToken(c) {
  const examined = await examine(c.get('context'), c.req.valid('json').token)
  if ('kind' in examined) return c.json({ refusal: phrase(whyWorkloadRefused, examined), claims: {}, rules: [] }, 200)
  const rules = examined.judged.map(({ rule: { name, places, level: given }, verdict }) => ({
    name,
    ...verdict,
    repositories: places.map(patternOf),
    level: given,
  }))
  return c.json({ claims: toldClaims(examined.token.claims), rules }, 200)
})
