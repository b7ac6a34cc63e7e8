/** Filters as administrators write them. The library is loaded with this module. */
import { FilterParser } from 'ldapts'
import { directoryError, type WhySettingsInvalid } from './failures.ts'
import { filterFault } from './filter-grammar.ts'

/**
 * Requires a filter by RFC 4515 that the library can send; an empty one stands for every entry.
 *
 * @param place of the filter in what was sent: "userSearchConfigs.0.filter"
 * @throws directoryError `directory-settings-invalid`, which says at which character it is wrong
 */
export function requireFilter(place: string, text: string): void {
  if (text === '') return
  const fault = filterFault(text)
  if (fault !== undefined) throw wrong({ kind: 'filter-wrong', place, ...fault })
  try {
    FilterParser.parseString(text)
  } catch (error) {
    throw wrong({ kind: 'filter-unknown', place }, { cause: error })
  }
}

const wrong = (reason: WhySettingsInvalid, options?: ErrorOptions) =>
  directoryError({ kind: 'directory-settings-invalid', reason }, options)
