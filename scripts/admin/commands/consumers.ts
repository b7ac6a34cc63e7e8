/** `consumer …`: what reads the events after they happened, and the events that it failed at. */
import { answer, listAll, type Api, type Schemas } from '../api.ts'
import { argument, command, optionalArgument, type CommandGroup } from '../command.ts'
import { done, listed } from '../output.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'

const list = command({
  name: 'list',
  summary: 'List the consumers of events, and how far each is behind (ends with 1 if one failed)',
  example: 'consumer list',
  async run(_args, _options, { api }) {
    const { consumers } = await answer(api.GET('/api/v0/events/consumers'))
    const output = listed(
      consumers,
      {
        CONSUMER: ({ name }) => name,
        INSTALLED: ({ isInstalled }) => isInstalled,
        BEHIND: ({ lag }) => lag,
        FAILED: ({ failedAttempts }) => failedAttempts,
        NEXT: ({ nextAttemptAt }) => nextAttemptAt,
        PARKED: ({ parked }) => parked,
        MISSED: ({ missed }) => missed,
        ERROR: ({ lastError }) => lastError,
      },
      'There are no consumers.',
    )
    return { ...output, isBad: consumers.some(({ lastError = '', parked }) => lastError !== '' || parked > 0) }
  },
})

const parked = command({
  name: 'parked',
  summary: 'List the events that a consumer failed at and left behind',
  example: 'consumer parked metrics',
  arguments: { consumer: argument('CONSUMER') },
  async run({ consumer }, _options, { api }) {
    return listed(
      await parkedBy(api, consumer),
      {
        EVENT: ({ id }) => id,
        TIME: ({ publishedAt }) => publishedAt,
        TYPE: ({ type }) => type,
        OBJECT: ({ objectType }) => objectType,
        NAME: ({ objectName }) => objectName,
        REPOSITORY: ({ repository }) => repository,
        PARKED: ({ parkedAt }) => parkedAt,
        RETRIED: ({ isRetried }) => isRetried,
        REASON: ({ reason }) => reason,
      },
      'There are no parked events.',
    )
  },
})

const retry = command({
  name: 'retry',
  summary: 'Retry a parked event, or all parked events of a consumer',
  example: 'consumer retry metrics 1207',
  arguments: { consumer: argument('CONSUMER'), event: optionalArgument('EVENT') },
  async run({ consumer, event }, _options, { api }) {
    const events = event === undefined ? (await parkedBy(api, consumer)).map(({ id }) => id) : [event]
    for (const eventID of events) {
      const path = { consumer, eventID }
      await api.POST('/api/v0/events/consumers/{consumer}/parked/{eventID}/retry', { params: { path } })
    }
    return done(`Asked ${consumer} to retry ${events.length} events: those that fail again stay parked.`)
  },
})

const drop = command({
  name: 'drop',
  summary: 'Drop a parked event: the consumer never consumes it',
  example: 'consumer drop metrics 1207',
  arguments: { consumer: argument('CONSUMER'), event: argument('EVENT') },
  options: yesOption,
  async run({ consumer, event }, { yes }, { api }) {
    await confirm(event, `Dropping the parked event ${event}`, yes)
    const path = { consumer, eventID: event }
    await api.DELETE('/api/v0/events/consumers/{consumer}/parked/{eventID}', { params: { path } })
    return done(`Dropped the parked event ${event} of ${consumer}.`)
  },
})

const parkedBy = (api: Api, consumer: string): Promise<Schemas['ParkedEvent'][]> =>
  listAll(
    (query) => api.GET('/api/v0/events/consumers/{consumer}/parked', { params: { path: { consumer }, query } }),
    ({ events }) => events,
  )

export const consumer: CommandGroup = {
  name: 'consumer',
  summary: 'Look after what reads the events',
  commands: [list, parked, retry, drop],
}
