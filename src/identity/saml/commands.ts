/** `identity saml`: the settings of the identity provider of SAML. */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { answer, type Schemas } from '../../../scripts/admin/api.ts'
import { choice, command, optionalArgument, text } from '../../../scripts/admin/command.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { done, shown } from '../../../scripts/admin/output.ts'
import { samlFields } from './document.ts'

const path = '/enzi/v0/config/auth/saml'

export const saml = command({
  name: 'saml',
  summary: 'Show, set or test the identity provider of single sign-on by SAML',
  example: 'identity saml set saml.json --metadata idp.xml',
  arguments: { action: choice('ACTION', ['show', 'set', 'test']), file: optionalArgument('FILE') },
  options: { metadata: text('FILE', 'the metadata of the provider, in place of idpMetadataURL') },
  async run({ action, file }, { metadata }, { api }) {
    if (action === 'set') {
      if (file === undefined) throw new UsageError('name the file with the settings, in JSON')
      const set = await answer(api.PUT(path, { body: settingsIn(file, metadata) }))
      return done(set.enabled ? 'Users log in by SAML.' : 'Logins by SAML are off.', set)
    }
    const stored = file === undefined ? await answer(api.GET(path)) : settingsIn(file, metadata)
    if (action === 'show') return shown(stored, fieldsOf(stored))
    const tested = await answer(api.POST(`${path}/test`, { body: stored }))
    const { ok, message, registryEntityID, acsURL, entityID, ssoURL, certificates } = tested
    const { lines } = shown(tested, {
      result: `${ok ? 'ok' : 'FAILED'}: ${message}`,
      'entity ID of the registry': registryEntityID,
      'address of answers (ACS)': acsURL,
      'entity ID of the provider': entityID,
      'address of logins': ssoURL,
      certificates: certificates.map(({ subject, until }) => `${subject} (until ${until})`).join('; '),
    })
    return { data: tested, lines, isBad: !ok }
  },
})

const sent = z.strictObject(samlFields)

/** Reads settings from a file, or from the standard input for `-`. */
function settingsIn(file: string, metadata: string | undefined): Schemas['SamlSettings'] {
  try {
    const settings = sent.parse(JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')))
    return metadata === undefined ? settings : { ...settings, idpMetadata: readFileSync(metadata, 'utf8') }
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error)
    throw new Error(`${file} has no valid settings: ${reason}`, { cause: error })
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const fieldsOf = (settings: object): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]: [string, unknown]) => [name, String(value)]))
