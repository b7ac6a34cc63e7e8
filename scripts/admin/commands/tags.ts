/** `tag …`: the names under which the images of a repository are pulled. */
import { listAll, type Api, type Schemas } from '../api.ts'
import { argument, command, whole, type CommandGroup } from '../command.ts'
import { done, listed, type Output } from '../output.ts'
import { parseRepository, parseTagged, type RepositoryPlace } from '../repository-name.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'

const tagged = argument('NAMESPACE/NAME:TAG', parseTagged)

const list = command({
  name: 'list',
  summary: 'List the tags of a repository, in the order of their names',
  example: 'tag list acme/backend/api --limit 10',
  arguments: { place: argument('NAMESPACE/NAME', parseRepository) },
  options: { limit: whole('NUMBER', 'maximum number (default: all)') },
  async run({ place }, { limit }, { api }) {
    return tagTable(await listTags(api, place, limit))
  },
})

const show = command({
  name: 'show',
  summary: 'Show what a tag points at: its image, or each image of an index',
  example: 'tag show acme/backend/api:latest',
  arguments: { place: tagged },
  async run({ place: path }, _options, { api }) {
    const where = '/api/v0/repositories/{namespace}/{reponame}/tags/{reference}'
    const found = await listAll(
      (query) => api.GET(where, { params: { path, query } }),
      (page) => page,
    )
    return listed(
      found,
      {
        TAG: ({ name }) => name,
        PLATFORM: ({ manifest }) => platformOf(manifest),
        SIZE: ({ manifest }) => manifest?.size,
        DIGEST: ({ digest }) => digest,
        PUSHED: ({ updatedAt }) => updatedAt,
        BY: ({ author }) => author,
        'SIGNED BY': signersOf,
      },
      'It points at nothing.',
    )
  },
})

const remove = command({
  name: 'delete',
  summary: 'Delete a tag; its image can be pulled by digest until garbage is collected',
  example: 'tag delete acme/backend/api:latest',
  arguments: { place: tagged },
  options: yesOption,
  async run({ place: path }, { yes }, { api }) {
    const name = `${path.namespace}/${path.reponame}:${path.reference}`
    await confirm(name, `Deleting the tag ${name}`, yes)
    await api.DELETE('/api/v0/repositories/{namespace}/{reponame}/tags/{reference}', { params: { path } })
    return done(`Deleted the tag ${name}.`)
  },
})

export const tag: CommandGroup = {
  name: 'tag',
  summary: 'List, show and delete tags',
  commands: [list, show, remove],
}

/** Lists the tags of a repository. @param most undefined: all */
export const listTags = (api: Api, path: RepositoryPlace, most?: number): Promise<Schemas['Tag'][]> =>
  listAll(
    (query) => api.GET('/api/v0/repositories/{namespace}/{reponame}/tags', { params: { path, query } }),
    (page) => page,
    most,
  )

export const tagTable = (tags: readonly Schemas['Tag'][]): Output =>
  listed(
    tags,
    {
      TAG: ({ name }) => name,
      DIGEST: ({ digest }) => digest,
      PUSHED: ({ updatedAt }) => updatedAt,
      BY: ({ author }) => author,
      'SIGNED BY': signersOf,
    },
    'There are no tags.',
  )

/** Writes who signed, how and when, such as `alice (cosign, 2026-11-28)`; and first what Docker would refuse. */
const signersOf = ({ signatures, hashMismatch, notaryExpired }: Schemas['Tag']): string =>
  [
    ...(hashMismatch ? ['another image in Notary'] : []),
    ...(notaryExpired ? ['expired in Notary'] : []),
    ...signatures.map(
      ({ kind, signer, key, signedAt, expired }) =>
        `${signer || key.slice(0, 12)} (${kind}, ${signedAt.slice(0, 10)}${expired ? ', expired' : ''})`,
    ),
  ].join(', ')

const platformOf = (manifest: Schemas['Tag']['manifest']): string =>
  manifest === null ? '' : [manifest.os, manifest.architecture].filter((part) => part !== '').join('/')
