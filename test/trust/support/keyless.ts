/** A small sigstore: an authority that certifies identities, and a log of one entry. Signs images as cosign does without a key. */
import { dsse, json as canonical } from '@sigstore/core'
import { Buffer } from 'node:buffer'
import { bytesOf } from '../../support/content.ts'
import { aCertificate, anAuthority, day, leafExtensions, signingTime, type Certified, x509 } from './certificates.ts'
import {
  bundleType,
  inDer,
  inTotoType,
  simplePayload,
  signatureAnnotation,
  type Bytes,
  type SimpleLayer,
} from './cosign.ts'

export interface SmallSigstore {
  /** As in a `trusted_root.json`. */
  readonly root: object
  /** Signs a statement in a bundle of version 0.3. */
  readonly bundleOf: (statement: Bytes, wishes?: IdentityWishes) => Promise<object>
  /** Signs a payload in a layer of cosign 2. */
  readonly layerOf: (digest: string, wishes?: IdentityWishes) => Promise<SimpleLayer>
}

export interface IdentityWishes {
  readonly issuer?: string
  readonly subject?: string
  /** When the log took the entry, in milliseconds since 1970. */
  readonly loggedAt?: number
}

export const workflow = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main'
export const github = 'https://token.actions.githubusercontent.com'

export async function aSmallSigstore(): Promise<SmallSigstore> {
  const authority = await anAuthority({ name: 'CN=sigstore,O=small' })
  const log = await aCertificate({ name: 'CN=log' })
  const logId = Buffer.from(Uint8Array.fromHex(log.trusted.fingerprint))
  const validFor = { start: new Date(0).toISOString() }

  const enter = async (body: object, loggedAt: number): Promise<object> => {
    const canonicalizedBody = bytesOf(JSON.stringify(body)).toBase64()
    const integratedTime = Math.floor(loggedAt / 1000)
    const promised = { body: canonicalizedBody, integratedTime, logIndex: 0, logID: logId.toString('hex') }
    const promise = await derSignature(log, bytesOf(canonical.canonicalize(promised)))
    const leaf = Uint8Array.from([0, ...bytesOf(JSON.stringify(body))])
    const rootHash = new Uint8Array(await crypto.subtle.digest('SHA-256', leaf)).toBase64()
    const note = `small.log\n1\n${rootHash}\n`
    const noteSignature = Uint8Array.from([...logId.subarray(0, 4), ...(await derSignature(log, bytesOf(note)))])
    return {
      logIndex: '0',
      logId: { keyId: logId.toString('base64') },
      kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp: promise.toBase64() },
      inclusionProof: {
        logIndex: '0',
        rootHash,
        treeSize: '1',
        hashes: [],
        checkpoint: { envelope: `${note}\n\u2014 small.log ${noteSignature.toBase64()}\n` },
      },
      canonicalizedBody,
    }
  }

  const certify = ({ issuer = github, subject = workflow }: IdentityWishes): Promise<Certified> =>
    aCertificate({
      name: '',
      issuer: authority,
      notBefore: signingTime - 60_000,
      notAfter: signingTime + 600_000,
      extensions: [
        ...leafExtensions(),
        new x509.SubjectAlternativeNameExtension([{ type: 'url', value: subject }], true),
        new x509.Extension('1.3.6.1.4.1.57264.1.8', false, utf8String(issuer)),
      ],
    })

  const entryFor = async (message: Uint8Array, signature: Bytes, signer: Certified, loggedAt = signingTime) => {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', message)).toHex()
    const publicKey = { content: bytesOf(signer.certificate.toString('pem')).toBase64() }
    const spec = {
      data: { hash: { algorithm: 'sha256', value: hash } },
      signature: { content: signature.toBase64(), publicKey },
    }
    return enter({ apiVersion: '0.0.1', kind: 'hashedrekord', spec }, loggedAt)
  }

  return {
    root: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [
        {
          baseUrl: 'https://small.log',
          hashAlgorithm: 'SHA2_256',
          publicKey: {
            rawBytes: log.trusted.spki.toBase64(),
            keyDetails: 'PKIX_ECDSA_P256_SHA_256',
            validFor,
          },
          logId: { keyId: logId.toString('base64') },
        },
      ],
      certificateAuthorities: [
        {
          subject: { organization: 'small', commonName: 'sigstore' },
          uri: 'https://small.ca',
          certChain: { certificates: [{ rawBytes: authority.der.toBase64() }] },
          validFor: { start: new Date(signingTime - 100 * day).toISOString() },
        },
      ],
      ctlogs: [],
      timestampAuthorities: [],
    },
    async bundleOf(statement, wishes = {}) {
      const signer = await certify(wishes)
      const message = dsse.preAuthEncoding(inTotoType, Buffer.from(statement))
      const signature = await derSignature(signer, message)
      return {
        mediaType: bundleType,
        verificationMaterial: {
          certificate: { rawBytes: signer.der.toBase64() },
          tlogEntries: [await entryFor(message, signature, signer, wishes.loggedAt)],
          timestampVerificationData: { rfc3161Timestamps: [] },
        },
        dsseEnvelope: {
          payload: statement.toBase64(),
          payloadType: inTotoType,
          signatures: [{ sig: signature.toBase64(), keyid: '' }],
        },
      }
    },
    async layerOf(digest, wishes = {}) {
      const signer = await certify(wishes)
      const payload = simplePayload(digest)
      const signature = await derSignature(signer, payload)
      const entry = (await entryFor(payload, signature, signer, wishes.loggedAt)) as {
        canonicalizedBody: string
        integratedTime: string
        inclusionPromise: { signedEntryTimestamp: string }
      }
      return {
        payload,
        annotations: {
          [signatureAnnotation]: signature.toBase64(),
          'dev.sigstore.cosign/certificate': `${signer.certificate.toString('pem')}\n`,
          'dev.sigstore.cosign/chain': `${authority.certificate.toString('pem')}\n`,
          'dev.sigstore.cosign/bundle': JSON.stringify({
            SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
            Payload: {
              body: entry.canonicalizedBody,
              integratedTime: Number(entry.integratedTime),
              logIndex: 0,
              logID: logId.toString('hex'),
            },
          }),
        },
      }
    },
  }
}

async function derSignature({ keys }: Certified, message: Uint8Array): Promise<Bytes> {
  return inDer(new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, message)))
}

const utf8String = (text: string): Bytes => Uint8Array.from([0x0c, text.length, ...bytesOf(text)])
