/** Failures of names, tags and digests that break the grammar. */
import type { FailureTypes } from './failure.ts'
import { quote } from './text.ts'

export const namesFailures = {
  'name-invalid': {
    status: 400,
    ociCode: 'NAME_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ name }: { name: string }) =>
      `${quote(name)} is not a repository name: write <namespace>/<repository>, like alice/app, in lower-case letters and digits, separated by ".", "_", "-" or "/", 255 characters at most`,
  },
  /** A name of one part, without a namespace. */
  'name-incomplete': {
    // Docker shows the sentence of this code at once, without a minute of retries.
    status: 404,
    apiStatus: 400,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ name }: { name: string }) =>
      `${quote(name)} has no namespace: write <namespace>/<repository>, like alice/${name}`,
  },
  'tag-invalid': {
    status: 400,
    ociCode: 'MANIFEST_INVALID',
    apiCode: 'INVALID_TAG_NAME',
    sentence: ({ tag }: { tag: string }) =>
      `${quote(tag)} is not a tag: use up to 128 letters, digits, ".", "_" and "-", not starting with "." or "-"`,
  },
  'account-name-invalid': {
    status: 400,
    ociCode: 'NAME_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ name }: { name: string }) =>
      `${quote(name)} is not the name of a user or an organization: use up to 100 lower-case letters and digits, separated by ".", "_" or "-"`,
  },
  'team-name-invalid': {
    status: 400,
    ociCode: 'NAME_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ name }: { name: string }) =>
      `${quote(name)} is not the name of a team: use up to 100 letters and digits, separated by ".", "_" or "-"`,
  },
  'digest-invalid': {
    status: 400,
    ociCode: 'DIGEST_INVALID',
    apiCode: 'INVALID_DIGEST',
    sentence: ({ digest }: { digest: string }) =>
      `${quote(digest)} is not a supported digest: use "sha256:" with 64 or "sha512:" with 128 lower-case hexadecimal digits`,
  },
} as const satisfies FailureTypes
