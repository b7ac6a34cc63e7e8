/** Restates a signature of cosign 2, whose parts are in annotations, as a sigstore bundle. */
import * as z from 'zod'
import { largestCertificateBytes } from '../../limits.ts'
import { knownKeys } from '../../util/json.ts'
import type { SimpleSignature } from './artifact.ts'
import { decodeBase64, readJson, shaped, type Bytes } from './reading.ts'
import { SignatureRefused } from './types.ts'

/** The largest certificate in PEM, with its line ends. */
const longestPem = largestCertificateBytes * 2

/** Writes the JSON of a bundle of version 0.1, which is the one that has promises of logs without proofs. */
export async function simpleSigningBundle(
  { signature, certificate, logEntry, timestamp }: SimpleSignature,
  message: Bytes,
): Promise<object> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', message)).toBase64()
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature },
    verificationMaterial: {
      ...(certificate === undefined
        ? { publicKey: { hint: '' } }
        : { x509CertificateChain: { certificates: [{ rawBytes: derOf(certificate) }] } }),
      tlogEntries: logEntry === undefined ? [] : [readLogEntry(logEntry)],
      timestampVerificationData: { rfc3161Timestamps: timestamp === undefined ? [] : [readTimestamp(timestamp)] },
    },
  }
}

/** Reads the first certificate of a PEM text. */
function derOf(pem: string): string {
  if (pem.length > longestPem) {
    throw new SignatureRefused('too-large', `the certificate has more than ${longestPem} characters: use a smaller one`)
  }
  const lines = pem.split('\n').map((line) => line.trim())
  const begin = lines.indexOf('-----BEGIN CERTIFICATE-----')
  const end = lines.indexOf('-----END CERTIFICATE-----')
  if (begin < 0 || end < begin) throw new SignatureRefused('malformed', 'the certificate is not in PEM: sign again')
  return lines.slice(begin + 1, end).join('')
}

const nothing = knownKeys()
const entry = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({ body: z.string(), integratedTime: z.int(), logIndex: z.int(), logID: z.string() }),
})
const body = z.object({ kind: z.string(), apiVersion: z.string() })

/** Reads the annotation `dev.sigstore.cosign/bundle`: what Rekor promised. */
function readLogEntry(text: string): object {
  const what = 'the log entry'
  const { SignedEntryTimestamp, Payload } = shaped(entry, readJson(bytesOf(text), what, nothing), what)
  const { kind, apiVersion } = shaped(body, readJson(decodeBase64(Payload.body, what), what, nothing), what)
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: hexToBase64(Payload.logID, what) },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  }
}

const stamp = z.object({ SignedRFC3161Timestamp: z.string() })

/** Reads the annotation `dev.sigstore.cosign/rfc3161timestamp`. */
function readTimestamp(text: string): object {
  const what = 'the time stamp'
  return { signedTimestamp: shaped(stamp, readJson(bytesOf(text), what, nothing), what).SignedRFC3161Timestamp }
}

const bytesOf = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text))

function hexToBase64(hex: string, what: string): string {
  try {
    return Uint8Array.fromHex(hex).toBase64()
  } catch (cause) {
    throw new SignatureRefused('malformed', `${what} names no log: sign again`, { cause })
  }
}
