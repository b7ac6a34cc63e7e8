/** The options of `npm run deploy -- …`. Once given, they are kept in the generated configuration. */
import { parseArgs } from 'node:util'
import { backupTargetSecrets, backupTargetVariables, plainVariables, readPlainVariables } from '../../src/variables.ts'

const variableNames: readonly string[] = [...plainVariables, ...backupTargetVariables]

export const usualConfiguration = 'wrangler.deploy.json'

export interface Options {
  /** The name of the Worker, its bucket and its database. */
  readonly name: string | undefined
  /** Host names of the registry, in zones of the same account. */
  readonly domains: readonly string[] | undefined
  /** The location of D1 and R2, which should be close to those who push; it cannot be changed later. */
  readonly location: string | undefined
  /** Variables of the Worker. */
  readonly variables: Readonly<Record<string, string>>
  /** The share of requests whose logs are kept, 0 to 1. */
  readonly logSampling: number | undefined
  /** The address at which clients reach the registry, if wrangler cannot know it. */
  readonly url: string | undefined
  /** The file, beside wrangler.toml, that keeps what belongs to this deployment. */
  readonly configuration: string
  readonly help: boolean
}

export const usage = `Deploy Breakwater to the Cloudflare account that wrangler is logged in to. Run it again to upgrade.

usage: npm run deploy -- [--name NAME] [--domain HOST]… [--location REGION] [--var NAME=VALUE]…
                         [--log-sampling SHARE] [--url URL] [--config FILE]

  --name NAME            name of the Worker, its bucket and its database (default: breakwater)
  --domain HOST          serve at this host name of a zone of yours; may be given several times
  --location REGION      where to make the database and the bucket: weur, eeur, wnam, enam, apac or oc
                         (default: near you; it cannot be changed later)
  --var NAME=VALUE       set a variable of the Worker: ${plainVariables.join(', ')},
                         ${backupTargetVariables.join(', ')}
  --log-sampling SHARE   keep the logs of this share of the requests, 0 to 1 (default: 1)
  --url URL              the address to wait for, if it is not the one that wrangler prints
  --config FILE          where to keep the configuration of this deployment (default: ${usualConfiguration});
                         one file each for several deployments, such as wrangler.staging.json

The next run with the same FILE remembers name, domains, variables and sampling. Secrets come from the environment:
BREAKWATER_ADMIN_PASSWORD, and ${backupTargetSecrets.join(' and ')}.`

/** Reads the options. @throws Error that says which one is wrong */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      domain: { type: 'string', multiple: true },
      location: { type: 'string' },
      var: { type: 'string', multiple: true },
      'log-sampling': { type: 'string' },
      url: { type: 'string' },
      config: { type: 'string', default: usualConfiguration },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return {
    name: checked(values.name, /^[a-z0-9][a-z0-9-]{0,53}$/, '--name takes lower-case letters, digits and "-"'),
    domains: values.domain,
    location: checked(
      values.location,
      /^(weur|eeur|wnam|enam|apac|oc)$/,
      '--location takes weur, eeur, wnam, enam, apac or oc',
    ),
    variables: checkedVariables(Object.fromEntries((values.var ?? []).map(readVariable))),
    logSampling: readShare(values['log-sampling']),
    url: values.url,
    configuration: configurationName(values.config),
    help: values.help,
  }
}

function checked(value: string | undefined, pattern: RegExp, rule: string): string | undefined {
  if (value !== undefined && !pattern.test(value)) throw new Error(`${rule}, not "${value}"`)
  return value
}

/**
 * Checks the name of the configuration: it lies beside `wrangler.toml`, as its paths are relative, and git ignores it.
 */
function configurationName(name: string): string {
  if (/^wrangler\.[a-z0-9-]+\.json$/.test(name)) return name
  throw new Error(`--config takes a name like wrangler.staging.json, not "${name}"`)
}

function readVariable(text: string): [string, string] {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new Error(`--var takes NAME=VALUE, not "${text}"`)
  if (variableNames.includes(name)) return [name, value]
  if (secrets.has(name)) {
    throw new Error(`${name} is a secret, which --var would leave in a file: run "npx wrangler secret put ${name}"`)
  }
  throw new Error(`there is no variable ${name}: --var sets ${variableNames.join(', ')}`)
}

const secrets: ReadonlySet<string> = new Set([
  'REGISTRY_SECRET',
  'REGISTRY_SECRET_PREVIOUS',
  'BREAKWATER_ADMIN_PASSWORD',
  'BREAKWATER_RECOVERY_SECRET',
  ...backupTargetSecrets,
])

/** Returns variables with which the Worker can work. @throws RegistryError that names the one that is wrong */
export function checkedVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  readPlainVariables(variables)
  return variables
}

function readShare(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const share = Number(text)
  if (text.trim() === '' || !(share >= 0 && share <= 1)) {
    throw new Error(`--log-sampling takes a number from 0 to 1, not "${text}"`)
  }
  return share
}
