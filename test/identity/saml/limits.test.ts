import { beforeEach, describe, expect, it } from 'vitest'
import { readMetadata } from '../../../src/identity/saml/metadata.ts'
import { parseXml } from '../../../src/identity/saml/xml.ts'
import * as limits from '../../../src/limits.ts'
import { isWithin, text, times } from '../../support/bounds.ts'
import { send } from '../../support/client.ts'
import { aPerson, type Person } from '../../support/people.ts'
import { aSamlKey, entityId, metadataWith } from '../support/saml-provider.ts'

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

const path = '/enzi/v0/config/auth/saml'
const isMetadata = async (document: string): Promise<boolean> =>
  'metadata' in (await readMetadata(document, { origin: 'https://registry.example.com', now: 1 }))

/** Tells whether a form of so many bytes is read. */
async function takesForm(bytes: number): Promise<boolean> {
  await root.ask('POST', '/api/v0/meta/settings', { publicOrigin: 'http://localhost:5000' })
  await root.ask('PUT', path, { enabled: true, idpMetadataURL: 'https://idp.example.com/metadata' })
  const body = `SAMLResponse=${text(bytes - 'SAMLResponse='.length)}`
  const headers = { 'content-length': String(bytes), 'content-type': 'application/x-www-form-urlencoded' }
  const response = await send('POST', '/enzi/v0/saml/acs', { body, headers })
  return !(await response.text()).includes('the form must have a Content-Length')
}

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => Promise<boolean>]> = {
  largestSamlFormBytes: [limits.largestSamlFormBytes, takesForm],
  mostSamlElements: [
    limits.mostSamlElements,
    (size) =>
      parseXml(`<a>${'<b/>'.repeat(size - 1)}</a>`).then(
        () => true,
        () => false,
      ),
  ],
  deepestSamlElement: [
    limits.deepestSamlElement,
    (size) =>
      parseXml('<a>'.repeat(size) + '</a>'.repeat(size)).then(
        () => true,
        () => false,
      ),
  ],
  longestSamlMetadata: [
    limits.longestSamlMetadata,
    async (size) => {
      const metadata = metadataWith(await aSamlKey())
      return isWithin(root.ask('PUT', path, { idpMetadata: metadata.padEnd(size) }))
    },
  ],
  longestEntityId: [
    limits.longestEntityId,
    async (size) => isMetadata(metadataWith(await aSamlKey()).replace(entityId, text(size))),
  ],
  mostSamlCertificates: [
    limits.mostSamlCertificates,
    async (size) => isMetadata(metadataWith(...times(size, await aSamlKey()))),
  ],
}

describe('a bound of SAML is taken at its edge, and nothing beyond it', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
