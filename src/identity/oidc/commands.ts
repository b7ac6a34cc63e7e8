/** `identity oidc`: the settings of the OpenID provider. */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { answer, type Schemas } from '../../../scripts/admin/api.ts'
import { choice, command, optionalArgument } from '../../../scripts/admin/command.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { done, shown } from '../../../scripts/admin/output.ts'
import { clientSecretField, providerFields } from './provider-settings.ts'

export const oidc = command({
  name: 'oidc',
  summary: 'Show, set or test the OpenID provider of single sign-on',
  example: 'identity oidc set provider.json',
  arguments: { action: choice('ACTION', ['show', 'set', 'test']), file: optionalArgument('FILE') },
  async run({ action, file }, _options, { api }) {
    if (action === 'set') {
      if (file === undefined) throw new UsageError('name the file with the settings, in JSON')
      const set = await answer(api.PUT('/enzi/v0/config/auth/oidc', { body: settingsIn(file) }))
      return done(set.enabled ? `Users log in at ${set.issuer}.` : 'Single sign-on is off.', set)
    }
    const stored = await answer(api.GET('/enzi/v0/config/auth/oidc'))
    if (action === 'show') return shown(stored, fieldsOf(stored))
    const { clientSecretSet: _, ...settings } = stored
    const body = file === undefined ? settings : settingsIn(file)
    const { ok, steps } = await answer(api.POST('/enzi/v0/config/auth/oidc/test', { body }))
    const lines = steps.map(({ step, ok: isWell, message }) => `${isWell ? 'ok    ' : 'FAILED'}  ${step}: ${message}`)
    return { data: { ok, steps }, lines, isBad: !ok }
  },
})

const sent = z.strictObject({ ...providerFields, clientSecret: clientSecretField })

/** Reads settings from a file, or from the standard input for `-`. */
function settingsIn(file: string): Schemas['OidcSettingsToSet'] {
  try {
    const { clientSecret, ...settings } = sent.parse(JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')))
    return clientSecret === undefined ? settings : { ...settings, clientSecret }
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error)
    throw new Error(`${file} has no valid settings: ${reason}`, { cause: error })
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const fieldsOf = (settings: object): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]: [string, unknown]) => [name, textOf(value)]))

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : String(value))
