/** Refusals in the form of `failures.ts`, short enough for clients, which read no more than 1 KiB of an answer. */
import { longestTrustMessageBytes } from '../../limits.ts'
import type { TrustFailure, ValidationName } from '../failures.ts'
import { InvalidMetadata } from './invalid-metadata.ts'

/** Ends a validation. It is caught where the validation was begun, and never leaves this folder. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly failure: TrustFailure

  constructor(failure: TrustFailure, options?: ErrorOptions) {
    super(failure.kind, options)
    this.failure = failure
  }
}

export const refused = (name: ValidationName, message: string, options?: ErrorOptions): Refused =>
  new Refused({ kind: 'trust-update-invalid', detail: { Name: name, Error: { Msg: shorten(message) } } }, options)

/** Refuses an update because what is stored does not carry it. */
export const refusedWithoutDetail = (cause: unknown): Refused =>
  new Refused({ kind: 'trust-update-invalid', detail: undefined }, { cause })

/** Runs one step of a validation, whose flaws are told under a name. */
export async function under<Result>(name: ValidationName, step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step()
  } catch (error) {
    throw error instanceof InvalidMetadata ? refused(name, error.message, { cause: error }) : error
  }
}

/** Returns what a validation has decided, or why it refuses. */
export async function orRefusal<Result>(
  decide: () => Promise<Result>,
): Promise<Result | { readonly refusal: TrustFailure }> {
  try {
    return await decide()
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.failure }
    throw error
  }
}

/** Cuts a message that has long names of a client in it. */
export function shorten(message: string): string {
  let kept = message.slice(0, longestTrustMessageBytes)
  while (new TextEncoder().encode(JSON.stringify(kept)).length > longestTrustMessageBytes) {
    kept = kept.slice(0, Math.floor(kept.length / 2))
  }
  return kept
}
