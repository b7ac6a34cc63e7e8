/**
 * What a schema (zod) found wrong. The words stand in the schema, beside the rule that was broken, so a failure carries
 * them.
 */

export interface Misfit {
  /** Where it is, as "rules.0.field"; empty for the whole. */
  readonly place: string
  readonly message: string
}

/**
 * Returns the words for a misfit: its place, then its message.
 *
 * @param whole stands before the message if the place is empty
 */
export const placed = ({ place, message }: Misfit, whole: string): string =>
  place === '' ? `${whole}${message}` : `${place}: ${message}`

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * Returns the first problem that a schema found.
 *
 * @param at the place of the checked value in the whole
 */
export function misfitOf(
  { issues: [issue] }: { readonly issues: readonly Issue[] },
  at: readonly string[] = [],
): Misfit {
  const path = issue?.path ?? []
  return { place: [...at, ...path].join('.'), message: issue?.message ?? 'it does not match the documentation' }
}
