/** Failures about tags: missing, immutable, or too many. */
import type { RepositoryName } from '../names.ts'
import type { FailureTypes } from './failure.ts'
import { quote, some } from './text.ts'

export const tagsFailures = {
  'tag-unknown': {
    status: 404,
    ociCode: 'MANIFEST_UNKNOWN',
    apiCode: 'NO_SUCH_TAG',
    sentence: ({ repository, tag }: { repository: RepositoryName; tag: string }) =>
      `${repository} has no tag ${quote(tag)}: list its tags to find the right one`,
  },
  /** `tags` are the tags of the push that already point to another manifest. */
  'tag-immutable': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TAG_IMMUTABLE',
    sentence: ({ repository, tags }: { repository: RepositoryName; tags: string[] }) =>
      `tags of ${repository} are immutable, and another image already has ${some(tags)}: push a new tag, or ask an administrator of ${repository} to make its tags mutable`,
  },
  /** A push found no room for its tags: all others are signed, immutable or part of the same push. */
  'tag-limit-reached': {
    // DENIED is a code at which Docker gives up at once and shows the sentence.
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TAG_LIMIT_REACHED',
    sentence: ({ repository, limit }: { repository: RepositoryName; limit: number }) =>
      `the tag limit of ${repository} is ${limit}, and the push would exceed it, as signed and immutable tags are kept: delete unused tags, or ask an administrator of ${repository} to raise the limit`,
  },
  'too-many-tags': {
    status: 414,
    apiStatus: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ limit }: { limit: number }) =>
      `one push may set at most ${limit} tags: push the manifest again for the other tags`,
  },
} as const satisfies FailureTypes
