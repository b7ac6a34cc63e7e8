/**
 * Splits lists into parameters of a statement. D1 takes a text of 2,000,000 bytes at most, so a long list is passed in
 * pieces, as JSON for `json_each`. The pieces have a number of bytes, not of items: a sha512 digest is twice as long as
 * a sha256 one, and a name may have 255 characters.
 */

/** Half of what D1 takes. */
const mostBytes = 1_000_000

const encoder = new TextEncoder()

/**
 * Splits a list into pieces of at most so many bytes as JSON, in its order; none for an empty list. An item that is
 * larger alone is a piece of its own.
 */
export function piecesOf<Item>(items: readonly Item[], most = mostBytes): (readonly Item[])[] {
  const pieces: Item[][] = []
  let room = 0
  for (const item of items) {
    // Counts the comma.
    const bytes = encoder.encode(JSON.stringify(item)).length + 1
    const last = pieces.at(-1)
    if (last === undefined || bytes > room) {
      pieces.push([item])
      room = most - bytes
    } else {
      last.push(item)
      room -= bytes
    }
  }
  return pieces
}

export const jsonPiecesOf = (items: readonly unknown[]): string[] =>
  piecesOf(items).map((piece) => JSON.stringify(piece))
