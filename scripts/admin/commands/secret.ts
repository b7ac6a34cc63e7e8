/** `secret …`: the secret of the registry, with which it signs and encrypts. */
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer } from '../api.ts'
import { installation } from '../clone/load.ts'
import { command, flag, text, type CommandGroup } from '../command.ts'
import { done, shown } from '../output.ts'
import { withProgress } from '../progress.ts'
import { rotateSecret, type SecretState } from '../secret/rotation.ts'

const pauseMilliseconds = 3000

const rotate = command({
  name: 'rotate',
  summary: 'Replace REGISTRY_SECRET, from a clone of Breakwater; run it again to go on or to remove the previous one',
  example: 'secret rotate --at-once',
  options: {
    atOnce: flag('remove the previous secret as soon as nothing stored needs it; uploads in progress begin again'),
    local: flag('of a registry of this machine; else on Cloudflare'),
    state: text('DIR', 'its state folder, for which --local goes without saying; else .breakwater'),
    config: text('FILE', 'the configuration of the deployment; else wrangler.deploy.json'),
  },
  async run(_args, { atOnce, local, state, config = 'wrangler.deploy.json' }, { api, say }) {
    const clone = await installation('secret rotate')
    const look = async (): Promise<SecretState> => (await answer(api.GET('/api/v0/admin/installation'))).secret
    const isLocal = local || state !== undefined
    const place = isLocal
      ? clone.secretInState(resolve(state ?? clone.defaultState))
      : clone.secretOnCloudflare(config, (await answer(api.GET('/api/v0/admin/installation'))).version)
    const log: string[] = []
    const isOver = await withProgress((show, print) =>
      rotateSecret({
        place,
        look,
        atOnce,
        clock: Date.now,
        pause: () => sleep(pauseMilliseconds),
        show,
        say(line) {
          log.push(line)
          say(line, print)
        },
      }),
    )
    return done(isOver ? 'The rotation is complete.' : 'The rotation goes on: run the command again later.', { log })
  },
})

const show = command({
  name: 'show',
  summary:
    'Show how far a rotation is: the names of the secrets, which tell nothing about them, and what needs the old',
  example: 'secret show',
  async run(_args, _options, { api }) {
    const { secret: found } = await answer(api.GET('/api/v0/admin/installation'))
    return shown(found, {
      current: found.name,
      previous: found.previousName ?? 'none',
      'keys that need the previous': found.needPrevious,
    })
  },
})

export const secret: CommandGroup = {
  name: 'secret',
  summary: 'Rotate the secret of the registry',
  commands: [rotate, show],
}
