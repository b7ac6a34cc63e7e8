/**
 * What is refused about trust data. Clients of Notary parse these: `apiCode` is the code of Notary's protocol, the sentence its
 * fixed message, and `detail` is answered as it is. What went wrong stands in `detail`, and clients print it.
 */
import { errorsOf, ExpectedError, type FailureOf, type FailureTypes } from '../failures/failure.ts'

/** Clients make an error of their own from it, so its names and its form belong to the protocol. */
export type ValidationDetail =
  | { readonly Name: ValidationName; readonly Error: { readonly Msg: string } }
  | { readonly Name: 'ErrBadHierarchy'; readonly Error: { readonly Missing: string; readonly Msg: string } }

export type ValidationName = 'ErrBadRoot' | 'ErrBadTargets' | 'ErrBadSnapshot' | 'ErrValidation'

/** Is answered as an empty object, as the Go server does. */
type NoDetail = Readonly<Record<string, never>>

/** The message is fixed, and a detail is answered beside it. */
type Told<Detail> = (fields: { readonly detail: Detail }) => string

const roleInvalid: Told<string> = () => 'The role you are attempting to operate on is invalid.'
// Without a detail where what is stored cannot be built on, which is not the fault of this update.
const updateInvalid: Told<ValidationDetail | undefined> = () => 'Update sent by the client is invalid.'
const versionOld: Told<NoDetail> = () => 'A newer version of metadata is already available.'
// Without a detail for a path that no route has.
const metadataUnknown: Told<NoDetail | undefined> = () => 'You have requested metadata that does not exist.'
const gunInvalid: Told<string> = () => 'The server does not support actions on images of this name.'
const parametersInvalid: Told<string | NoDetail> = () => 'The parameters provided are not valid.'

/** Returns the detail of a refused GUN, in the words of Notary's server. */
export const gunsRequired = (host: string): string => `Require GUNs with prefix: [${host}/]`

export const trustFailures = {
  'trust-upload-malformed': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'MALFORMED_UPLOAD',
    sentence: () => 'The body of your request is malformed.',
  },
  'trust-filename-missing': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_FILENAME',
    sentence: () => 'No file/role name provided.',
  },
  'trust-role-invalid': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'INVALID_ROLE',
    sentence: roleInvalid,
  },
  'trust-json-malformed': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'MALFORMED_JSON',
    sentence: () => 'JSON sent by the client could not be parsed by the server',
  },
  'trust-update-invalid': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'INVALID_UPDATE',
    sentence: updateInvalid,
  },
  'trust-version-old': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'VERSION',
    sentence: versionOld,
  },
  'trust-metadata-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'METADATA_NOT_FOUND',
    sentence: metadataUnknown,
  },
  'trust-gun-invalid': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'INVALID_GUN',
    sentence: gunInvalid,
  },
  'trust-parameters-invalid': {
    status: 400,
    ociCode: 'UNKNOWN',
    apiCode: 'INVALID_PARAMETERS',
    sentence: parametersInvalid,
  },
} as const satisfies FailureTypes

export type TrustFailure = FailureOf<typeof trustFailures>

export const trustError = errorsOf(trustFailures)

/** Tells whether an error is one of these. */
export const isTrustError = (error: unknown): error is ExpectedError<TrustFailure> =>
  error instanceof ExpectedError && error.failure.kind in trustFailures
