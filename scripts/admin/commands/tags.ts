/** `tag …`: the names under which the images of a repository are pulled. */
import * as z from 'zod'
import { path, type Api } from '../api.ts'
import { command, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, type Output } from '../output.ts'
import { parseRepository, parseTagged } from '../repository-name.ts'
import { tag, type Tag } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './account-deletion.ts'

const list = command({
  words: 'tag list',
  summary: 'the tags of a repository, in the order of their names',
  arguments: ['NS/NAME'],
  options: { limit: value('NUMBER', 'how many; else all') },
  async run(input, { api }) {
    const limit = input.number('limit')
    if (limit === 0) throw new UsageError('--limit must be 1 or more')
    return tagTable(await listTags(await api(), input.argument('NS/NAME'), limit))
  },
})

const show = command({
  words: 'tag show',
  summary: 'what a tag points at: its image, or each image of an index',
  arguments: ['NS/NAME:TAG'],
  async run(input, { api }) {
    const { namespace, name, tag: wanted } = parseTagged(input.argument('NS/NAME:TAG'))
    const where = path`/api/v0/repositories/${namespace}/${name}/tags/${wanted}`
    const found = await (await api()).list(where, z.array(tag), (page) => page)
    return listed(
      found,
      {
        TAG: (one) => one.name,
        PLATFORM: ({ manifest }) => platformOf(manifest),
        SIZE: ({ manifest }) => manifest?.size ?? '',
        DIGEST: ({ digest }) => digest,
        PUSHED: ({ updatedAt }) => updatedAt,
        BY: ({ author }) => author,
      },
      'It points at nothing.',
    )
  },
})

const remove = command({
  words: 'tag delete',
  summary: 'deletes a tag; its image can be pulled by digest until the garbage is collected',
  arguments: ['NS/NAME:TAG'],
  options: yesOption,
  async run(input, { api }) {
    const whole = input.argument('NS/NAME:TAG')
    const { namespace, name, tag: unwanted } = parseTagged(whole)
    const registry = await api()
    await confirm(whole, `Deleting the tag ${whole}`, input.flag('yes'))
    await registry.order('DELETE', path`/api/v0/repositories/${namespace}/${name}/tags/${unwanted}`)
    return done(`Deleted the tag ${whole}.`)
  },
})

export const tagCommands: readonly Command[] = [list, show, remove]

/** @param most undefined: all */
export async function listTags(api: Api, repository: string, most?: number): Promise<Tag[]> {
  const { namespace, name } = parseRepository(repository)
  const where = path`/api/v0/repositories/${namespace}/${name}/tags`
  return api.list(where, z.array(tag), (page) => page, most === undefined ? {} : { most })
}

export const tagTable = (tags: readonly Tag[]): Output =>
  listed(
    tags,
    {
      TAG: ({ name }) => name,
      DIGEST: ({ digest }) => digest,
      PUSHED: ({ updatedAt }) => updatedAt,
      BY: ({ author }) => author,
    },
    'It has no tag.',
  )

const platformOf = (manifest: Tag['manifest']): string =>
  manifest === null ? '' : [manifest.os, manifest.architecture].filter((part) => part !== '').join('/')
