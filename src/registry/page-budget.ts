/** How much of a list one answer holds; the next page continues. */

/**
 * The items from the first on that fit a budget together. The first one is always among them, as a page without an item
 * would not lead on.
 */
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

/** The bytes that a value has in an answer. */
export const jsonBytes = (value: unknown): number => textBytes(JSON.stringify(value))
