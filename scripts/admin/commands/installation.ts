/** `setup` and `deploy`: make what a registry needs, on Cloudflare or on this machine, and bring it up to date. */
import { resolve } from 'node:path'
import { installation } from '../clone/load.ts'
import { command, flag, oneOf, text, texts, type Context, type Values } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, type Output } from '../output.ts'
import { withProgress } from '../progress.ts'

const regions = ['weur', 'eeur', 'wnam', 'enam', 'apac', 'oc'] as const

/** Those of `npm run deploy`; --url is one of all commands. */
const deploymentOptions = {
  name: text('NAME', 'name of the Worker, with which the names of its buckets and databases begin; else breakwater'),
  domain: texts('HOST', 'serve at this host name of a zone of yours; may be given several times'),
  location: oneOf('REGION', regions, 'where to make databases and buckets, for good; else near you'),
  var: texts('NAME=VALUE', 'set a variable of the Worker; may be given several times'),
  logSampling: text('SHARE', 'keep the logs of this share of the requests, 0 to 1'),
  config: text('FILE', 'where to keep the configuration of this deployment; else wrangler.deploy.json'),
}
type DeploymentOptions = Values<typeof deploymentOptions>

export const setup = command({
  name: 'setup',
  summary: 'Make the buckets, databases and secrets that are missing, from a clone of Breakwater; can be repeated',
  example: 'setup --name breakwater --location weur --dry-run',
  options: {
    ...deploymentOptions,
    local: flag('prepare the state folder of a registry of this machine, which must be stopped; else Cloudflare'),
    state: text('DIR', 'that state folder, for which --local goes without saying; else .breakwater'),
    dryRun: flag('make nothing, and say what would be made'),
  },
  async run(_args, { local, state, dryRun, ...options }, context) {
    const clone = await installation('setup')
    const what = dryRun ? 'Nothing was made: this was a dry run.' : 'All is set up.'
    if (local || state !== undefined) {
      const folder = resolve(state ?? clone.defaultState)
      return telling(context, what, async (teller) => {
        if (dryRun) clone.planLocalSetup(folder, teller)
        else await clone.setupLocally(folder, teller)
      })
    }
    const wanted = readDeployment(clone.readOptions, options, context)
    return telling(context, what, (teller) => (dryRun ? clone.planSetup(wanted, teller) : clone.setup(wanted, teller)))
  },
})

export const deploy = command({
  name: 'deploy',
  summary: 'Set up, migrate the database, upload the Worker and wait until it is healthy; run it again to upgrade',
  example: 'deploy --domain registry.example.com',
  options: deploymentOptions,
  async run(_args, options, context) {
    const clone = await installation('deploy')
    const wanted = readDeployment(clone.readOptions, options, context)
    return telling(context, 'The deployment is done.', (teller) => clone.deploy(wanted, teller))
  },
})

type Clone = Awaited<ReturnType<typeof installation>>

/** Reads the options as `npm run deploy` does. @throws UsageError */
function readDeployment(read: Clone['readOptions'], options: DeploymentOptions, { destination }: Context) {
  const { name, domain, location, var: variables, logSampling, config } = options
  const single = { name, location, 'log-sampling': logSampling, config, url: destination.url }
  const words = Object.entries(single).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}=${value}`],
  )
  const repeated = [...domain.map((host) => `--domain=${host}`), ...variables.map((variable) => `--var=${variable}`)]
  try {
    return read([...words, ...repeated])
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Runs a task that tells what it does. @param work returns the password of the administrator, if it was made now */
async function telling(
  { say }: Context,
  message: string,
  work: (teller: Parameters<Clone['deploy']>[1]) => Promise<string | undefined | void>,
): Promise<Output> {
  const log: string[] = []
  const password = await withProgress((show, print) =>
    work({
      show,
      say(line) {
        log.push(line)
        say(line, print)
      },
    }),
  )
  return done(message, { log, ...(typeof password === 'string' ? { password } : {}) })
}
