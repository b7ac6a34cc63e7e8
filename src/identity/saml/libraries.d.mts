/** As much of the types of the libraries as is used: their own bring those of browsers, which are not those of this runtime. */

export interface XmlNode {
  readonly nodeType: number
  readonly nextSibling: XmlNode | null
  readonly firstChild: XmlNode | null
  readonly parentNode: XmlNode | null
  readonly textContent: string | null
}

export interface XmlElement extends XmlNode {
  readonly localName: string
  readonly namespaceURI: string | null
  getAttribute(name: string): string
  hasAttribute(name: string): boolean
}

export declare class DOMParser {
  constructor(options: { readonly errorHandler: (level: string, message: string) => void })
  parseFromString(text: string, mediaType: 'text/xml'): { readonly documentElement: XmlElement | null } | undefined
}

type Algorithms = Record<string, new () => object>

export declare class SignedXml {
  constructor(options: { readonly publicCert: string; readonly getCertFromKeyInfo: () => null })
  CanonicalizationAlgorithms: Algorithms
  HashAlgorithms: Algorithms
  SignatureAlgorithms: Algorithms
  loadSignature(signature: XmlElement): void
  getReferences(): readonly { readonly uri?: string | undefined }[]
  checkSignature(text: string): boolean
  getSignedReferences(): readonly string[]
}

export declare class X509Certificate {
  constructor(certificate: Uint8Array)
  readonly subject: string
  readonly validTo: string
  readonly publicKey: {
    readonly asymmetricKeyType: string
    readonly asymmetricKeyDetails?: { readonly modulusLength?: number }
  }
  toString(): string
}
