/** `read-only …`: pulls go on, and nothing that repositories hold can be changed. */
import { command, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, shown } from '../output.ts'
import { readOnlyMode, type ReadOnlyMode } from '../schemas.ts'

const where = '/api/v0/admin/read_only'

const show = command({
  words: 'read-only show',
  summary: 'whether the registry is read-only, why and until when',
  async run(_input, { api }) {
    const mode = await (await api()).get(where, readOnlyMode)
    const { on, reason, by } = mode
    return shown(mode, { 'read-only': on, reason, until: on ? endOf(mode) : '', by })
  },
})

const on = command({
  words: 'read-only on',
  summary: 'refuses pushes and deletions; pulls go on',
  options: {
    reason: value('TEXT', 'shown to everybody who is refused'),
    for: value('MINUTES', 'ends by itself after so long; else when somebody ends it'),
  },
  async run(input, { api }) {
    const minutes = input.number('for')
    if (minutes === 0) throw new UsageError('--for must be 1 or more')
    const reason = input.text('reason')
    const body = {
      on: true,
      ...(reason === undefined ? {} : { reason }),
      ...(minutes === undefined ? {} : { until: new Date(Date.now() + minutes * 60_000).toISOString() }),
    }
    const mode = await (await api()).send('POST', where, body, readOnlyMode)
    if (!mode.on) throw new Error('somebody else has ended read-only mode since: look with "read-only show"')
    return done(`The registry is read-only until ${endOf(mode)}.`, mode)
  },
})

const off = command({
  words: 'read-only off',
  summary: 'ends that',
  async run(_input, { api }) {
    const mode = await (await api()).send('POST', where, { on: false }, readOnlyMode)
    if (mode.on) throw new Error('somebody else has made the registry read-only since: look with "read-only show"')
    return done('The registry is not read-only any more.', mode)
  },
})

export const readOnlyCommands: readonly Command[] = [show, on, off]

const endOf = ({ until }: ReadOnlyMode): string => until ?? 'somebody ends it'
