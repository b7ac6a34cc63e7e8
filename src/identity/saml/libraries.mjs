/** The libraries of SAML, which are loaded together at the first use. `libraries.d.mts` has as much of their types as is used. */
export { X509Certificate } from 'node:crypto'
export { DOMParser } from '@xmldom/xmldom'
export { SignedXml } from 'xml-crypto'
