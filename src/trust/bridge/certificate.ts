/**
 * The self-signed certificate of the registry's key, for notation and Ratify, which know no bare keys. It follows the Notary
 * Project's "Certificate Requirements" for a leaf that signs code: a critical key usage of digitalSignature alone, code
 * signing as the only extended key usage, and no authority. Its subject has C, ST and O, without which a trust policy of
 * notation cannot name it.
 */
import { loadX509 } from '../x509.ts'

/** `XX` is a code that ISO 3166 leaves to its users. */
export const certificateSubject = 'C=XX, ST=Registry, O=Breakwater'

const lifetimeYears = 25
const clockSkewMilliseconds = 3_600_000

/** Makes the certificate, in DER. */
export async function makeCertificate(
  keys: CryptoKeyPair,
  fingerprint: string,
  now: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const x509 = await loadX509()
  const notBefore = new Date(now - clockSkewMilliseconds)
  const notAfter = new Date(notBefore)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + lifetimeYears)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // RFC 5280 section 4.1.2.2: positive, and at most 20 bytes.
    serialNumber: `01${fingerprint.slice(0, 30)}`,
    name: `${certificateSubject}, CN=registry key ${fingerprint.slice(0, 16)}`,
    notBefore,
    notAfter,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
    ],
  })
  return new Uint8Array(certificate.rawData)
}
