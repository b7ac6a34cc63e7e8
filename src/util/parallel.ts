/** Work on many things at once, but not on all. */

/** Works on items in parallel, no more than `most` at a time. @returns the results in the order of the items */
export async function mapInParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  // One iterator for all: each takes the next item as soon as it is done with one.
  const queue = items.entries()
  async function takeTurns(): Promise<void> {
    for (const [at, item] of queue) results[at] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, takeTurns))
  return results
}
