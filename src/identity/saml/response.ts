/** Checks the response that the browser brings from the identity provider (SAML 2.0 Bindings section 3.5: HTTP-POST). */
import { base64 } from '@scure/base'
import { largestSamlFormBytes } from '../../limits.ts'
import { plainLineOf } from '../../util/plain-text.ts'
import { ssoError } from '../sso/failures.ts'
import { issuerOf, readAssertion, type Assertion, type Expected } from './assertion.ts'
import { ResponseRefused } from './refusal.ts'
import { signedAssertion } from './signed-assertion.ts'
import { attributeOf, childrenOf, isNamed, parseXml, textOf, XmlRefused, type XmlElement } from './xml.ts'

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/**
 * Returns what the provider says of the user.
 *
 * @param message the value of the form's field
 * @param pems certificates of the provider
 * @throws ResponseRefused
 * @throws RegistryError `sso-provider-refused`
 */
export async function readResponse(message: string, pems: readonly string[], expected: Expected): Promise<Assertion> {
  try {
    const text = textOfMessage(message)
    const response = await parseXml(text)
    requireEnvelope(response, expected)
    return readAssertion(await signedAssertion(text, response, pems), expected)
  } catch (error) {
    if (error instanceof XmlRefused) throw new ResponseRefused(error.reason, { cause: error })
    throw error
  }
}

/** Returns the XML, with the line ends that a processor of XML makes of all (XML 1.0 section 2.11). */
function textOfMessage(message: string): string {
  if (message.length > largestSamlFormBytes) throw new ResponseRefused('too-long')
  try {
    const bytes = base64.decode(message.replaceAll(/\s/g, ''))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes).replaceAll(/\r\n?/g, '\n')
  } catch (error) {
    throw new ResponseRefused('no-response', { cause: error })
  }
}

/**
 * Checks what stands around the assertion. It need not be signed: it can only make a login fail, as the assertion says all of it
 * again.
 */
function requireEnvelope(response: XmlElement, { acsUrl, issuer, requestId }: Expected): void {
  if (!isNamed(response, 'protocol', 'Response')) throw new ResponseRefused('no-response')
  if (attributeOf(response, 'Version') !== '2.0') throw new ResponseRefused('version')
  if ((attributeOf(response, 'Destination') ?? acsUrl) !== acsUrl) throw new ResponseRefused('destination')
  if ((issuerOf(response) ?? issuer) !== issuer) throw new ResponseRefused('issuer')
  if ((attributeOf(response, 'InResponseTo') ?? requestId) !== requestId) throw new ResponseRefused('not-asked')
  requireSuccess(response)
}

/** Requires that the provider has let the user in. @throws RegistryError `sso-provider-refused` */
function requireSuccess(response: XmlElement): void {
  const [status] = childrenOf(response, 'protocol', 'Status')
  const [code] = status === undefined ? [] : childrenOf(status, 'protocol', 'StatusCode')
  if (status === undefined || code === undefined) throw new ResponseRefused('no-response')
  if (attributeOf(code, 'Value') === success) return
  const [detail] = childrenOf(code, 'protocol', 'StatusCode')
  const [message] = childrenOf(status, 'protocol', 'StatusMessage')
  const value = attributeOf(detail ?? code, 'Value') ?? ''
  throw ssoError({
    kind: 'sso-provider-refused',
    error: plainLineOf(value.replace(/^.*:/s, '')),
    description: plainLineOf((message && textOf(message)) ?? ''),
  })
}
