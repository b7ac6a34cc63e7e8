/** The errors of commands, apart from refusals of the registry. */

/** The command was called in a wrong way: exit code 2, and its help. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Tells whether Ctrl-C, or the end of the input, ended a question of @inquirer. */
export const isInterrupt = (error: unknown): boolean => error instanceof Error && error.name === 'ExitPromptError'
