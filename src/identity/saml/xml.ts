/**
 * Reads XML of identity providers within bounds: well-formed, without a document type, and so without entities of its own.
 * What is read of an element is found by namespace and name among its children, and never anywhere below it.
 */
import { deepestSamlElement, mostSamlElements } from '../../limits.ts'
import { lazily } from '../../util/lazy.ts'
import type { DOMParser as Parser, XmlElement } from './libraries.mjs'

export type { XmlElement } from './libraries.mjs'

export const loadLibraries = lazily(() => import('./libraries.mjs'))

/** The namespaces of SAML 2.0, its metadata, and XML signatures. */
export const namespaces = {
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const

export type Namespace = keyof typeof namespaces

export type WhyNoXml = 'document-type' | 'too-many-elements' | 'not-well-formed'

/** A text that is no XML that may be read. */
export class XmlRefused extends Error {
  override readonly name = 'XmlRefused'
  readonly reason: WhyNoXml

  constructor(reason: WhyNoXml, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}

/** Returns the root of a document. @throws XmlRefused */
export async function parseXml(text: string): Promise<XmlElement> {
  const { DOMParser } = await loadLibraries()
  return rootOf(DOMParser, text)
}

function rootOf(DOMParser: typeof Parser, text: string): XmlElement {
  // What begins with "<!" and is neither a comment nor CDATA is a document type, or a part of one.
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw new XmlRefused('document-type')
  if ((text.match(/<[^/!?]/g)?.length ?? 0) > mostSamlElements) throw new XmlRefused('too-many-elements')
  let root: XmlElement | null | undefined
  try {
    root = new DOMParser({ errorHandler: refuse }).parseFromString(text, 'text/xml')?.documentElement
  } catch (error) {
    throw new XmlRefused('not-well-formed', { cause: error })
  }
  if (root === null || root === undefined) throw new XmlRefused('not-well-formed')
  if (depthOf(root) > deepestSamlElement) throw new XmlRefused('too-many-elements')
  return root
}

/** Counts the levels of a document, one at a time. */
function depthOf(root: XmlElement): number {
  let depth = 0
  for (let level = [root]; level.length > 0; level = level.flatMap((element) => elementsOf(element))) depth += 1
  return depth
}

/** Refuses a document, as the parser itself goes on after warnings and errors. */
function refuse(level: string, message: string): never {
  throw new Error(`${level}: ${message}`)
}

const elementNode = 1

/** Lists the child elements. */
export function elementsOf(parent: XmlElement): XmlElement[] {
  const found: XmlElement[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of the node tells it
    if (node.nodeType === elementNode) found.push(node as XmlElement)
  }
  return found
}

/** Tells whether an element has a name. */
export const isNamed = ({ localName, namespaceURI }: XmlElement, namespace: Namespace, name: string): boolean =>
  localName === name && namespaceURI === namespaces[namespace]

/** Lists the child elements of a name. */
export const childrenOf = (parent: XmlElement, namespace: Namespace, name: string): XmlElement[] =>
  elementsOf(parent).filter((child) => isNamed(child, namespace, name))

/** Lists the elements of a name among an element and all that is below it, in the order of the document. */
export function everyElement(top: XmlElement, namespace: Namespace, name: string): XmlElement[] {
  const found: XmlElement[] = []
  const waiting = [top]
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (isNamed(element, namespace, name)) found.push(element)
    waiting.push(...elementsOf(element).toReversed())
  }
  return found
}

/** Returns an attribute; undefined where it is missing or empty. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  const value = element.getAttribute(name)
  return value === '' ? undefined : value
}

/** Returns all of the text of an element without child elements, as of a comment between two texts; undefined for another. */
export const textOf = (element: XmlElement): string | undefined =>
  elementsOf(element).length > 0 ? undefined : (element.textContent ?? '').trim()

/** Writes a text as the value of an attribute or the content of an element. */
export const xmlText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
