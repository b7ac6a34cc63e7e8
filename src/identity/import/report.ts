/** What an import says at its end. */
import { wordsOf, type Step } from './steps.ts'

/** A step that was refused. */
export interface Problem {
  readonly step: Step
  readonly why: string
}

export interface Report {
  readonly steps: readonly Step[]
  readonly notes: readonly string[]
  readonly problems: readonly Problem[]
  readonly isDryRun: boolean
}

/** Writes the report for people and for programs. */
export function outputOf({ steps, notes, problems, isDryRun }: Report): {
  readonly data: object
  readonly lines: readonly string[]
  readonly isBad: boolean
} {
  const users = steps.filter(({ kind }) => kind === 'user').length
  const passwords =
    users === 0 ? [] : ['The users have passwords that no one knows: set new ones with "user password NAME".']
  const told = isDryRun
    ? steps.map((step) => `would ${wordsOf(step)}`)
    : problems.map(({ step, why }) => `could not ${wordsOf(step)}: ${why}`)
  const ends =
    steps.length === 0
      ? 'Nothing is missing here.'
      : isDryRun
        ? `To do: ${steps.length}.`
        : `Done: ${steps.length - problems.length} of ${steps.length}.`
  return {
    data: { steps, notes, problems },
    lines: [...told, ...notes, ...(isDryRun ? [] : passwords), ends],
    isBad: problems.length > 0,
  }
}
