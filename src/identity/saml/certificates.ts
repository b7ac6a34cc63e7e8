/**
 * The certificates of an identity provider. Only their keys count: SAML trusts the metadata that has them, so providers sign
 * them themselves and let them expire.
 */
import { base64 } from '@scure/base'
import { loadLibraries } from './xml.ts'

export interface SigningKey {
  /** The certificate in PEM. */
  readonly pem: string
  readonly subject: string
  /** When the certificate ends, as it says. */
  readonly until: string
}

/** A shorter key can be broken. */
const shortestModulus = 2048

/** Reads a certificate as metadata have it: base64 with white space. @returns undefined for one whose key cannot be used */
export async function readCertificate(text: string): Promise<SigningKey | undefined> {
  const { X509Certificate } = await loadLibraries()
  try {
    const certificate = new X509Certificate(base64.decode(text.replaceAll(/\s/g, '')))
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
    const isUsable = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= shortestModulus
    const { subject, validTo: until } = certificate
    return isUsable ? { pem: certificate.toString(), subject: subject.replaceAll('\n', ', '), until } : undefined
  } catch {
    // It is no certificate: the others may be.
    return undefined
  }
}
