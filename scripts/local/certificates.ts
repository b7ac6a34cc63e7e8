/** Makes keys and X.509 certificates (RFC 5280): ECDSA on P-256 with SHA-256, which every client of a registry takes. */
// Before the library, whose dependency looks for it when it is loaded.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

export interface Validity {
  readonly from: Date
  readonly to: Date
}

interface Pair {
  readonly key: string
  readonly certificate: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

/** Returns a new private key in PEM (PKCS #8). */
export async function newKey(): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY') + '\n'
}

/** Returns the certificate of an authority, signed by itself. */
export async function makeAuthority(key: string, machine: string, validity: Validity): Promise<string> {
  const keys = await importKeys(key)
  const name = `CN=Breakwater on ${x509Text(machine)}`
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name,
      keys,
      signingAlgorithm,
      notBefore: validity.from,
      notAfter: validity.to,
      serialNumber: newSerialNumber(),
      extensions: [
        // It signs servers, and no further authorities.
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return certificate.toString('pem') + '\n'
}

/** Returns a key and a certificate of a server with these names and addresses. */
export async function issueCertificate(authority: Pair, names: readonly string[], validity: Validity): Promise<Pair> {
  const key = await newKey()
  const { publicKey } = await importKeys(key)
  const issuer = new x509.X509Certificate(authority.certificate)
  const signing = await importKeys(authority.key)
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=Breakwater',
      issuer: issuer.subjectName,
      publicKey,
      signingKey: signing.privateKey,
      signingAlgorithm,
      notBefore: validity.from,
      notAfter: validity.to,
      serialNumber: newSerialNumber(),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
        // RFC 6125: clients look here, and not at the subject.
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
          false,
        ),
        await x509.SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { key, certificate: certificate.toString('pem') + '\n' }
}

/** Makes a serial number that is positive and unique to the authority (RFC 5280 section 4.1.2.2). */
function newSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  const [first = 0] = bytes
  bytes[0] = (first & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

async function importKeys(pem: string) {
  const privateKey = createPrivateKey(pem)
  const [pkcs8, spki] = [
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  ]
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  }
}

/** Removes characters that mean something in a distinguished name (RFC 4514 section 2.4). */
const x509Text = (text: string): string => text.replaceAll(/[^\w .-]/g, '').trim()
