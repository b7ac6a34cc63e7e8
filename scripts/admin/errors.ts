/** How a command can fail, apart from what the registry refuses. */

/** The command was called in a wrong way: exit code 2, and its usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Ctrl-C, or the end of the input, where something was asked. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
