/** `trust registry-key` and `trust restate`: the key that the registry signs with, and what it signs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { answer } from '../../../scripts/admin/api.ts'
import { choice, command, flag, optionalArgument, type Command } from '../../../scripts/admin/command.ts'
import { yesOption } from '../../../scripts/admin/commands/deletion.ts'
import { done, shown } from '../../../scripts/admin/output.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { parseRepository } from '../../../scripts/admin/repository-name.ts'
import { withProgress } from '../../../scripts/admin/progress.ts'
import { confirm } from '../../../scripts/admin/terminal.ts'

const registryKey = command({
  name: 'registry-key',
  summary: 'Show or replace the key that the registry signs with',
  example: 'trust registry-key show',
  arguments: { action: choice('ACTION', ['show', 'rotate']) },
  options: yesOption,
  async run({ action }, { yes }, { api }) {
    if (action === 'rotate') {
      await confirm('rotate', 'Replacing the key of the registry', yes)
      const made = await answer(api.POST('/api/v0/trust/registryKey'))
      return done(
        `The registry signs with the key ${made.fingerprint}: give verifiers /trust/registry.pem again.`,
        made,
      )
    }
    const key = await answer(api.GET('/api/v0/trust/registryKey'))
    const { lines } = shown(key, { fingerprint: key.fingerprint, created: key.createdAt })
    return { data: key, lines: [...lines, '', ...key.publicKey.trimEnd().split('\n')] }
  },
})

const pauseMilliseconds = 1000

const restate = command({
  name: 'restate',
  summary: 'Restate what Notary signs for cosign and notation, at once',
  example: 'trust restate acme/backend --wait',
  arguments: { repository: optionalArgument('NAMESPACE/REPOSITORY') },
  options: {
    all: flag('of all repositories; administrators only'),
    wait: flag('for a repository: wait until it is done'),
  },
  async run({ repository }, { all, wait }, { api }) {
    if (all) {
      await api.POST('/api/v0/trust/restatements')
      return done('The job trust_bridge begins: follow it with "breakwater job list --action trust_bridge".')
    }
    if (repository === undefined) throw new UsageError('name a repository, or say --all')
    const path = '/api/v0/repositories/{namespace}/{reponame}/restatements'
    const params = { path: parseRepository(repository) }
    let status = await answer(api.POST(path, { params }))
    if (wait) {
      await withProgress(async (show) => {
        while (status.pending) {
          show(`${status.images} images`)
          await sleep(pauseMilliseconds)
          status = await answer(api.GET(path, { params }))
        }
      })
    }
    const more = status.pending ? '; the job trust_bridge looks for more' : ''
    return done(`${status.images} images of ${repository} are restated${more}.`, status)
  },
})

export const bridgeCommands: readonly Command[] = [registryKey, restate]
