/** `completion`: the words that a shell offers when Tab is pressed. */
import { choice, command, isGroup, namesOf, type Command, type CommandGroup, type Declaration } from '../command.ts'
import { flagOf, globalFlags, programName, valuedGlobalFlags } from '../program.ts'

const shells = ['bash', 'zsh'] as const

export const completion = command({
  name: 'completion',
  summary: 'Print the completion script of a shell: load it with "source <(breakwater completion bash)"',
  example: 'completion bash',
  arguments: { shell: choice('SHELL', shells) },
  run({ shell }, _options, { declarations }) {
    const script = scripts[shell](casesOf(declarations), optionsWithValue(declarations).join(' '))
    return { data: { shell, script }, lines: script.split('\n') }
  },
})

/**
 * Both shells collect the words before the cursor in `path`, options and their values left out, and look up what may follow
 * them.
 */
const scripts: Readonly<Record<(typeof shells)[number], (cases: string, valued: string) => string>> = {
  bash: (cases, valued) => `_${programName}() {
  local path='' word words='' isValue=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -n $isValue ]]; then isValue=''
    elif [[ ' ${valued} ' == *" $word "* ]]; then isValue=1
    elif [[ $word != -* ]]; then path+=" $word"; fi
  done
  [[ -z $isValue ]] || return
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${programName} ${programName}`,
  zsh: (cases, valued) => `_${programName}() {
  local path_='' word offered='' isValue=''
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $isValue ]]; then isValue=''
    elif [[ ' ${valued} ' == *" $word "* ]]; then isValue=1
    elif [[ $word != -* ]]; then path_+=" $word"; fi
  done
  if [[ -n $isValue ]]; then _files; return; fi
  case "$path_" in
${cases.replaceAll('words=', 'offered=')}
  esac
  if [[ -n $offered ]]; then compadd -- \${=offered}; else _files; fi
}
compdef _${programName} ${programName}`,
}

/** Returns the branches of a `case` over the words that were typed. The first that matches counts. */
function casesOf(declarations: readonly Declaration[]): string {
  const names = nameList(declarations)
  return [
    branch(`''`, [...names, 'help', ...globalFlags]),
    branch(`' help'`, names),
    ...declarations.flatMap((declaration) =>
      isGroup(declaration)
        ? [
            branch(
              namesOf(declaration)
                .map((name) => `' ${name}'|' help ${name}'`)
                .join('|'),
              nameList(declaration.commands),
            ),
            ...declaration.commands.map((child) => branchOf(pathsOf(declaration, child), child)),
          ]
        : [branchOf(namesOf(declaration), declaration)],
    ),
  ].join('\n')
}

/** Returns the options that take a value, which is not the name of a command. */
function optionsWithValue(declarations: readonly Declaration[]): string[] {
  const commands = declarations.flatMap((declaration) => (isGroup(declaration) ? declaration.commands : [declaration]))
  const own = commands.flatMap(({ options = {} }) =>
    Object.entries(options).flatMap(([name, { placeholder }]) => (placeholder === '' ? [] : [flagOf(name)])),
  )
  return [...new Set([...valuedGlobalFlags, ...own])]
}

/** Returns the names that are offered: the others work too, for scripts of before. */
const nameList = (declarations: readonly Declaration[]): string[] => declarations.map(({ name }) => name)

/** Returns what may be typed for a command of a group. */
const pathsOf = (group: CommandGroup, child: Command): string[] =>
  namesOf(group).flatMap((name) => namesOf(child).map((own) => `${name} ${own}`))

/** Offers the words of the argument that comes next, where there are some, and all options. */
function branchOf(paths: readonly string[], { arguments: args = {}, options = {} }: Command): string {
  const flags = Object.entries(options).flatMap(([name, { opposite }]) =>
    opposite === undefined ? [flagOf(name)] : [flagOf(name), flagOf(name).replace('--', '--no-')],
  )
  const choices = Object.values(args).flatMap((argument) => argument.choices)
  const pattern = paths.map((words) => `' ${words}'|' ${words} '*`).join('|')
  return branch(pattern, [...choices, ...flags, ...globalFlags])
}

const branch = (pattern: string, words: readonly string[]): string => `    ${pattern}) words='${words.join(' ')}' ;;`
