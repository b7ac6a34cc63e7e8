/**
 * Lists as parameters. D1 takes a text of 2,000,000 bytes at most, so a list that may be long is passed in pieces, as JSON
 * for `json_each`. Counting items is not enough: a sha512 digest is twice as long as a sha256 one, and a name may have 255
 * characters.
 */

/** Half of what D1 takes. */
const mostBytes = 1_000_000

const encoder = new TextEncoder()

/** The list in pieces of so many bytes as JSON, in its order; none for an empty list. */
export function piecesOf<Item>(items: readonly Item[], most = mostBytes): (readonly Item[])[] {
  const pieces: Item[][] = []
  let room = 0
  for (const item of items) {
    // With its comma.
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
