/**
 * Says where a filter is wrong (RFC 4515 section 3). The library that sends filters says that one is, and not where, and lets
 * some pass that a directory refuses.
 */

/** What is missing at the place. */
export type Expected = 'opening' | 'closing' | 'attribute' | 'operator' | 'escape' | 'end'

export interface FilterFault {
  /** The number of the character, from 1. */
  readonly at: number
  readonly expected: Expected
}

/** Sticky, so that each matches at the place of the reader alone. */
const attribute = /[a-z][a-z0-9_-]*/iy
const operator = /(?:=|>=|<=|~=|(?::dn)?(?::[a-z0-9.-]+)?:=)/iy
const rule = /(?::dn)?:[a-z0-9.-]+:=/iy
const value = /(?:[^()\\\0]|\\[0-9a-f]{2})*/iy

/** Returns the first fault of a filter; undefined for none. One without its parentheses is read as if it had them. */
export function filterFault(text: string): FilterFault | undefined {
  const isBare = !text.startsWith('(')
  const reader = new Reader(isBare ? `(${text})` : text)
  const fault = reader.filter() ?? reader.end()
  if (fault === undefined) return undefined
  return { ...fault, at: isBare ? placeInBare(fault, text) : fault.at + 1 }
}

/** Returns the place in a filter without its parentheses. Where the rest is too much, the parenthesis before it is wrong. */
const placeInBare = ({ at, expected }: FilterFault, text: string): number =>
  expected === 'end' ? at - 1 : Math.min(at, text.length + 1)

class Reader {
  private at = 0

  constructor(private readonly text: string) {}

  filter(): FilterFault | undefined {
    return this.take('(', 'opening') ?? this.component() ?? this.take(')', 'closing')
  }

  end(): FilterFault | undefined {
    return this.at === this.text.length ? undefined : this.fault('end')
  }

  private component(): FilterFault | undefined {
    if (this.skip('!')) return this.filter()
    if (!this.skip('&') && !this.skip('|')) return this.item()
    let fault = this.filter()
    while (fault === undefined && this.text[this.at] === '(') fault = this.filter()
    return fault
  }

  private item(): FilterFault | undefined {
    if (!this.match(rule)) {
      if (!this.match(attribute)) return this.fault('attribute')
      if (!this.match(operator)) return this.fault('operator')
    }
    this.match(value)
    const next = this.text[this.at]
    return next === undefined || next === ')' ? undefined : this.fault('escape')
  }

  private take(character: string, expected: Expected): FilterFault | undefined {
    return this.skip(character) ? undefined : this.fault(expected)
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at += 1
    return true
  }

  private match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    if (!pattern.test(this.text)) return false
    this.at = pattern.lastIndex
    return true
  }

  private fault(expected: Expected): FilterFault {
    return { at: this.at, expected }
  }
}
