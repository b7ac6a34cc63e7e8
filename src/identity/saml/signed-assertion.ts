/**
 * Finds the assertion of a response that the identity provider has signed. What comes out is parsed from the very bytes that a
 * signature covers (xml-crypto's `getSignedReferences`), so nothing that stands elsewhere in the document is ever read: that is
 * how signatures are wrapped ("On Breaking SAML", USENIX Security 2012).
 */
import type { SignedXml as SignedXmlClass } from './libraries.mjs'
import type { WhyRefused } from './failures.ts'
import { ResponseRefused } from './refusal.ts'
import {
  attributeOf,
  childrenOf,
  elementsOf,
  everyElement,
  isNamed,
  loadLibraries,
  parseXml,
  type XmlElement,
} from './xml.ts'

/** SHA-1 is not among them, nor a canonical form with comments. */
const allowed = {
  canonicalizations: [
    'http://www.w3.org/2001/10/xml-exc-c14n#',
    'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  ],
  hashes: ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'],
  signatures: [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  ],
} as const

/**
 * Returns the one assertion of a response, as it was signed.
 *
 * @param text of the response, and its root
 * @param pems certificates of the provider
 * @throws ResponseRefused
 */
export async function signedAssertion(
  text: string,
  response: XmlElement,
  pems: readonly string[],
): Promise<XmlElement> {
  const [assertion] = childrenOf(response, 'assertion', 'Assertion')
  if (everyElement(response, 'assertion', 'EncryptedAssertion').length > 0) throw refused('encrypted')
  if (assertion === undefined) throw refused('no-assertion')
  if (everyElement(response, 'assertion', 'Assertion').length > 1) throw refused('several-assertions')
  // A signature stands in what it signs (SAML 2.0 Core section 5.4): anywhere else it is a part of a trick.
  const signatures = everyElement(response, 'signature', 'Signature')
  if (signatures.length === 0) throw refused('unsigned')
  for (const parent of [response, assertion]) {
    if (childrenOf(parent, 'signature', 'Signature').length > 1) throw refused('signature-misplaced')
  }
  let signed: XmlElement | undefined
  for (const signature of signatures) {
    const parent = [response, assertion].find((element) => element === signature.parentNode)
    if (parent === undefined) throw refused('signature-misplaced')
    const content = await parseXml(await signedText(text, signature, parent, pems))
    if (!isSame(content, parent)) throw refused('signature-misplaced')
    signed = isNamed(content, 'assertion', 'Assertion') ? content : (signed ?? onlyAssertion(content))
  }
  if (signed === undefined) throw refused('unsigned')
  return signed
}

/** Tells whether what was signed is the element that the signature stands in. */
const isSame = (content: XmlElement, parent: XmlElement): boolean =>
  content.localName === parent.localName &&
  content.namespaceURI === parent.namespaceURI &&
  attributeOf(content, 'ID') === attributeOf(parent, 'ID')

function onlyAssertion(response: XmlElement): XmlElement {
  const [assertion, another] = childrenOf(response, 'assertion', 'Assertion')
  if (assertion === undefined || another !== undefined) throw refused('several-assertions')
  return assertion
}

/** Returns the canonical text that a signature covers. @throws ResponseRefused */
async function signedText(
  text: string,
  signature: XmlElement,
  parent: XmlElement,
  pems: readonly string[],
): Promise<string> {
  requireForm(signature)
  const { SignedXml } = await loadLibraries()
  for (const pem of pems) {
    const content = coveredBy(verifierOf(SignedXml, pem), text, signature, parent)
    if (content !== undefined) return content
  }
  throw refused('signature-wrong')
}

/** Returns what a signature covers; undefined when it is by another key, or what it covers was changed. */
function coveredBy(
  verifier: SignedXmlClass,
  text: string,
  signature: XmlElement,
  parent: XmlElement,
): string | undefined {
  try {
    verifier.loadSignature(signature)
    const [reference, another] = verifier.getReferences()
    // SAML 2.0 Core section 5.4.2: one reference, to the ID of the element that the signature stands in.
    const id = attributeOf(parent, 'ID')
    if (another !== undefined || id === undefined || reference?.uri !== `#${id}`) throw refused('signature-misplaced')
    if (!verifier.checkSignature(text)) return undefined
    const [content, more] = verifier.getSignedReferences()
    return more === undefined ? content : undefined
  } catch (error) {
    if (error instanceof ResponseRefused) throw error
    // The library throws for a signature of another key, and for what it does not understand.
    return undefined
  }
}

function verifierOf(SignedXml: typeof SignedXmlClass, publicCert: string): SignedXmlClass {
  // The certificate in the signature is only what its author says.
  const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
  verifier.CanonicalizationAlgorithms = only(verifier.CanonicalizationAlgorithms, allowed.canonicalizations)
  verifier.HashAlgorithms = only(verifier.HashAlgorithms, allowed.hashes)
  verifier.SignatureAlgorithms = only(verifier.SignatureAlgorithms, allowed.signatures)
  return verifier
}

const only = <Value>(all: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))

/** Requires the parts that a signature in SAML has, and the algorithms that are safe. @throws ResponseRefused */
function requireForm(signature: XmlElement): void {
  const parts = elementsOf(signature).map(({ localName }) => localName)
  if (!['SignedInfo,SignatureValue', 'SignedInfo,SignatureValue,KeyInfo'].includes(parts.join(','))) {
    throw refused('signature-misplaced')
  }
  const [info] = childrenOf(signature, 'signature', 'SignedInfo')
  if (info === undefined) throw refused('signature-misplaced')
  const algorithmsOf = (name: string) =>
    everyElement(info, 'signature', name).map((element) => attributeOf(element, 'Algorithm') ?? '')
  const areAllowed = (names: readonly string[], allowedNames: readonly string[]) =>
    names.length > 0 && names.every((name) => allowedNames.includes(name))
  // SAML 2.0 Core section 5.4.4: the enveloped signature is left out, and the rest canonicalized. Each more would take time again.
  if (algorithmsOf('Transform').length > 2) throw refused('signature-misplaced')
  const isAllowed =
    areAllowed(algorithmsOf('CanonicalizationMethod'), allowed.canonicalizations) &&
    areAllowed(algorithmsOf('Transform'), allowed.canonicalizations) &&
    areAllowed(algorithmsOf('DigestMethod'), allowed.hashes) &&
    areAllowed(algorithmsOf('SignatureMethod'), allowed.signatures)
  if (!isAllowed) throw refused('algorithm')
}

const refused = (kind: WhyRefused['kind']): ResponseRefused => new ResponseRefused(kind)
