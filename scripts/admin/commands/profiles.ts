/** `profile …`: the registries that this machine is logged in to. */
import { argument, command, type CommandGroup } from '../command.ts'
import { urlOf } from '../connection.ts'
import { done, listed } from '../output.ts'
import { readProfiles, writeProfiles } from '../profiles.ts'

const list = command({
  name: 'list',
  summary: 'List the registries that you are logged in to',
  example: 'profile list',
  run() {
    const { current, profiles } = readProfiles()
    // The tokens are secrets, and stay in the file.
    const known = Object.entries(profiles).map(([url, { user }]) => ({ url, user, isCurrent: url === current }))
    return listed(
      known,
      { URL: ({ url }) => url, USER: ({ user }) => user, CURRENT: ({ isCurrent }) => isCurrent },
      'You are not logged in to a registry.',
    )
  },
})

const use = command({
  name: 'use',
  summary: 'Choose the registry that commands use when none is named',
  example: 'profile use https://registry.example.com',
  arguments: { url: argument('URL') },
  run({ url }, _options, { destination }) {
    const { origin } = urlOf({ ...destination, url })
    const { profiles } = readProfiles()
    if (profiles[origin] === undefined) throw new Error(`you are not logged in to ${origin}: use "login ${origin}"`)
    writeProfiles({ current: origin, profiles })
    return done(`Commands use ${origin} from now on.`, { url: origin })
  },
})

export const profile: CommandGroup = {
  name: 'profile',
  summary: 'List and choose the registries that you are logged in to',
  commands: [list, use],
}
