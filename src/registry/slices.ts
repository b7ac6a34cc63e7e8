/** Work that is done slice by slice, so that no statement is long and others have their turn in between. */

/**
 * Deletes slice by slice until one is not full or time runs out.
 *
 * @param remove deletes so many at most, and says how many went
 * @returns how many went in all
 */
export async function inSlices(
  size: number,
  isTimeOver: () => boolean,
  remove: (most: number) => Promise<number>,
): Promise<number> {
  let removed = 0
  for (;;) {
    const gone = await remove(size)
    removed += gone
    if (gone < size || isTimeOver()) return removed
  }
}
