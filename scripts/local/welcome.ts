/** The message of the start command to the person who started it. */
import { defaultState } from './state-folder.ts'
import { authorityPath } from './tls.ts'

export const announcePassword = (password: string): string =>
  `The administrator is "admin" with the password  ${password}\nIt is shown this once.\n`

export const ignoredPassword =
  'BREAKWATER_ADMIN_PASSWORD is ignored: it is for the first start, and this registry has its accounts already.\n'

export interface Welcome {
  readonly url: URL
  readonly state: string
  readonly https: boolean
  /** True when the registry had no account before this start. */
  readonly isNew: boolean
}

export function welcome({ url, state, https, isNew }: Welcome): string {
  const served = isEveryAddress(url.hostname) ? new URL(`${url.protocol}//127.0.0.1:${url.port}`) : url
  const { host, origin } = served
  return [
    `Breakwater serves ${origin} and keeps its data in ${state}.`,
    `Its page at ${origin}/ says how it is and how to use it.`,
    '',
    'What to type next:',
    `  docker login ${host} -u admin`,
    `  docker tag IMAGE ${host}/admin/IMAGE`,
    `  docker push ${host}/admin/IMAGE`,
    ...(https ? ['', ...howToTrust(host, authorityPath(state))] : []),
    ...(https || isLoopback(url.hostname) ? [] : ['', plainHttp]),
    ...(isNew
      ? []
      : ['', 'Is the password of admin lost? Stop the registry, then make a new one:', `  ${recovery(state)}`]),
    '',
    'Stop it with Ctrl-C.',
  ].join('\n')
}

export interface Restorable extends Pick<Welcome, 'url' | 'state'> {
  readonly database: 'lost' | 'being-restored'
}

/** Says what to type where a database is lost, or a restore was interrupted. */
export function howToRestore({ url, state, database }: Restorable): string {
  const { origin } = isEveryAddress(url.hostname) ? new URL(`${url.protocol}//127.0.0.1:${url.port}`) : url
  const at = origin === 'http://127.0.0.1:5000' ? '' : ` --url ${origin}`
  const commands = [`  npm run admin -- backup list${at}`, `  npm run admin -- backup restore ID --yes${at}`]
  const what =
    database === 'lost'
      ? [
          `Breakwater serves ${origin}, but its database is lost: it has no account until a backup is restored.`,
          '',
          'What to type next, in a terminal whose environment has the same BREAKWATER_RECOVERY_SECRET:',
          ...commands,
        ]
      : [
          `Breakwater serves ${origin}, but a restore has not ended: until it has, every request is refused.`,
          'It goes on by itself, or at once with the command that began it:',
          ...commands.slice(1),
        ]
  return [...what, '', `Its data is in ${state}. Stop it with Ctrl-C.`].join('\n')
}

const howToTrust = (host: string, authority: string): readonly string[] => [
  'Clients must trust its certificate authority once. Docker on Linux does after these two commands:',
  `  sudo mkdir -p /etc/docker/certs.d/${host}`,
  `  sudo cp ${quoted(authority)} /etc/docker/certs.d/${host}/`,
  'For content trust (DOCKER_CONTENT_TRUST=1) the docker command wants it too:',
  `  mkdir -p ~/.docker/tls/${host}`,
  `  cp ${quoted(authority)} ~/.docker/tls/${host}/ca.crt`,
  'docs/administration.md, "HTTPS on your own machine", has other clients and systems.',
]

const plainHttp =
  'Docker on other machines refuses plain http: start with --https, or name this registry in their "insecure-registries".'

const isEveryAddress = (hostname: string): boolean => hostname === '0.0.0.0' || hostname === '[::]'
const isLoopback = (hostname: string): boolean => /^(127\.[\d.]+|\[::1\]|localhost)$/.test(hostname)

function recovery(state: string): string {
  const command = 'npm run admin -- recover --local'
  return state === defaultState ? command : `${command} --state ${quoted(state)}`
}

/** Quotes a text for a shell. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
