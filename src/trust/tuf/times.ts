/** The times of documents: RFC 3339, compared by the millisecond, and printed in messages as Go prints them. */

export interface ExpiryTime {
  /** Since 1970. */
  readonly milliseconds: number
  /** As in "root expired at Sun Nov 22 11:20:06 UTC 2026". */
  readonly printed: string
}

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,30})?(Z|([+-])(\d\d):([0-5]\d))$/

/**
 * Reads a time of RFC 3339.
 *
 * @returns undefined for a text that is none
 */
export function readTime(text: string): ExpiryTime | undefined {
  const [, clock = '', fraction = '', , sign = '+', hours = '0', minutes = '0'] = rfc3339.exec(text) ?? []
  const local = Date.parse(`${clock}Z`)
  // A day or an hour that does not exist becomes the next.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(clock)) return undefined
  if (Number(hours) > 24) return undefined
  const offsetMinutes = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes))
  const beyondSeconds = Math.floor(Number(`0${fraction}`) * 1000)
  const zone = offsetMinutes === 0 ? 'UTC' : `${sign}${hours}${minutes}`
  return { milliseconds: local + beyondSeconds - offsetMinutes * 60_000, printed: printTime(local, zone) }
}

/** The time of a document that has none. */
export const zeroTime: ExpiryTime = {
  milliseconds: Date.parse('0001-01-01T00:00:00Z'),
  printed: 'Mon Jan 1 00:00:00 UTC 0001',
}

/** Writes a time in whole seconds, which every reader prints again as it was. */
export const writeTime = (milliseconds: number): string =>
  `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function printTime(local: number, zone: string): string {
  const date = new Date(local)
  const iso = date.toISOString()
  const [year, clock] = [iso.slice(0, 4), iso.slice(11, 19)]
  return `${weekdays[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${date.getUTCDate()} ${clock} ${zone} ${year}`
}
