/** The filter of a search as it is sent: what an administrator wrote, with values beside it. */
import { AndFilter, EqualityFilter, FilterParser, PresenceFilter, type Filter } from 'ldapts'
import type { Search } from './directory-client.ts'
import { DirectoryFault } from './faults.ts'

/** Combines the filter of an administrator with values and attributes. */
export function filterOf({
  filter,
  matching = [],
  having = [],
}: Pick<Search, 'filter' | 'matching' | 'having'>): Filter {
  const filters = [
    ...matching.map((one) => new EqualityFilter(one)),
    ...having.map((attribute) => new PresenceFilter({ attribute })),
    ...(filter === '' ? [] : [parsedFilter(filter)]),
  ]
  const [first = new PresenceFilter({ attribute: 'objectClass' }), ...others] = filters
  return others.length === 0 ? first : new AndFilter({ filters })
}

/** Parses a filter of the settings. @throws DirectoryFault `filter-wrong` */
function parsedFilter(text: string): Filter {
  try {
    return FilterParser.parseString(text)
  } catch (error) {
    throw new DirectoryFault('search', 'filter-wrong', { cause: error })
  }
}
