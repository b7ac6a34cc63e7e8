/** `trust registry-key`: the key that the registry signs with. */
import { answer } from '../../../scripts/admin/api.ts'
import { choice, command, type Command } from '../../../scripts/admin/command.ts'
import { yesOption } from '../../../scripts/admin/commands/deletion.ts'
import { done, shown } from '../../../scripts/admin/output.ts'
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

export const bridgeCommands: readonly Command[] = [registryKey]
