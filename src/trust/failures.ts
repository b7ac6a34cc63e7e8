/**
 * What is refused about trust data. Clients of Notary parse these: `apiCode` is the code of Notary's protocol, the sentence its
 * fixed message, and `detail` is answered as it is. What went wrong stands in `detail`, and clients print it.
 */
import { errorsOf, type FailureOf, type FailureTypes } from '../failures/failure.ts'

/** Clients make an error of their own from it, so its names and its form belong to the protocol. */
export type ValidationDetail =
  | { readonly Name: ValidationName; readonly Error: { readonly Msg: string } }
  | { readonly Name: 'ErrBadHierarchy'; readonly Error: { readonly Missing: string; readonly Msg: string } }

export type ValidationName = 'ErrBadRoot' | 'ErrBadTargets' | 'ErrBadSnapshot' | 'ErrValidation'

/** The message is fixed, and a detail is answered beside it. */
type Told<Detail> = (fields: { readonly detail: Detail }) => string

const roleInvalid: Told<string> = () => 'The role you are attempting to operate on is invalid.'
// Without a detail where what is stored cannot be built on, which is not the fault of this update.
const updateInvalid: Told<ValidationDetail | undefined> = () => 'Update sent by the client is invalid.'
const versionOld: Told<Readonly<Record<string, never>>> = () => 'A newer version of metadata is already available.'

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
} as const satisfies FailureTypes

export type TrustFailure = FailureOf<typeof trustFailures>

export const trustError = errorsOf(trustFailures)
