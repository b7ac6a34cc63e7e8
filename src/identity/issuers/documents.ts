/** What issuers publish: the document of OpenID Connect Discovery 1.0 section 3, and the key set of RFC 7517. */
import type { JSONWebKeySet } from 'jose'
import * as z from 'zod'
import { longestUrl, mostKeysOfIssuer } from '../../limits.ts'
import { issuerError, type WhyUnusable } from './failures.ts'
import { discoveryUrlOf, mayName } from './issuer-url.ts'

const url = z.string().max(longestUrl)
const names = z.array(z.string())

const metadataSchema = z.object({
  issuer: z.string(),
  jwks_uri: url,
  authorization_endpoint: url.exactOptional(),
  token_endpoint: url.exactOptional(),
  userinfo_endpoint: url.exactOptional(),
  code_challenge_methods_supported: names.exactOptional(),
  token_endpoint_auth_methods_supported: names.exactOptional(),
  id_token_signing_alg_values_supported: names.exactOptional(),
  authorization_response_iss_parameter_supported: z.boolean().exactOptional(),
})

/** The document of an issuer. Its URLs are safe to ask. */
export type IssuerMetadata = z.infer<typeof metadataSchema>

const endpoints = ['jwks_uri', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint'] as const

/** Reads the document of an issuer. @throws RegistryError `issuer-unusable` */
export function metadataOf(issuer: string, document: unknown): IssuerMetadata {
  const unusable = (reason: WhyUnusable) =>
    issuerError({ kind: 'issuer-unusable', url: discoveryUrlOf(issuer), reason })
  const { success, data, error } = metadataSchema.safeParse(document)
  if (!success) throw unusable({ kind: 'of-schema', field: fieldOf(error) })
  // OpenID Connect Discovery 1.0 section 4.3: the issuer must be the very one that was asked.
  if (data.issuer !== issuer) throw unusable({ kind: 'other-issuer', issuer: data.issuer })
  const unsafe = endpoints.find((field) => data[field] !== undefined && !mayName(issuer, data[field]))
  if (unsafe !== undefined) throw unusable({ kind: 'unsafe-url', field: unsafe })
  return data
}

/** An RSA modulus of 8192 bits in base64url: a longer one would make each check slow. */
const longestModulus = 1366

const keySchema = z.looseObject({ kty: z.string(), kid: z.string().exactOptional(), n: z.string().exactOptional() })
const keySetSchema = z.object({ keys: z.array(z.unknown()) })

/**
 * Reads a key set. Keys of other kinds are left out (RFC 7517 section 5), secret ones and oversized ones among them.
 *
 * @throws RegistryError `issuer-unusable`
 */
export function keySetOf(from: string, document: unknown): JSONWebKeySet {
  const { success, data, error } = keySetSchema.safeParse(document)
  const unusable = (reason: WhyUnusable) => issuerError({ kind: 'issuer-unusable', url: from, reason })
  if (!success) throw unusable({ kind: 'of-schema', field: fieldOf(error) })
  if (data.keys.length > mostKeysOfIssuer) throw unusable({ kind: 'too-many-keys', limit: mostKeysOfIssuer })
  return { keys: data.keys.flatMap((key) => usableKey(key)) }
}

/** Why a document is no key set that an administrator may store. */
export type WhyNoKeySet = { readonly kind: 'no-keys' | 'too-many' | 'private' }

/** Tells why a document is no key set to check tokens by; undefined for one that is. */
export function whyNoKeySet(document: unknown): WhyNoKeySet | undefined {
  const { success, data } = keySetSchema.safeParse(document)
  if (!success || data.keys.every((key) => usableKey(key).length === 0)) return { kind: 'no-keys' }
  if (data.keys.length > mostKeysOfIssuer) return { kind: 'too-many' }
  // RFC 7517 section 9.2: a private key has no place where it is shown.
  return data.keys.some((key) => privateKey.safeParse(key).success) ? { kind: 'private' } : undefined
}

const privateKey = z.object({ d: z.string() })

function usableKey(key: unknown): JSONWebKeySet['keys'] {
  const { success, data } = keySchema.safeParse(key)
  if (!success || !['RSA', 'EC', 'OKP'].includes(data.kty) || (data.n?.length ?? 0) > longestModulus) return []
  return [data]
}

/** Names the field that a schema refuses first. */
const fieldOf = (error: z.core.$ZodError): string => error.issues[0]?.path.join('.') ?? ''
