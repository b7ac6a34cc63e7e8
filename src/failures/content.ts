/** Failures about manifests, blobs and their ranges. */
import type { Digest, RepositoryName } from '../names.ts'
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { whyJsonRefused } from './json.ts'
import { placed, type Misfit } from './schema-misfit.ts'
import { quote, some } from './text.ts'

interface OfField {
  readonly field: string
}
interface Bound {
  readonly limit: number
}

const whyManifestInvalid = {
  ...whyJsonRefused,
  'not-utf-8': () => 'it is not UTF-8 text',
  'not-an-object': () => 'it is not a JSON object',
  'media-type-unknown': ({ mediaType, known }: { mediaType: string; known: readonly string[] }) =>
    `its media type ${quote(mediaType)} is not one of ${known.join(', ')}`,
  'media-types-differ': ({ mediaType, contentType }: { mediaType: string; contentType: string }) =>
    `its mediaType is ${quote(mediaType)}, but the Content-Type is ${quote(contentType)}; send the same`,
  'too-many-annotations': ({ limit }: Bound) => `annotations: has more than ${limit} keys; send fewer`,
  'too-many-urls': ({ field, limit }: OfField & Bound) => `${field}: has more than ${limit} urls; send fewer`,
  'too-many-items': ({ field, limit }: OfField & Bound) => `${field}: has more than ${limit} items; send fewer`,
  'not-a-list': ({ field }: OfField) => `${field}: must be a list`,
  'key-mistakable': ({ key, where, knownKey }: { key: string; where: KeyPlace; knownKey: string }) =>
    `some clients would read its key ${quote(key)}${placeOfKey(where)} as "${knownKey}"; rename or remove the key`,
  'field-of-others': ({ field, mediaType }: OfField & { mediaType: string }) =>
    `it has "${field}", which is not a field of ${mediaType}: some clients may read it as an image and others as an index; push two manifests`,
  /** The words stand in the schema of manifests. */
  'of-schema': (misfit: Misfit) => placed(misfit, ''),
} as const

/** The manifest itself, a descriptor in a field of it, or the platform of one. */
export type KeyPlace = { readonly in: 'manifest' } | (OfField & { readonly in: 'descriptor' | 'platform' })

function placeOfKey(where: KeyPlace): string {
  if (where.in === 'manifest') return ''
  return where.in === 'platform' ? ` of a platform of ${where.field}` : ` of ${where.field}`
}

export type WhyManifestInvalid = PhraseOf<typeof whyManifestInvalid>

export const contentFailures = {
  /** `actual` is unknown when R2 made the comparison. */
  'digest-mismatch': {
    status: 400,
    ociCode: 'DIGEST_INVALID',
    apiCode: 'INVALID_DIGEST',
    sentence: ({ expected, actual }: { expected: Digest; actual: string | undefined }) =>
      `the content does not match the digest ${expected}${actual === undefined ? '' : `; its digest is ${actual}`}: the content was damaged in transit, or the digest is wrong; upload it again`,
  },
  'manifest-unknown': {
    status: 404,
    ociCode: 'MANIFEST_UNKNOWN',
    apiCode: 'NO_SUCH_REF',
    sentence: ({ repository, reference }: { repository: RepositoryName; reference: string }) =>
      `${repository} has no manifest ${quote(reference)}: list the tags of the repository to find the right one`,
  },
  'manifest-invalid': {
    status: 400,
    ociCode: 'MANIFEST_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ reason }: { reason: WhyManifestInvalid }) =>
      `the manifest is not valid: ${phrase(whyManifestInvalid, reason)}`,
  },
  /** The repository has the same bytes under another media type, `mediaType`. */
  'manifest-type-fixed': {
    status: 400,
    ociCode: 'MANIFEST_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ repository, digest, mediaType }: { repository: RepositoryName; digest: Digest; mediaType: string }) =>
      `${repository} already has ${digest} with the media type ${mediaType}, and a digest has one media type: push it with that type, or change the manifest so that its digest changes`,
  },
  'manifest-too-large': {
    status: 413,
    ociCode: 'SIZE_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ limitBytes }: { limitBytes: number }) =>
      `the manifest is larger than ${limitBytes} bytes: split it into several manifests under an index, or drop annotations`,
  },
  'manifest-references-unknown': {
    status: 404,
    ociCode: 'MANIFEST_BLOB_UNKNOWN',
    apiCode: 'NO_SUCH_LAYER',
    sentence: ({ repository, digests }: { repository: RepositoryName; digests: string[] }) =>
      `the manifest refers to content that ${repository} does not have: push ${some(digests)} to this repository first`,
  },
  'manifest-in-use': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'REF_IN_USE',
    sentence: ({ digest, by }: { digest: Digest; by: string }) =>
      `${digest} belongs to the index ${by}: delete that index first`,
  },
  /** `signed` are some of the tags and manifests that a deletion may not delete. */
  'content-pinned': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TAG_IN_NOTARY',
    sentence: ({ repository, signed }: { repository: RepositoryName; signed: string[] }) =>
      `${some(signed)} of ${repository} cannot be deleted while signed: remove the signature first, for example with "docker trust revoke <registry>/${repository}:<tag>"`,
  },
  'blob-unknown': {
    status: 404,
    ociCode: 'BLOB_UNKNOWN',
    apiCode: 'NO_SUCH_LAYER',
    sentence: ({ repository, digest }: { repository: RepositoryName; digest: Digest }) =>
      `${repository} has no blob ${digest}: push it to this repository first`,
  },
  /** R2 lacks bytes that D1 lists. */
  'content-lost': {
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'CONTENT_LOST',
    sentence: ({ digest }: { digest: Digest }) =>
      `the storage has lost bytes of ${digest}: push the image again to restore them, or ask the operator to restore them from a backup`,
  },
  'blob-in-use': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'REF_IN_USE',
    sentence: ({ digest, by }: { digest: Digest; by: string }) =>
      `${digest} belongs to the manifest ${by}: delete that manifest first`,
  },
  'range-not-satisfiable': {
    status: 416,
    ociCode: 'SIZE_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ sizeBytes }: { sizeBytes: number }) =>
      `the range is outside the blob: ask for bytes below ${sizeBytes}, its size`,
  },
  'too-many-ranges': {
    // Podman, buildah and skopeo ask again for fewer ranges when the answer is 400.
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ limit }: { limit: number }) =>
      `one request may ask for at most ${limit} ranges: ask for fewer and larger ones, or for the whole blob`,
  },
} as const satisfies FailureTypes
