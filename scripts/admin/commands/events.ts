/** `events`: who did what, when. */
import { listAll } from '../api.ts'
import { command, text, whole } from '../command.ts'
import { listed } from '../output.ts'
import { parseRepository } from '../repository-name.ts'

const usualLimit = 20

export const events = command({
  name: 'events',
  summary: 'List what happened, the newest first',
  example: 'events --repository acme/backend/api --limit 100',
  options: {
    repository: text('NAMESPACE/NAME', 'of one repository; else of the whole registry'),
    limit: whole('NUMBER', `at most so many; else ${usualLimit}`),
  },
  async run(_args, { repository, limit = usualLimit }, { api }) {
    const place = repository === undefined ? undefined : parseRepository(repository)
    const found = await listAll(
      (query) =>
        place === undefined
          ? api.GET('/api/v0/events', { params: { query } })
          : api.GET('/api/v0/repositories/{namespace}/{reponame}/events', { params: { path: place, query } }),
      (page) => page.events,
      limit,
    )
    return listed(
      found,
      {
        TIME: ({ publishedAt }) => publishedAt,
        ACTOR: ({ actorName }) => actorName,
        EVENT: ({ type }) => type,
        OBJECT: ({ object }) => object.type,
        NAME: ({ object }) => object.name,
        REPOSITORY: (event) => event.repository,
        MORE: ({ object }) => object.content,
      },
      'There are no events.',
    )
  },
})
