/** Networks of a client, under which failed logins are counted. */

export interface ClientNetwork {
  /** An IPv4 address, or the network of an IPv6 address. */
  readonly name: string
  /** Multiplies the free guesses of one address. */
  readonly factor: number
}

/** The networks of one address, the narrowest first. */
export type Networks = readonly [ClientNetwork, ...ClientNetwork[]]

/**
 * Returns the networks of an address. The holder of one IPv6 address has the whole /64, a household often a /56 and a
 * site a /48, so each of these counts.
 *
 * @param text as Cloudflare or the runtime reports it; undefined, like anything that is no address, counts as `local`
 */
export function networksOf(text: string | undefined): Networks {
  const address = text?.toLowerCase() ?? ''
  const version4 = /^(?:::ffff:)?((?:\d{1,3}\.){3}\d{1,3})$/.exec(address)?.[1]
  if (version4 !== undefined) return [{ name: version4, factor: 1 }]
  if (address.length > 39 || !/^[0-9a-f:]+$/.test(address) || !address.includes(':')) {
    return [{ name: 'local', factor: 1 }]
  }
  const [first = '0', second = '0', third = '0', fourth = '0'] = expanded(address)
  const subnet = fourth.padStart(4, '0').slice(0, 2)
  const household = subnet === '00' ? '0' : trimZeros(`${subnet}00`)
  const site = `${first}:${second}:${third}`
  return [
    { name: `${site}:${fourth}::/64`, factor: 1 },
    { name: `${site}:${household}::/56`, factor: 2 },
    { name: `${site}::/48`, factor: 4 },
  ]
}

/** Expands an IPv6 address to its eight groups, without leading zeros. */
function expanded(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].map(trimZeros)
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))
const trimZeros = (group: string): string => group.replace(/^0+(?=.)/, '')
