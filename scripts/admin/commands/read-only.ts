/** `readonly …`: pulls go on, and nothing that repositories hold can be changed. */
import { answer, type Schemas } from '../api.ts'
import { command, text, whole, type CommandGroup } from '../command.ts'
import { done, shown } from '../output.ts'

const show = command({
  name: 'show',
  summary: 'Show whether the registry is read-only, why and until when',
  example: 'readonly show',
  async run(_args, _options, { api }) {
    const mode = await answer(api.GET('/api/v0/admin/read_only'))
    return shown(mode, {
      'read-only': mode.on,
      reason: mode.reason,
      until: mode.on ? endOf(mode) : undefined,
      by: mode.by,
    })
  },
})

const on = command({
  name: 'on',
  summary: 'Refuse pushes and deletions; pulls go on',
  example: `readonly on --reason 'maintenance' --for 30`,
  options: {
    reason: text('TEXT', 'shown to users whose requests are refused'),
    for: whole('MINUTES', 'end by itself after this time; else an administrator ends it'),
  },
  async run(_args, { reason, for: minutes }, { api }) {
    const body = {
      on: true,
      ...(reason === undefined ? {} : { reason }),
      ...(minutes === undefined ? {} : { until: new Date(Date.now() + minutes * 60_000).toISOString() }),
    }
    const mode = await answer(api.POST('/api/v0/admin/read_only', { body }))
    if (!mode.on) throw new Error('another administrator has ended read-only mode since: see "readonly show"')
    return done(`The registry is read-only until ${endOf(mode)}.`, mode)
  },
})

const off = command({
  name: 'off',
  summary: 'Accept pushes and deletions again',
  example: 'readonly off',
  async run(_args, _options, { api }) {
    const mode = await answer(api.POST('/api/v0/admin/read_only', { body: { on: false } }))
    if (mode.on) throw new Error('another administrator has made the registry read-only since: see "readonly show"')
    return done('The registry is not read-only any more.', mode)
  },
})

export const readOnly: CommandGroup = {
  name: 'readonly',
  aliases: ['read-only'],
  summary: 'Switch read-only mode on and off',
  commands: [show, on, off],
}

const endOf = ({ until }: Schemas['ReadOnlyMode']): string => until ?? 'an administrator ends it'
