/** Filters as administrators write them. The library is loaded with this module. */
import { FilterParser } from 'ldapts'

/** Tells whether a text is a filter (RFC 4515). */
export function isFilter(text: string): boolean {
  try {
    FilterParser.parseString(text)
    return true
  } catch {
    return false
  }
}
