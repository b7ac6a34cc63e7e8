/**
 * Declares what a failure is: its answers over HTTP and its sentence, in one place. Each floor throws failures in the
 * terms of the domain; a sentence says what happened, then what to do next.
 */

/** The codes of the OCI distribution specification, and UNKNOWN for everything else. */
export type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'UNKNOWN'

export type FailureStatus =
  400 | 401 | 403 | 404 | 405 | 406 | 408 | 409 | 413 | 414 | 415 | 416 | 429 | 500 | 503 | 507

export interface FailureType {
  /** The status of the distribution API. */
  readonly status: FailureStatus
  /** The status of the administrative API, where it differs. */
  readonly apiStatus?: FailureStatus
  /** The code of the distribution API. */
  readonly ociCode: OciCode
  /** The code of the administrative API: DTR's, or ours where it had none. */
  readonly apiCode: Uppercase<string>
  /** Makes the sentence of the failure from its fields, which the parameter declares. */
  readonly sentence: (fields: never) => string
  /** Returns when to retry a failure that passes by itself. @param now in milliseconds since 1970 */
  readonly retryAfterSeconds?: (fields: never, now: number) => number
  /** Marks a failure of what the registry runs on, which is logged for the operator. */
  readonly isOutage?: true
}

/** Failure types by kind. */
export type FailureTypes = Readonly<Record<string, FailureType>>

type FieldsOf<Words> = Words extends (fields: infer Fields) => string ? Fields : never

/** The failures that the types declare, as a union told apart by `kind`. */
export type FailureOf<Types extends FailureTypes> = {
  [Kind in keyof Types & string]: { readonly kind: Kind } & FieldsOf<Types[Kind]['sentence']>
}[keyof Types & string]

/** The words for a part of a sentence of which there are several kinds, as the reasons of a failure. */
export type Phrases = Readonly<Record<string, (fields: never) => string>>

/** What is known of such a part, as a union told apart by `kind`: a failure has it as a field, in place of a text. */
export type PhraseOf<Table extends Phrases> = {
  [Kind in keyof Table & string]: { readonly kind: Kind } & FieldsOf<Table[Kind]>
}[keyof Table & string]

/**
 * Returns the words for a part of a sentence.
 *
 * @param given a `PhraseOf` the table
 */
export const phrase = <Kind extends string>(
  table: Readonly<Record<Kind, (fields: never) => string>>,
  given: { readonly kind: Kind },
): string => table[given.kind](fieldsOf(given))

interface AnyFailure {
  readonly kind: string
}

/** An error that is thrown on purpose; any other is a defect or an outage. */
export class ExpectedError<Failure extends AnyFailure = AnyFailure> extends Error {
  override readonly name: string = 'ExpectedError'
  readonly failure: Failure
  readonly type: FailureType

  constructor(types: Readonly<Record<Failure['kind'], FailureType>>, failure: Failure, options?: ErrorOptions) {
    const type: FailureType = types[failure.kind as Failure['kind']]
    super(type.sentence(fieldsOf(failure)), options)
    this.failure = failure
    this.type = type
  }

  /** Returns the seconds until a retry; undefined for a failure that does not pass by itself. */
  retryAfterSeconds(now: number): number | undefined {
    return this.type.retryAfterSeconds?.(fieldsOf(this.failure), now)
  }
}

/** Returns the failure as fields for the functions of its type; `FailureOf` makes sure that they fit. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of a union and of its functions are not correlated
const fieldsOf = (failure: AnyFailure): never => failure as never

/** Makes the errors of a capability from its declared failures, as `RegistryError` is made from those of the core. */
export const errorsOf =
  <Types extends FailureTypes>(types: Types) =>
  (failure: FailureOf<Types>, options?: ErrorOptions): ExpectedError =>
    new ExpectedError<AnyFailure>(types, failure, options)
