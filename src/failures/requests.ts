/** Requests that the registry cannot read. */
import type { FailureTypes } from './failure.ts'

/** The place of a parameter in a request. */
export type ParameterPlace = 'path' | 'query' | 'header'

export const requestsFailures = {
  'parameter-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ place, parameter, why }: { place: ParameterPlace; parameter: string; why: string }) =>
      `the ${place} parameter "${parameter}" is not valid: ${why}`,
  },
  'body-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_JSON',
    sentence: ({ why }: { why: string }) => `the request body is not valid: ${why}`,
  },
  'path-too-long': {
    status: 414,
    ociCode: 'NAME_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ limit }: { limit: number }) =>
      `the request path is longer than ${limit} characters, and no resource has such a long name: check it`,
  },
  'not-acceptable': {
    status: 406,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NOT_ACCEPTABLE',
    sentence: () => 'the API answers in JSON: send "Accept: application/json"',
  },
  'media-type-unsupported': {
    status: 415,
    ociCode: 'UNSUPPORTED',
    apiCode: 'UNSUPPORTED_MEDIA_TYPE',
    sentence: () => 'the API reads JSON: send "Content-Type: application/json"',
  },
} as const satisfies FailureTypes
