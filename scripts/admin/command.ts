/** Declares commands: their names, their help, what they take and what they do. `program.ts` hands them to commander. */
import type { Api } from './api.ts'
import type { Destination } from './connection.ts'
import type { Login } from './user-login.ts'
import { UsageError } from './errors.ts'
import type { Output } from './output.ts'

export interface Argument<Value> {
  /** The name of the argument in the help: `ORG`. */
  readonly placeholder: string
  readonly isOptional: boolean
  /** The words that may be given; all when there are none. */
  readonly choices: readonly string[]
  /** Reads the text that was typed. @throws UsageError */
  read(text: string | undefined): Value
}

export interface Option<Value> {
  /** The name of the value in the help; empty for a flag. */
  readonly placeholder: string
  readonly summary: string
  /** The summary of `--no-NAME`, where there is one. */
  readonly opposite?: string
  /** The words that may be given; all when there are none. */
  readonly choices?: readonly string[]
  /** It may be given several times. */
  readonly isRepeatable?: boolean
  /** Reads the value that was given to the option. @throws UsageError */
  read(given: unknown, flag: string): Value
}

export type Arguments = Readonly<Record<string, Argument<unknown>>>
export type Options = Readonly<Record<string, Option<unknown>>>

/** The values that were typed, under the names of the declaration. */
export type Values<Declared extends Arguments | Options> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Argument<infer Value> | Option<infer Value> ? Value : never
}

export interface Context {
  /** The registry's HTTP API. It asks for the password, where it needs one, at the first request. */
  readonly api: Api
  readonly login: Login
  /** The registry and the user that were named on the command line. */
  readonly destination: Destination
  /** Prints a line before the command has ended, while a bar is shown with its `print`. Prints nothing for `--json`, where the data at the end has it all. */
  readonly say: (line: string, print?: (line: string) => void) => void
  /** The declarations of all commands, for the completion. */
  readonly declarations: readonly Declaration[]
}

export interface Command<Arg extends Arguments = Arguments, Opt extends Options = Options> {
  readonly name: string
  /** Other names, such as those of earlier releases, which scripts may have. */
  readonly aliases?: readonly string[]
  /** The summary in the imperative: "Create a user". */
  readonly summary: string
  /** A call without the name of the program. */
  readonly example: string
  readonly arguments?: Arg
  /** The options, named in camel case: `fullName` is `--full-name`. */
  readonly options?: Opt
  run(args: Values<Arg>, options: Values<Opt>, context: Context): Promise<Output> | Output
}

export interface CommandGroup {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly commands: readonly Command[]
}

/** A command or a group directly below the program. */
export type Declaration = Command | CommandGroup

/** Returns all names of a command or a group. */
export const namesOf = ({ name, aliases = [] }: Declaration): readonly string[] => [name, ...aliases]

export const isGroup = (declaration: Declaration): declaration is CommandGroup => 'commands' in declaration

/** Gives `run` the types of the arguments and options that are declared. */
export const command = <const Arg extends Arguments, const Opt extends Options>(declared: Command<Arg, Opt>): Command =>
  declared

/** Declares a required argument. @param read turns the text into the command's value; it throws UsageError */
export function argument(placeholder: string): Argument<string>
export function argument<Value>(placeholder: string, read: (text: string) => Value): Argument<Value>
export function argument(placeholder: string, read: (text: string) => unknown = (text) => text): Argument<unknown> {
  return { placeholder, isOptional: false, choices: [], read: (text = '') => read(text) }
}

export const optionalArgument = (placeholder: string): Argument<string | undefined> => ({
  placeholder,
  isOptional: true,
  choices: [],
  read: (text) => text,
})

export const choice = <Word extends string>(placeholder: string, choices: readonly Word[]): Argument<Word> => ({
  placeholder,
  isOptional: false,
  choices,
  read(text) {
    const chosen = choices.find((word) => word === text)
    if (chosen === undefined) throw new UsageError(`${placeholder} is one of ${choices.join(', ')}`)
    return chosen
  },
})

export const flag = (summary: string): Option<boolean> => ({
  placeholder: '',
  summary,
  read: (given) => given === true,
})

/** Declares `--NAME` and `--no-NAME`; undefined when neither is given. */
export const toggle = (summary: string, opposite: string): Option<boolean | undefined> => ({
  placeholder: '',
  summary,
  opposite,
  read: (given) => (typeof given === 'boolean' ? given : undefined),
})

export const text = (placeholder: string, summary: string): Option<string | undefined> => ({
  placeholder,
  summary,
  read: (given) => (typeof given === 'string' ? given : undefined),
})

/** Declares an option that may be given several times; empty when it is not given. */
export const texts = (placeholder: string, summary: string): Option<readonly string[]> => ({
  placeholder,
  summary,
  isRepeatable: true,
  read: (given) => (Array.isArray(given) ? given.map(String) : []),
})

export const oneOf = <Word extends string>(
  placeholder: string,
  choices: readonly Word[],
  summary: string,
): Option<Word | undefined> => ({
  placeholder,
  summary,
  choices,
  read: (given) => choices.find((word) => word === given),
})

export const whole = (
  placeholder: string,
  summary: string,
  { least = 1, most = 999_999_999 }: { readonly least?: number; readonly most?: number } = {},
): Option<number | undefined> => ({
  placeholder,
  summary,
  read(given, name) {
    if (typeof given !== 'string') return undefined
    const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN
    if (Number.isNaN(value)) throw new UsageError(`${name} ${given} is not a whole number`)
    if (value < least) throw new UsageError(`${name} must be ${least} or more`)
    if (value > most) throw new UsageError(`${name} must be ${most} or less`)
    return value
  },
})
