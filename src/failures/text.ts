/** Parts of the sentences of failures. */

/** Names of others are quoted at most this long, so that an error stays readable. */
export const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

/** Joins the first three names and says how many more there are; returns "it" for an empty list. */
export function some(names: readonly string[]): string {
  if (names.length === 0) return 'it'
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `${names.slice(0, 3).join(', ')}${more}`
}
