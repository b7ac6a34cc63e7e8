/** `events`: who did what, when. */
import { path } from '../api.ts'
import { command, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { listed } from '../output.ts'
import { parseRepository } from '../repository-name.ts'
import { events } from '../schemas.ts'

const usualLimit = 20

const list = command({
  words: 'events',
  summary: 'what happened, the newest first',
  options: {
    repository: value('NS/NAME', 'in one repository; else in the whole registry'),
    limit: value('NUMBER', `how many; else ${usualLimit}`),
  },
  async run(input, { api }) {
    const limit = input.number('limit') ?? usualLimit
    if (limit === 0) throw new UsageError('--limit must be 1 or more')
    const found = await (
      await api()
    ).list(placeOf(input.text('repository')), events, (page) => page.events, { most: limit })
    return listed(
      found,
      {
        TIME: ({ publishedAt }) => publishedAt,
        ACTOR: ({ actorName }) => actorName,
        EVENT: ({ type }) => type,
        OBJECT: ({ object }) => object.type,
        NAME: ({ object }) => object.name,
        REPOSITORY: ({ repository }) => repository,
        MORE: ({ object }) => object.content ?? '',
      },
      'Nothing happened yet.',
    )
  },
})

export const eventCommands: readonly Command[] = [list]

function placeOf(whole: string | undefined): string {
  if (whole === undefined) return '/api/v0/events'
  const { namespace, name } = parseRepository(whole)
  return path`/api/v0/repositories/${namespace}/${name}/events`
}
