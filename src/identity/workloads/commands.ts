/** `ci …`: the rules by which CI jobs get in without a stored secret, and what they would give. */
import { readFileSync } from 'node:fs'
import { answer, type Api, type Schemas } from '../../../scripts/admin/api.ts'
import {
  argument,
  choice,
  command,
  flag,
  oneOf,
  optionalArgument,
  text,
  texts,
  type CommandGroup,
} from '../../../scripts/admin/command.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { done, listed, shown, type Output } from '../../../scripts/admin/output.ts'
import { expressionOf, warningsOf } from './advice.ts'
import { compileCondition, isCondition } from './condition.ts'
import { conditionRefusal } from './failures.ts'
import { toldClaims, unverifiedClaims } from './subject-token.ts'

type Rule = Schemas['WorkloadRule']
type KeySet = NonNullable<Schemas['NewWorkloadRule']['keySet']>

const one = '/api/v0/workloadRules/{rulename}'

const levels = ['read-only', 'read-write'] as const

const rule = command({
  name: 'rule',
  summary: 'List, show, set or delete the rules by which CI jobs get in',
  example:
    'ci rule set deploy --issuer https://token.actions.githubusercontent.com --condition rule.cel --repositories acme/app --level read-write',
  arguments: { action: choice('ACTION', ['list', 'show', 'set', 'delete']), name: optionalArgument('NAME') },
  options: {
    issuer: text('URL', 'for "set": the iss of the tokens'),
    audience: text('TEXT', 'for "set": the aud of the tokens (default: the origin of this registry)'),
    condition: text('FILE', 'for "set": the file of the expression in CEL over their claims'),
    repositories: texts('PLACE', 'for "set", repeatable: acme/app, or acme/* for all of a namespace'),
    level: oneOf('LEVEL', levels, 'for "set": what they may do (default: read-only)'),
    keys: text('FILE', 'for "set": the key set of the issuer, where the registry cannot reach it'),
    anyNetwork: flag('for "set": a token may come again from another network'),
    disabled: flag('for "set": the rule lets no job in'),
  },
  async run({ action, name }, options, { api }) {
    if (action === 'list') return listRules(api)
    if (name === undefined) throw new UsageError('name the rule, as "ci rule list" shows it')
    const path = { rulename: name }
    if (action === 'show') return shownRule(await answer(api.GET(one, { params: { path } })))
    if (action === 'delete') {
      await api.DELETE(one, { params: { path } })
      return done(`Deleted the rule ${name}: the registry tokens that it gave change nothing any more.`)
    }
    return setRule(api, name, options)
  },
})

async function listRules(api: Api): Promise<Output> {
  return listed(
    await answer(api.GET('/api/v0/workloadRules')),
    {
      NAME: ({ name }) => name,
      ISSUER: ({ issuer }) => issuer,
      CONDITION: ({ condition }) => condition.replaceAll(/\s+/g, ' '),
      REPOSITORIES: ({ repositories }) => repositories.join(','),
      LEVEL: ({ level }) => level,
      ENABLED: ({ enabled }) => enabled,
      'LAST USED': lastUse,
    },
    'No rule lets CI jobs in.',
  )
}

// DTR's word for never is a time before all others.
const lastUse = ({ lastUsedAt }: Rule): string => (lastUsedAt.startsWith('0001-') ? 'never' : lastUsedAt)

const shownRule = (found: Rule): Output =>
  shown(found, {
    ...found,
    repositories: found.repositories.join(','),
    lastUsedAt: lastUse(found),
    warnings: found.warnings.join('; '),
  })

interface SetOptions {
  readonly issuer: string | undefined
  readonly audience: string | undefined
  readonly condition: string | undefined
  readonly repositories: readonly string[]
  readonly level: (typeof levels)[number] | undefined
  readonly keys: string | undefined
  readonly anyNetwork: boolean
  readonly disabled: boolean
}

async function setRule(api: Api, name: string, options: SetOptions): Promise<Output> {
  const { issuer, audience, condition: file, repositories, level = 'read-only', keys, anyNetwork, disabled } = options
  if (issuer === undefined || file === undefined || repositories.length === 0) {
    throw new UsageError('a rule needs --issuer, --condition and --repositories')
  }
  const body = {
    issuer,
    condition: readText(file),
    repositories: [...repositories],
    level,
    anyNetwork,
    enabled: !disabled,
    ...(audience === undefined ? {} : { audience }),
    ...(keys === undefined ? {} : { keySet: readKeys(keys) }),
  }
  const set = await answer(api.PUT(one, { params: { path: { rulename: name } }, body }))
  const said = `Jobs with a token for ${set.audience} that the rule ${name} matches may ${level === 'read-only' ? 'pull' : 'push and pull'} ${set.repositories.join(', ')}.`
  return { data: set, lines: [said, ...set.warnings.map((warning) => `Warning: ${warning}.`)] }
}

/** Reads a key set. The registry checks it. @throws UsageError */
function readKeys(file: string): KeySet {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry refuses what it is not
    return JSON.parse(readText(file)) as KeySet
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} is no key set in JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Reads a file without the white space around it. @throws UsageError */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const trial = command({
  name: 'try',
  summary: 'Tell whether an expression matches a token, without using the token',
  example: 'ci try rule.cel token.jwt',
  arguments: { condition: argument('RULE.CEL'), token: argument('TOKEN.JWT') },
  options: { verify: flag('also ask the registry: check the signature, and ask the rules that it has') },
  async run({ condition: file, token: tokenFile }, { verify }, { api }) {
    const token = readText(tokenFile)
    const tried = await tryHere(readText(file), token)
    if (!verify) return tried
    const asked = await answer(api.POST('/api/v0/workloadRules/test', { body: { token } }))
    return { data: { ...tried.data, registry: asked }, lines: [...tried.lines, ...linesOf(asked)] }
  },
})

/** Tests an expression here, where no signature can be checked. @throws UsageError */
async function tryHere(expression: string, token: string) {
  const condition = await compileCondition(expression)
  if (!isCondition(condition)) throw new UsageError(`the condition cannot be used: ${conditionRefusal(condition)}`)
  const claims = unverifiedClaims(token)
  if (claims === undefined) throw new UsageError('the token is no JSON Web Token, or too long')
  const verdict = condition.test(claims)
  const why = verdict.matches || verdict.why === undefined ? '' : ` (${verdict.why})`
  const warnings = warningsOf(condition.reads)
  const lines = [
    verdict.matches ? 'The expression matches the token.' : `The expression does not match the token${why}.`,
    'The signature, the end and the audience of the token were not checked.',
    ...Object.entries(toldClaims(claims)).map(([name, value]) => `  ${expressionOf(name)}: ${value}`),
    ...warnings.map((warning) => `Warning: ${warning}.`),
  ]
  return { lines, data: { ...verdict, isVerified: false, claims, warnings } }
}

function linesOf({ refusal, rules }: Schemas['WorkloadTrial']): readonly string[] {
  if (refusal !== undefined) return [`The registry refuses the token: ${refusal}.`]
  const matching = rules.filter(({ matches }) => matches)
  if (matching.length === 0) return ['The registry has checked the token, and none of its rules matches.']
  return matching.map(
    ({ name, level, repositories }) => `The rule ${name} of the registry gives ${level} on ${repositories.join(', ')}.`,
  )
}

export const ci: CommandGroup = {
  name: 'ci',
  summary: 'Let CI jobs in without a stored secret',
  commands: [rule, trial],
}
