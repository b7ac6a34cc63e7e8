/** Reads the JWS envelope of notation: RFC 7515 in its flattened JSON serialization. */
import { flattenedVerify } from 'jose'
import * as z from 'zod'
import { knownKeys } from '../../util/json.ts'
import type { NotationEnvelope } from './envelope.ts'
import { decodeBase64, readJson, shaped } from './reading.ts'

const envelopeKeys = knownKeys('payload', 'protected', 'signature', 'header', 'x5c')
const envelope = z.object({
  payload: z.string(),
  protected: z.string(),
  signature: z.string(),
  header: z.object({ x5c: z.array(z.string()) }),
})
const attributeKeys = knownKeys('alg', 'cty', 'crit')
const attributes = z.looseObject({ alg: z.string(), cty: z.string(), crit: z.array(z.string()) })

/**
 * Reads an envelope.
 *
 * @throws SignatureRefused
 */
export function readJws(stored: Uint8Array): NotationEnvelope {
  const what = 'the envelope'
  const jws = shaped(envelope, readJson(stored, what, envelopeKeys), what)
  const header = decodeBase64(jws.protected, what, 'base64url')
  const { alg, cty, crit, ...others } = shaped(attributes, readJson(header, what, attributeKeys), what)
  return {
    algorithm: alg,
    contentType: cty,
    critical: crit,
    attributes: new Map(Object.entries(others)),
    payload: decodeBase64(jws.payload, what, 'base64url'),
    certificates: jws.header.x5c.map((certificate) => decodeBase64(certificate, 'a certificate')),
    timeOf: (attribute) => (typeof attribute === 'string' && rfc3339.test(attribute) ? Date.parse(attribute) : NaN),
    async isSignedWith(key, algorithm) {
      // What is critical was compared with what is understood. The library wants to hear that again.
      const understood = Object.fromEntries(crit.map((name) => [name, true]))
      const flattened = { payload: jws.payload, protected: jws.protected, signature: jws.signature }
      await flattenedVerify(flattened, key, { algorithms: [algorithm], crit: understood })
      return true
    },
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
