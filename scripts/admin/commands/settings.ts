/** `settings …`: what is decided for the whole registry. */
import { answer } from '../api.ts'
import { argument, command, type CommandGroup } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, shown } from '../output.ts'

const show = command({
  name: 'show',
  summary: 'Show the settings of the registry',
  example: 'settings show',
  async run(_args, _options, { api }) {
    const current = await answer(api.GET('/api/v0/meta/settings'))
    // In the words that `set` takes.
    return shown(current, Object.fromEntries(Object.entries(current).map(([name, is]) => [name, written(is)])))
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
    return done(`${name} is ${written(found)}.`, current)
  },
})

export const settings: CommandGroup = {
  name: 'settings',
  summary: 'Show and change the settings of the registry',
  commands: [show, set],
}

/** Writes a value as `parseValue` reads it. */
const written = (value: unknown): string => (Array.isArray(value) ? JSON.stringify(value) : String(value))

function parseValue(text: string): string | number | boolean | readonly unknown[] {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text.startsWith('[')) return parseList(text)
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}

function parseList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {
    // Said below.
  }
  throw new UsageError(`${text} is no list: write it as JSON, like '["one","two"]'`)
}
