/** Schemas that many routes share, in DTR's field names; each is validation and documentation at once. */
import { z } from '@hono/zod-openapi'
import { accessLevels } from '../../access-levels.ts'
import { longestAccountName, longestRepositoryName, longestTeamName, longestTimeText } from '../../limits.ts'
import { isPlainLine, isPlainText } from '../../util/plain-text.ts'
import { accountPattern, isAccountName, isRepositoryName, isTeamName, teamPattern } from '../../names.ts'

export const notPlainLine =
  'it has a control character, a line break or a character that changes the text direction: remove it'

/** Makes the schema of one line for people to read: see `util/plain-text.ts`. */
export const lineText = (longest: number) => z.string().max(longest).refine(isPlainLine, { error: notPlainLine })

/**
 * Makes the schema of a text of several lines for people to read. CRLF becomes LF; any other carriage return is
 * refused.
 */
export const linesText = (longest: number) =>
  z
    .string()
    .max(longest)
    .overwrite((text) => text.replaceAll('\r\n', '\n'))
    .refine(isPlainText, {
      error: 'it has a control character or a character that changes the text direction: remove it',
    })

/** Returns the document of a grammar that the refinement checks. */
const grammarOf = (pattern: RegExp, maxLength: number) => ({ pattern: pattern.source, minLength: 1, maxLength })

export const accountNameText = z
  .string()
  .refine(isAccountName, {
    error: `use up to ${longestAccountName} lower-case letters and digits, separated by ".", "_" or "-"`,
  })
  .openapi(grammarOf(accountPattern, longestAccountName))

export const repositoryNameText = z
  .string()
  .max(longestRepositoryName)
  .refine(isRepositoryName, { error: 'name a repository with its namespace, like acme/backend' })
  .openapi({ example: 'acme/backend' })

export const teamNameText = z
  .string()
  .refine(isTeamName, { error: `use up to ${longestTeamName} letters and digits, separated by ".", "_" or "-"` })
  .openapi(grammarOf(teamPattern, longestTeamName))

/** Parameters whose account can only be a user. */
const userParameters: ReadonlySet<string> = new Set(['username', 'membername'])

/** Makes the path parameter for the name of a user or an organization. */
export const accountParameter = (name: string) =>
  accountNameText.openapi({ param: { name, in: 'path' }, example: userParameters.has(name) ? 'alice' : 'acme' })

export const teamParameter = teamNameText.openapi({ param: { name: 'teamname', in: 'path' }, example: 'developers' })

/** The parameters of a path that names a repository; deeper names are one parameter, with `/` written `%2F`. */
export const repositoryParameters = z.object({
  namespace: accountParameter('namespace'),
  reponame: z
    .string()
    .min(1)
    .max(longestRepositoryName)
    .openapi({ param: { name: 'reponame', in: 'path' }, example: 'backend' }),
})

/** Makes a query parameter that is on or off. */
export const switchQuery = (name: string, usual: 'true' | 'false', description?: string) =>
  z
    .enum(['true', 'false'])
    .default(usual)
    .openapi({ param: { name, in: 'query' }, ...(description === undefined ? {} : { description }) })

export const accessLevel = z.enum(accessLevels).openapi('AccessLevel')

export const problems = z
  .object({
    errors: z.array(
      z.object({
        code: z.string().openapi({ example: 'NO_SUCH_REPOSITORY' }),
        message: z.string(),
        detail: z.unknown().optional(),
      }),
    ),
  })
  .openapi('Errors')

/** Makes an answer in JSON, for the `responses` of a route. */
export const jsonOf = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** Makes the JSON body of a request. */
export const bodyOf = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
})

const reasons = {
  400: 'the request is not valid',
  401: 'log in with valid credentials',
  403: 'you have access, but not this permission',
  404: 'it does not exist, or you have no access to it',
  405: 'the registry is read-only',
  406: 'the response is always JSON',
  409: 'it conflicts with the current state',
  415: 'the body must be JSON',
  429: 'too many requests: wait as Retry-After says',
  500: 'the registry failed',
  503: 'the replicas have no majority',
} as const

/** Makes the answers of a route that refuses: `...refusals(401, 404)`. */
export function refusals<Status extends keyof typeof reasons>(...statuses: readonly Status[]) {
  const entries = statuses.map((status) => [status, jsonOf(problems, reasons[status])] as const)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `fromEntries` forgets which keys it was given
  return Object.fromEntries(entries) as Record<Status, ReturnType<typeof jsonOf<typeof problems>>>
}

/**
 * Makes the query parameter for a time, parsed to milliseconds since 1970. A query is a form, in which the bare plus of
 * an offset from UTC means a space, so a space is read as a plus.
 */
export const instantQuery = (name: string, description?: string) =>
  z
    .string()
    .max(longestTimeText)
    .transform((text) => text.replace(' ', '+'))
    .pipe(z.iso.datetime({ offset: true, error: 'it must be a time like 2026-01-31T09:30:00Z' }))
    .transform((text) => Date.parse(text))
    .optional()
    .openapi({
      param: { name, in: 'query' },
      type: 'string',
      format: 'date-time',
      ...(description === undefined ? {} : { description }),
    })

/** A time in a body, parsed to milliseconds since 1970. */
export const instant = z.iso
  .datetime({ offset: true, error: 'it must be a time like 2026-01-31T09:30:00Z' })
  .max(longestTimeText)
  .transform((text) => Date.parse(text))
  .openapi({ type: 'string', format: 'date-time' })

/** A time as DTR writes it, for something that has not happened yet. */
export const neverTime = '0001-01-01T00:00:00Z'

/** A time as DTR writes it: `isoTime`. */
export const time = z.iso.datetime().openapi({ example: '2026-01-31T09:30:00.000Z' })
