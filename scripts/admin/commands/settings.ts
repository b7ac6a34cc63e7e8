/** `settings …`: what is decided for the whole registry. */
import { command, type Command } from '../command.ts'
import { done, shown } from '../output.ts'
import { settings } from '../schemas.ts'

const where = '/api/v0/meta/settings'

const show = command({
  words: 'settings show',
  summary: 'the settings of the registry',
  async run(_input, { api }) {
    const current = await (await api()).get(where, settings)
    // In the words that `set` takes.
    return shown(current, Object.fromEntries(Object.entries(current).map(([name, is]) => [name, String(is)])))
  },
})

const set = command({
  words: 'settings set',
  summary: 'changes a setting, which is in force at once',
  arguments: ['NAME', 'VALUE'],
  async run(input, { api }) {
    const [name, text] = [input.argument('NAME'), input.argument('VALUE')]
    const current = await (await api()).send('POST', where, { [name]: valueOf(text) }, settings)
    return done(`${name} is ${String(current[name])}.`, current)
  },
})

export const settingsCommands: readonly Command[] = [show, set]

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}
