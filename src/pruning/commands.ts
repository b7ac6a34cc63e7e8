/** `pruning …`: the policies by which tags of a repository are deleted. */
import { answer, listAll, type Schemas } from '../../scripts/admin/api.ts'
import { argument, command, flag, text, type CommandGroup, type Values } from '../../scripts/admin/command.ts'
import { UsageError } from '../../scripts/admin/errors.ts'
import { done, listed } from '../../scripts/admin/output.ts'
import { flagOf } from '../../scripts/admin/program.ts'
import { parseRepository } from '../../scripts/admin/repository-name.ts'

type Rule = Schemas['PruningRule']

const ruleOptions = {
  tagIs: text('TAG,…', 'the tag is one of these'),
  tagIsNot: text('TAG,…', 'the tag is none of these'),
  tagBegins: text('TEXT,…', 'the tag begins with one of these'),
  tagEnds: text('TEXT,…', 'the tag ends with one of these'),
  tagContains: text('TEXT,…', 'one of these is in the tag'),
  tagBeginsNot: text('TEXT,…', 'the tag begins with none of these'),
  tagEndsNot: text('TEXT,…', 'the tag ends with none of these'),
  tagContainsNot: text('TEXT,…', 'none of these is in the tag'),
  olderThan: text('DURATION', 'pushed last longer ago, like 30d or 36h30m'),
  newerThan: text('DURATION', 'pushed last since then'),
  pushedBefore: text('TIME', 'pushed last before that, like 2026-01-31T00:00:00Z'),
  pushedAfter: text('TIME', 'pushed last after that'),
}
type RuleOption = keyof typeof ruleOptions

interface Meaning {
  readonly option: RuleOption
  readonly field: string
  readonly operator: string
}

const meanings: readonly Meaning[] = [
  { option: 'tagIs', field: 'tag', operator: 'oo' },
  { option: 'tagIsNot', field: 'tag', operator: 'noo' },
  { option: 'tagBegins', field: 'tag', operator: 'sw' },
  { option: 'tagEnds', field: 'tag', operator: 'ew' },
  { option: 'tagContains', field: 'tag', operator: 'c' },
  { option: 'tagBeginsNot', field: 'tag', operator: 'nsw' },
  { option: 'tagEndsNot', field: 'tag', operator: 'new' },
  { option: 'tagContainsNot', field: 'tag', operator: 'nc' },
  { option: 'olderThan', field: 'updated_at_duration', operator: 'bf' },
  { option: 'newerThan', field: 'updated_at_duration', operator: 'af' },
  { option: 'pushedBefore', field: 'updated_at', operator: 'bf' },
  { option: 'pushedAfter', field: 'updated_at', operator: 'af' },
]

const place = argument('NAMESPACE/NAME', parseRepository)

const list = command({
  name: 'list',
  summary: 'List the pruning policies of a repository',
  example: 'pruning list acme/backend/api',
  arguments: { place },
  async run({ place: path }, _options, { api }) {
    const where = '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies'
    return listed(
      await answer(api.GET(where, { params: { path } })),
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
  name: 'add',
  summary: 'Add a policy that deletes matching tags (evaluated every 15 minutes)',
  example: 'pruning add acme/backend/api --tag-begins nightly-,pr- --older-than 720h --all-tags',
  arguments: { place },
  options: { ...ruleOptions, allTags: flag('also apply to existing tags, immediately') },
  async run({ place: path }, { allTags, ...options }, { api }) {
    const where = '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies'
    const query = { initialEvaluation: allTags ? ('true' as const) : ('false' as const) }
    const body = { enabled: true, rules: rulesIn(options) }
    const made = await answer(api.POST(where, { params: { path, query }, body }))
    return done(`Added the pruning policy ${made.id} of ${nameOf(path)}: ${rulesOf(made)}.`, made)
  },
})

const test = command({
  name: 'test',
  summary: 'List the tags that such a policy would delete, and delete none',
  example: 'pruning test acme/backend/api --tag-begins nightly- --older-than 30d',
  arguments: { place },
  options: ruleOptions,
  async run({ place: path }, options, { api }) {
    const where = '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies/test'
    const body = { rules: rulesIn(options) }
    return listed(
      await listAll(
        (query) => api.POST(where, { params: { path, query }, body }),
        (page) => page,
      ),
      { TAG: ({ name }) => name, DIGEST: ({ digest }) => digest },
      'It would delete no tag.',
    )
  },
})

const remove = command({
  name: 'remove',
  summary: 'Remove a policy, but no tag',
  example: 'pruning remove acme/backend/api 0198c2f4-5d1e-7a30-9b6c-2f1f4f0e7d11',
  arguments: { place, id: argument('ID') },
  async run({ place: path, id }, _options, { api }) {
    const where = '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies/{pruningpolicyid}'
    await api.DELETE(where, { params: { path: { ...path, pruningpolicyid: id } } })
    return done(`Removed the pruning policy ${id} of ${nameOf(path)}.`)
  },
})

const pruning: CommandGroup = {
  name: 'pruning',
  summary: 'Manage the policies by which tags are deleted',
  commands: [list, add, test, remove],
}

const nameOf = ({ namespace, reponame }: { namespace: string; reponame: string }): string => `${namespace}/${reponame}`

/** Reads the rules from the options. @throws UsageError when no rule is given */
function rulesIn(options: Values<typeof ruleOptions>): Rule[] {
  const rules = meanings.flatMap(({ option, field, operator }): Rule[] => {
    const values = options[option]
    return values === undefined ? [] : [{ field, operator, values: values.split(',').map((part) => part.trim()) }]
  })
  if (rules.length === 0) {
    throw new UsageError(`say which tags, with ${meanings.map(({ option }) => flagOf(option)).join(', ')}`)
  }
  return rules
}

/** Returns the rules in the words of the options, so that the same may be typed again. */
const rulesOf = ({ rules }: { readonly rules: readonly Rule[] }): string =>
  rules
    .map(({ field, operator, values }) => {
      const option = optionFor(field, operator)
      return `${option === undefined ? `${field} ${operator}` : flagOf(option)} ${values.join(',')}`
    })
    .join(' ')

/** Returns the option that makes such a rule. DTR has two words for one of several tags. */
const optionFor = (field: string, operator: string): RuleOption | undefined =>
  meanings.find(
    (meaning) =>
      field === meaning.field && (operator === 'eq' && field === 'tag' ? 'oo' : operator) === meaning.operator,
  )?.option

export const commands: readonly CommandGroup[] = [pruning]
