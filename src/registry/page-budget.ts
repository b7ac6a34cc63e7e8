/** The budget of an answer with a list; the next page continues. */

/** Returns the first items that fit a budget together, and always the first one, as an empty page would not lead on. */
export function firstWithin<Item>(
  items: readonly Item[],
  budgetBytes: number,
  bytesOf: (item: Item) => number,
): readonly Item[] {
  let bytes = 0
  const end = items.findIndex((item, at) => (bytes += bytesOf(item)) > budgetBytes && at > 0)
  return end < 0 ? items : items.slice(0, end)
}

const encoder = new TextEncoder()

export const textBytes = (text: string): number => encoder.encode(text).length

/** Returns the bytes that a value has in an answer. */
export const jsonBytes = (value: unknown): number => textBytes(JSON.stringify(value))
