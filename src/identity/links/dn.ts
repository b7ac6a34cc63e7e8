/** Distinguished names (RFC 4514), as far as two spellings of one have to be told equal. */

/**
 * Returns a form in which two spellings of a distinguished name are equal: lower case, no spaces around separators, each
 * escape as `\xx`. Attributes compare without regard to case in the directories that there are (RFC 4517 section 4.2.11).
 */
export function dnKeyOf(dn: string): string {
  return splitDn(dn)
    .map((part) =>
      splitUnescaped(part, '+')
        .map(assertionKey)
        .toSorted((one, other) => (one < other ? -1 : Number(one > other)))
        .join('+'),
    )
    .join(',')
}

/** Splits a distinguished name into its parts, the leaf first. */
export const splitDn = (dn: string): string[] => (dn.trim() === '' ? [] : splitUnescaped(dn, ','))

/** Tells whether an entry is the base or stands below it. Both are keys (`dnKeyOf`). */
export const isBelow = (dnKey: string, baseKey: string): boolean =>
  baseKey === '' || dnKey === baseKey || dnKey.endsWith(`,${baseKey}`)

/** Splits at a separator that no backslash stands before. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts = ['']
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === separator) {
      parts.push('')
      continue
    }
    const taken = character === '\\' ? text.slice(at, at + 2) : character
    parts.push(`${parts.pop() ?? ''}${taken}`)
    at += taken.length - 1
  }
  return parts
}

function assertionKey(assertion: string): string {
  const [type = '', ...rest] = splitUnescaped(assertion, '=')
  return `${type.trim().toLowerCase()}=${valueKey(rest.join('='))}`
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Reads the escapes of a value, and escapes again what is special, so that both forms of an escape become one. */
function valueKey(value: string): string {
  // The last space may be escaped: it is a part of the value then.
  const trimmed = value.trimStart().replace(/(?<!\\) +$/, '')
  const plain = trimmed.replaceAll(/(?:\\[0-9a-f]{2})+|\\./gi, (escape) =>
    /^\\[0-9a-f]{2}/i.test(escape)
      ? decoder.decode(Uint8Array.from(escape.match(/[0-9a-f]{2}/gi) ?? [], (hex) => Number.parseInt(hex, 16)))
      : escape.slice(1),
  )
  return plain
    .toLowerCase()
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/[",+;<>\\=#]/g, (special) =>
      Array.from(encoder.encode(special), (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''),
    )
}
