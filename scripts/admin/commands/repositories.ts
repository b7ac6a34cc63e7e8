/** `repository …`. */
import { answer, listAll, type Schemas } from '../api.ts'
import {
  argument,
  command,
  flag,
  optionalArgument,
  text,
  toggle,
  whole,
  type CommandGroup,
  type Values,
} from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, shown } from '../output.ts'
import { parseRepository } from '../repository-name.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'
import { listTags, tagTable } from './tags.ts'

const place = argument('NAMESPACE/NAME', parseRepository)

const fieldOptions = {
  public: flag('let everyone pull, even without a login'),
  private: flag('show it only to users who were given access'),
  description: text('TEXT', 'what it is, in a line'),
  longDescription: text('TEXT', 'everything else about it'),
  immutableTags: toggle('never move a tag that was pushed', 'let pushes move tags'),
  tagLimit: whole('NUMBER', 'keep so many tags and delete the oldest; 0 keeps all', { least: 0 }),
}

const mostTagsShown = 20

const list = command({
  name: 'list',
  summary: 'List the repositories that you may see, of one namespace or of all',
  example: 'repository list acme',
  arguments: { namespace: optionalArgument('NAMESPACE') },
  async run({ namespace }, _options, { api }) {
    const found = await listAll(
      (query) =>
        namespace === undefined
          ? api.GET('/api/v0/repositories', { params: { query } })
          : api.GET('/api/v0/repositories/{namespace}', { params: { path: { namespace }, query } }),
      ({ repositories }) => repositories,
    )
    return listed(
      found,
      {
        NAME: nameOf,
        VISIBILITY: ({ visibility }) => visibility,
        PULLS: ({ pulls }) => pulls,
        PUSHES: ({ pushes }) => pushes,
        DESCRIPTION: ({ shortDescription }) => shortDescription,
      },
      'There are no repositories that you may see.',
    )
  },
})

const show = command({
  name: 'show',
  summary: 'Show a repository and its first tags',
  example: 'repository show acme/backend/api',
  arguments: { place },
  async run({ place: path }, _options, { api }) {
    const found = await answer(api.GET('/api/v0/repositories/{namespace}/{reponame}', { params: { path } }))
    const tags = await listTags(api, path, mostTagsShown + 1)
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
    const more = tags.length > first.length ? [`There are more: "tag list ${nameOf(found)}" shows all.`] : []
    return { data: { ...found, tags: first }, lines: [...lines, '', ...tagTable(first).lines, ...more] }
  },
})

const create = command({
  name: 'create',
  summary: 'Create a repository, private by default',
  example: `repository create acme/backend/api --description 'the API' --tag-limit 100`,
  arguments: { place },
  options: fieldOptions,
  async run({ place: { namespace, reponame: name } }, options, { api }) {
    const body = { name, visibility: 'private' as const, ...fieldsOf(options) }
    const made = await answer(api.POST('/api/v0/repositories/{namespace}', { params: { path: { namespace } }, body }))
    return done(`Created the ${made.visibility} repository ${nameOf(made)}.`, made)
  },
})

const edit = command({
  name: 'edit',
  summary: 'Change settings of a repository; others stay unchanged',
  example: 'repository edit acme/backend/api --public --immutable-tags',
  arguments: { place },
  options: fieldOptions,
  async run({ place: path }, options, { api }) {
    const body = fieldsOf(options)
    if (Object.keys(body).length === 0) throw new UsageError('there is nothing to change')
    const where = '/api/v0/repositories/{namespace}/{reponame}'
    const changed = await answer(api.PATCH(where, { params: { path }, body }))
    return done(`Changed ${nameOf(changed)}.`, changed)
  },
})

const remove = command({
  name: 'delete',
  summary: 'Delete a repository with all of its images',
  example: 'repository delete acme/backend/api',
  arguments: { place },
  options: yesOption,
  async run({ place: path }, { yes }, { api }) {
    const name = `${path.namespace}/${path.reponame}`
    await confirm(name, `Deleting the repository ${name} with all of its images`, yes)
    await api.DELETE('/api/v0/repositories/{namespace}/{reponame}', { params: { path } })
    return done(`Deleted the repository ${name}.`)
  },
})

export const repository: CommandGroup = {
  name: 'repository',
  summary: 'Manage repositories',
  commands: [list, show, create, edit, remove],
}

const nameOf = ({ namespace, name }: Schemas['Repository']): string => `${namespace}/${name}`

/** Returns the fields that were named. @throws UsageError */
function fieldsOf(options: Values<typeof fieldOptions>): Schemas['ChangedRepository'] {
  const { description, longDescription, immutableTags, tagLimit } = options
  if (options.public && options.private) throw new UsageError('--public and --private exclude each other')
  return {
    ...(options.public || options.private ? { visibility: options.public ? 'public' : 'private' } : {}),
    ...(description === undefined ? {} : { shortDescription: description }),
    ...(longDescription === undefined ? {} : { longDescription }),
    ...(immutableTags === undefined ? {} : { immutableTags }),
    ...(tagLimit === undefined ? {} : { tagLimit }),
  }
}
