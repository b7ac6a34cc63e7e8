/** What the start command says to the person who started it. */
import { join } from 'node:path'
import { defaultState } from './state-folder.ts'

export const announcePassword = (password: string): string =>
  `The administrator is "admin" with the password  ${password}\nIt is shown this once.\n`

export const ignoredPassword =
  'BREAKWATER_ADMIN_PASSWORD is ignored: it is for the first start, and this registry has its accounts already.\n'

export interface Welcome {
  readonly url: URL
  readonly state: string
  readonly https: boolean
  /** It had no account before this start. */
  readonly isNew: boolean
}

export function welcome({ url: { host, origin }, state, https, isNew }: Welcome): string {
  return [
    `Breakwater serves ${origin} and keeps its data in ${state}.`,
    `Its page at ${origin}/ says how it is and how to use it.`,
    '',
    'What to type next:',
    `  docker login ${host} -u admin`,
    `  docker tag IMAGE ${host}/admin/IMAGE`,
    `  docker push ${host}/admin/IMAGE`,
    ...(https ? ['', `Clients elsewhere must trust ${join(state, 'tls')}/*.crt.`] : []),
    ...(isNew
      ? []
      : ['', 'Is the password of admin lost? Stop the registry, then make a new one:', `  ${recovery(state)}`]),
    '',
    'Stop it with Ctrl-C.',
  ].join('\n')
}

function recovery(state: string): string {
  const command = 'npm run admin -- recover --local'
  return state === defaultState ? command : `${command} --state ${quoted(state)}`
}

/** As a shell reads it. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
