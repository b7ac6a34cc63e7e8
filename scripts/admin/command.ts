/** What a command of the administration is: its words, what it takes, and what it does. */
import type { Api } from './api.ts'
import type { Output } from './output.ts'

export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** What stands for the value in the help; empty for a flag. */
  readonly placeholder: string
  readonly summary: string
}

/** What was typed after the words of the command. */
export interface Input<Argument extends string, Option extends string> {
  argument(name: Argument): string
  /** The argument that may be left out. */
  optionalArgument(): string | undefined
  flag(name: Option): boolean
  text(name: Option): string | undefined
  /** @throws UsageError when it is not a whole number */
  number(name: Option): number | undefined
}

export interface Context {
  /** Who logs in. */
  readonly user: string
  /** The registry; asks for the password at the first call. */
  readonly api: () => Promise<Api>
}

export interface Command<Argument extends string = string, Option extends string = string> {
  /** `user create`. */
  readonly words: string
  readonly summary: string
  readonly arguments?: readonly Argument[]
  /** An argument after them that may be left out. */
  readonly optionalArgument?: string
  readonly options?: Readonly<Partial<Record<Option, OptionSpec>>>
  run(input: Input<Argument, Option>, context: Context): Promise<Output>
}

/** Checks that a command asks for those arguments and options only that it declares. */
export const command = <const Argument extends string, const Option extends string>(
  declared: Command<Argument, Option>,
): Command => declared

export const flag = (summary: string): OptionSpec => ({ type: 'boolean', placeholder: '', summary })

export const value = (placeholder: string, summary: string): OptionSpec => ({ type: 'string', placeholder, summary })
