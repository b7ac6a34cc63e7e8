/** `pruning …`: the policies by which tags of a repository are deleted. */
import * as z from 'zod'
import type { Rule } from '../../../src/pruning/rules.ts'
import { path } from '../api.ts'
import { command, flag, value, type Command, type Input } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed } from '../output.ts'
import { parseRepository } from '../repository-name.ts'
import { prunedTag, pruningPolicy, type PruningPolicy } from '../schemas.ts'

const ruleOptions = {
  'tag-is': value('TAG,…', 'one of these'),
  'tag-is-not': value('TAG,…', 'none of these'),
  'tag-begins': value('TEXT,…', 'the tag begins with one of these'),
  'tag-ends': value('TEXT,…', 'the tag ends with one of these'),
  'tag-contains': value('TEXT,…', 'one of these is in the tag'),
  'tag-begins-not': value('TEXT,…', 'the tag begins with none of these'),
  'tag-ends-not': value('TEXT,…', 'the tag ends with none of these'),
  'tag-contains-not': value('TEXT,…', 'none of these is in the tag'),
  'older-than': value('DURATION', 'pushed last longer ago, like 30d or 36h30m'),
  'newer-than': value('DURATION', 'pushed last since then'),
  'pushed-before': value('TIME', 'pushed last before that, like 2026-01-31T00:00:00Z'),
  'pushed-after': value('TIME', 'pushed last after that'),
}
type RuleOption = keyof typeof ruleOptions

const meanings: Readonly<Record<RuleOption, readonly [field: string, operator: string]>> = {
  'tag-is': ['tag', 'oo'],
  'tag-is-not': ['tag', 'noo'],
  'tag-begins': ['tag', 'sw'],
  'tag-ends': ['tag', 'ew'],
  'tag-contains': ['tag', 'c'],
  'tag-begins-not': ['tag', 'nsw'],
  'tag-ends-not': ['tag', 'new'],
  'tag-contains-not': ['tag', 'nc'],
  'older-than': ['updated_at_duration', 'bf'],
  'newer-than': ['updated_at_duration', 'af'],
  'pushed-before': ['updated_at', 'bf'],
  'pushed-after': ['updated_at', 'af'],
}
const ruleNames: readonly RuleOption[] = [
  'tag-is',
  'tag-is-not',
  'tag-begins',
  'tag-ends',
  'tag-contains',
  'tag-begins-not',
  'tag-ends-not',
  'tag-contains-not',
  'older-than',
  'newer-than',
  'pushed-before',
  'pushed-after',
]

const list = command({
  words: 'pruning list',
  summary: 'the policies by which tags of a repository are deleted',
  arguments: ['NS/NAME'],
  async run(input, { api }) {
    return listed(
      await (await api()).get(policiesPath(input.argument('NS/NAME')), z.array(pruningPolicy)),
      {
        ID: ({ id }) => id,
        ENABLED: ({ enabled }) => enabled,
        RULES: rulesOf,
        TAGS: ({ tagsSince }) => (tagsSince === undefined ? 'all' : `pushed since ${tagsSince}`),
        // DTR's word for never is a time before all others.
        'LAST PRUNED': ({ lastPrunedAt }) => (lastPrunedAt.startsWith('0001-') ? 'never' : lastPrunedAt),
      },
      'The repository has no pruning policy.',
    )
  },
})

const add = command({
  words: 'pruning add',
  summary: 'deletes tags for which all that you say is true, every 15 minutes',
  arguments: ['NS/NAME'],
  options: { ...ruleOptions, 'all-tags': flag('those that are there already, too, and at once') },
  async run(input, { api }) {
    const whole = input.argument('NS/NAME')
    const query = { initialEvaluation: String(input.flag('all-tags')) }
    const body = { enabled: true, rules: rulesIn(input) }
    const made = await (await api()).send('POST', policiesPath(whole), body, pruningPolicy, query)
    return done(`The pruning policy ${made.id} of ${whole} was made: ${rulesOf(made)}.`, made)
  },
})

const test = command({
  words: 'pruning test',
  summary: 'which tags such a policy would delete; it deletes none',
  arguments: ['NS/NAME'],
  options: ruleOptions,
  async run(input, { api }) {
    const where = `${policiesPath(input.argument('NS/NAME'))}/test`
    const body = { rules: rulesIn(input) }
    return listed(
      await (await api()).list(where, z.array(prunedTag), (page) => page, { body }),
      { TAG: ({ name }) => name, DIGEST: ({ digest }) => digest },
      'It would delete no tag.',
    )
  },
})

const remove = command({
  words: 'pruning remove',
  summary: 'deletes a policy, and no tag',
  arguments: ['NS/NAME', 'ID'],
  async run(input, { api }) {
    const [whole, id] = [input.argument('NS/NAME'), input.argument('ID')]
    await (await api()).order('DELETE', policiesPath(whole) + path`/${id}`)
    return done(`Removed the pruning policy ${id} of ${whole}.`)
  },
})

export const pruningCommands: readonly Command[] = [list, add, test, remove]

function policiesPath(repository: string): string {
  const { namespace, name } = parseRepository(repository)
  return path`/api/v0/repositories/${namespace}/${name}/pruningPolicies`
}

/** @throws UsageError when nothing was said */
function rulesIn(input: Input<never, RuleOption>): Rule[] {
  const rules = ruleNames.flatMap((option): Rule[] => {
    const text = input.text(option)
    const [field, operator] = meanings[option]
    return text === undefined ? [] : [{ field, operator, values: text.split(',').map((part) => part.trim()) }]
  })
  if (rules.length === 0) throw new UsageError(`say which tags, with --${ruleNames.join(', --')}`)
  return rules
}

/** In the words of the options, so that the same may be typed again. */
export const rulesOf = ({ rules }: Pick<PruningPolicy, 'rules'>): string =>
  rules
    .map(({ field, operator, values }) => {
      const option = optionFor(field, operator)
      return option === undefined ? `${field} ${operator} ${values.join(',')}` : `--${option} ${values.join(',')}`
    })
    .join(' ')

/** DTR has two words for one of several. */
const optionFor = (field: string, operator: string): RuleOption | undefined =>
  ruleNames.find((name) => {
    const [ofField, ofOperator] = meanings[name]
    return field === ofField && (operator === 'eq' && field === 'tag' ? 'oo' : operator) === ofOperator
  })
