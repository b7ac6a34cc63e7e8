/** Where a request comes from, as failed logins are counted. */

export interface ClientNetwork {
  /** An IPv4 address, or the network of an IPv6 address. */
  readonly name: string
  /** How many times the free guesses of one address it has. */
  readonly factor: number
}

/** From the narrowest to the widest. */
export type Networks = readonly [ClientNetwork, ...ClientNetwork[]]

/**
 * Returns the networks of an address. The holder of one IPv6 address has the 2⁶⁴ of its /64, a household often a /56 and a
 * site a /48, each of which would otherwise be as many places as anyone could wish for.
 *
 * @param text as Cloudflare or the runtime says it; undefined where neither does
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

/** The eight groups of an IPv6 address, without leading zeros. */
function expanded(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].map(trimZeros)
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))
const trimZeros = (group: string): string => group.replace(/^0+(?=.)/, '')
