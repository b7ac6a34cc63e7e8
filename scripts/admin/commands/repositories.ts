/** `repository …`. */
import { path } from '../api.ts'
import { command, flag, value, type Command, type Input } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, shown } from '../output.ts'
import { parseRepository } from '../repository-name.ts'
import { repositories, repository, type Repository } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './account-deletion.ts'
import { listTags, tagTable } from './tags.ts'

const fieldOptions = {
  public: flag('everybody may pull, even without a login'),
  private: flag('only who was given access may see it'),
  description: value('TEXT', 'what it is, in a line'),
  'long-description': value('TEXT', 'what there is to know of it'),
  'immutable-tags': flag('a tag that was pushed is never moved'),
  'no-immutable-tags': flag('tags may be moved'),
  'tag-limit': value('NUMBER', 'of more tags the oldest go; 0 is without limit'),
}

const mostTagsShown = 20

const list = command({
  words: 'repository list',
  summary: 'the repositories that you may see, of one namespace or of all',
  optionalArgument: 'NAMESPACE',
  async run(input, { api }) {
    const namespace = input.optionalArgument()
    const where = namespace === undefined ? '/api/v0/repositories' : path`/api/v0/repositories/${namespace}`
    const found = await (await api()).list(where, repositories, (page) => page.repositories)
    return listed(
      found,
      {
        NAME: nameOf,
        VISIBILITY: ({ visibility }) => visibility,
        PULLS: ({ pulls }) => pulls,
        PUSHES: ({ pushes }) => pushes,
        DESCRIPTION: ({ shortDescription }) => shortDescription,
      },
      'There is no repository that you may see.',
    )
  },
})

const show = command({
  words: 'repository show',
  summary: 'a repository with its first tags',
  arguments: ['NS/NAME'],
  async run(input, { api }) {
    const whole = input.argument('NS/NAME')
    const { namespace, name } = parseRepository(whole)
    const registry = await api()
    const found = await registry.get(path`/api/v0/repositories/${namespace}/${name}`, repository)
    const tags = await listTags(registry, whole, mostTagsShown + 1)
    const { lines } = shown(found, {
      name: nameOf(found),
      visibility: found.visibility,
      description: found.shortDescription,
      'long description': found.longDescription,
      'immutable tags': found.immutableTags,
      'tag limit': found.tagLimit === 0 ? 'none' : found.tagLimit,
      pulls: found.pulls,
      pushes: found.pushes,
    })
    const first = tags.slice(0, mostTagsShown)
    const more = tags.length > first.length ? [`There are more: "tag list ${whole}" shows all.`] : []
    return { data: { ...found, tags: first }, lines: [...lines, '', ...tagTable(first).lines, ...more] }
  },
})

const create = command({
  words: 'repository create',
  summary: 'makes a repository, private unless you say otherwise',
  arguments: ['NS/NAME'],
  options: fieldOptions,
  async run(input, { api }) {
    const { namespace, name } = parseRepository(input.argument('NS/NAME'))
    const body = { name, visibility: 'private', ...fieldsOf(input) }
    const made = await (await api()).send('POST', path`/api/v0/repositories/${namespace}`, body, repository)
    return done(`The ${made.visibility} repository ${nameOf(made)} was made.`, made)
  },
})

const edit = command({
  words: 'repository edit',
  summary: 'changes what you name, and nothing else',
  arguments: ['NS/NAME'],
  options: fieldOptions,
  async run(input, { api }) {
    const { namespace, name } = parseRepository(input.argument('NS/NAME'))
    const changes = fieldsOf(input)
    if (Object.keys(changes).length === 0) throw new UsageError('there is nothing to change')
    const where = path`/api/v0/repositories/${namespace}/${name}`
    const changed = await (await api()).send('PATCH', where, changes, repository)
    return done(`${nameOf(changed)} was changed.`, changed)
  },
})

const remove = command({
  words: 'repository delete',
  summary: 'deletes a repository with all of its images',
  arguments: ['NS/NAME'],
  options: yesOption,
  async run(input, { api }) {
    const whole = input.argument('NS/NAME')
    const { namespace, name } = parseRepository(whole)
    const registry = await api()
    await confirm(whole, `Deleting the repository ${whole} with all of its images`, input.flag('yes'))
    await registry.order('DELETE', path`/api/v0/repositories/${namespace}/${name}`)
    return done(`Deleted the repository ${whole}.`)
  },
})

export const repositoryCommands: readonly Command[] = [list, show, create, edit, remove]

const nameOf = ({ namespace, name }: Repository): string => `${namespace}/${name}`

/** @throws UsageError */
function fieldsOf(input: Input<never, keyof typeof fieldOptions>): Record<string, string | number | boolean> {
  const immutable = either(input, 'immutable-tags', 'no-immutable-tags')
  const open = either(input, 'public', 'private')
  const fields = {
    visibility: open === undefined ? undefined : open ? 'public' : 'private',
    shortDescription: input.text('description'),
    longDescription: input.text('long-description'),
    immutableTags: immutable,
    tagLimit: input.number('tag-limit'),
  }
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => (field === undefined ? [] : [[name, field]])),
  )
}

/** @returns undefined when neither was said */
function either(
  input: Input<never, keyof typeof fieldOptions>,
  yes: keyof typeof fieldOptions,
  no: keyof typeof fieldOptions,
): boolean | undefined {
  const [isYes, isNo] = [input.flag(yes), input.flag(no)]
  if (isYes && isNo) throw new UsageError(`--${yes} and --${no} exclude each other`)
  return isYes || isNo ? isYes : undefined
}
