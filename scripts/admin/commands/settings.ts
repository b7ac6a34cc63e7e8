/** `settings …`: what is decided for the whole registry. */
import { answer } from '../api.ts'
import { argument, command, type CommandGroup } from '../command.ts'
import { done, shown } from '../output.ts'

const show = command({
  name: 'show',
  summary: 'Show the settings of the registry',
  example: 'settings show',
  async run(_args, _options, { api }) {
    const current = await answer(api.GET('/api/v0/meta/settings'))
    // In the words that `set` takes.
    return shown(current, Object.fromEntries(Object.entries(current).map(([name, is]) => [name, String(is)])))
  },
})

const set = command({
  name: 'set',
  summary: 'Change a setting, which applies at once',
  example: 'settings set repoEventHistoryMaxAge 8760h',
  arguments: { name: argument('NAME'), value: argument('VALUE', parseValue) },
  async run({ name, value }, _options, { api }) {
    // The registry knows which settings there are.
    const current = await answer(api.POST('/api/v0/meta/settings', { body: { [name]: value } }))
    const found = new Map<string, unknown>(Object.entries(current)).get(name)
    return done(`${name} is ${String(found)}.`, current)
  },
})

export const settings: CommandGroup = {
  name: 'settings',
  summary: 'Show and change the settings of the registry',
  commands: [show, set],
}

function parseValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}
