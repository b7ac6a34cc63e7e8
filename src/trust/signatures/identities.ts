/** Compares keyless identities with the patterns of an administrator. */

/**
 * Compares a text with a pattern.
 *
 * @param pattern in which a `*` stands for any characters, and all else for itself
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const [start = '', ...rest] = pattern.split('*')
  const end = rest.pop()
  if (end === undefined) return text === pattern
  if (!text.startsWith(start)) return false
  let at = start.length
  for (const part of rest) {
    // The first place is the best: it leaves most of the text to what follows.
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - end.length >= at && text.endsWith(end)
}
