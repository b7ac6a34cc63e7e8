/** Does the work for every item, so many at a time, each of them starting the next as soon as it is done. */
export async function inParallel<Item>(
  width: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

/** Does the same work so many times, `width` of them at once. */
export function repeatInParallel(width: number, times: number, work: () => Promise<unknown>): Promise<void> {
  return inParallel(width, Array.from({ length: times }).keys(), work)
}
