/**
 * The secrets and variables of a deployment, each with one rule. The Worker and the commands that start and deploy it all
 * read them here, so none accepts what another refuses. An empty text is a variable that is not set.
 */
import { RegistryError } from './errors.ts'
import type { WhyVariableInvalid } from './failures/outages.ts'
import { largestPullLogSeconds, shortestSecret } from './limits.ts'

/** The variables that are no secrets: they stand in `wrangler.toml` or come from `--var`. */
export const plainVariables = ['PULL_LOG_SECONDS', 'REPLICA_COUNT', 'ALLOWED_ORIGINS'] as const
export type PlainVariable = (typeof plainVariables)[number]

type Text = string | undefined

export type PlainTexts = { readonly [Name in PlainVariable]?: Text }

/** The variables that name a bucket of backups at another provider, or in another account. */
export const backupTargetVariables = ['BACKUP_S3_ENDPOINT', 'BACKUP_S3_BUCKET', 'BACKUP_S3_REGION'] as const
/** The secrets that open it. */
export const backupTargetSecrets = ['BACKUP_S3_ACCESS_KEY_ID', 'BACKUP_S3_SECRET_ACCESS_KEY'] as const
const backupTargetNames = [...backupTargetVariables, ...backupTargetSecrets] as const

export type BackupTargetTexts = { readonly [Name in (typeof backupTargetNames)[number]]?: Text }

export interface VariableTexts extends PlainTexts, BackupTargetTexts {
  readonly REGISTRY_SECRET?: Text
  readonly REGISTRY_SECRET_PREVIOUS?: Text
  readonly BREAKWATER_RECOVERY_SECRET?: Text
}

export interface Secrets {
  /** Signs everything new. */
  readonly current: string
  /** Still accepted after a rotation. */
  readonly previous: string | undefined
}

export interface PlainVariables {
  /** The seconds for which an isolate gathers pulls before it writes them down (see `events/pull-log.ts`). */
  readonly pullLogSeconds: number
  /** The number of replicas of a new cluster; afterwards they join and leave one by one. */
  readonly replicaCount: number
  /** The origins whose pages may use the registry in a browser, like `https://console.acme.test`; none by default. */
  readonly allowedOrigins: ReadonlySet<string>
}

export interface Variables extends PlainVariables {
  readonly secrets: Secrets
  /** Authorizes a restoration where no administrator is left; undefined when none is set. `requireLongRecoverySecret` checks it. */
  readonly recoverySecret: string | undefined
}

/** An isolate gets the same object with every request, so it reads the texts once. */
const known = new WeakMap<VariableTexts, Variables>()

/**
 * Reads the variables of the deployment, once.
 *
 * @throws RegistryError `variable-invalid` that names the variable to set
 */
export function variablesOf(texts: VariableTexts): Variables {
  const before = known.get(texts)
  if (before !== undefined) return before
  const { BREAKWATER_RECOVERY_SECRET: recovery = '' } = texts
  const variables = {
    secrets: readSecrets(texts),
    recoverySecret: recovery === '' ? undefined : recovery,
    ...readPlainVariables(texts),
  }
  known.set(texts, variables)
  return variables
}

/** Reads the variables that are not secret. @throws RegistryError `variable-invalid` */
export const readPlainVariables = (texts: PlainTexts): PlainVariables => ({
  pullLogSeconds: readPullLogSeconds(texts.PULL_LOG_SECONDS),
  replicaCount: readReplicaCount(texts.REPLICA_COUNT),
  allowedOrigins: readAllowedOrigins(texts.ALLOWED_ORIGINS),
})

/** Reads the secrets. @throws RegistryError `variable-invalid` */
export function readSecrets({ REGISTRY_SECRET: current = '', REGISTRY_SECRET_PREVIOUS: previous = '' }: VariableTexts) {
  if (current === '') {
    throw invalid('REGISTRY_SECRET', { kind: 'secret-missing' })
  }
  if (current.length < shortestSecret) {
    throw invalid('REGISTRY_SECRET', { kind: 'secret-short', shortest: shortestSecret })
  }
  // The owner of the previous secret makes tokens too.
  if (previous !== '' && previous.length < shortestSecret) {
    throw invalid('REGISTRY_SECRET_PREVIOUS', { kind: 'previous-secret-short', shortest: shortestSecret })
  }
  // A rotation that was interrupted may leave both the same, and what needs that one needs no other.
  return { current, previous: previous === '' || previous === current ? undefined : previous }
}

/**
 * Requires that the recovery secret is as long as the other secrets. It is checked when it is used: a registry that works
 * need not stop because of it.
 *
 * @throws RegistryError `variable-invalid`
 */
export function requireLongRecoverySecret(secret: string): void {
  if (secret.length < shortestSecret) {
    throw invalid('BREAKWATER_RECOVERY_SECRET', { kind: 'secret-short', shortest: shortestSecret })
  }
}

/** A bucket that speaks S3. */
export interface BackupTarget {
  readonly endpoint: URL
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Tells whether backups go to another bucket than `BACKUPS`: one of the five names is enough, as the rest may be forgotten. */
export const isBackupTargetSet = (texts: BackupTargetTexts): boolean =>
  backupTargetNames.some((name) => isSet(texts, name))

const isSet = (texts: BackupTargetTexts, name: keyof BackupTargetTexts): boolean => (texts[name] ?? '') !== ''

/**
 * Reads the bucket that backups go to. It is read when it is used: images are served without it.
 *
 * @throws RegistryError `variable-invalid`, also if a part of the five is missing
 */
export function readBackupTarget(texts: BackupTargetTexts): BackupTarget {
  const missing = backupTargetNames.filter((name) => !isSet(texts, name))
  if (missing.length > 0) {
    const given = backupTargetNames.filter((name) => isSet(texts, name)).join(', ')
    throw invalid(missing.join(' and '), { kind: 'backup-target-half', given })
  }
  return {
    endpoint: readEndpoint(texts.BACKUP_S3_ENDPOINT),
    bucket: readWord('BACKUP_S3_BUCKET', texts, /^[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]$/),
    region: readWord('BACKUP_S3_REGION', texts, /^[\w-]{1,64}$/),
    accessKeyId: readWord('BACKUP_S3_ACCESS_KEY_ID', texts, key),
    secretAccessKey: readWord('BACKUP_S3_SECRET_ACCESS_KEY', texts, key),
  }
}

const key = /^[\x21-\x7e]{1,256}$/

/** Reads a text that needs a certain form. The refusal does not quote it: a secret may stand in the wrong place. */
function readWord(name: keyof BackupTargetTexts, texts: BackupTargetTexts, form: RegExp): string {
  const text = texts[name] ?? ''
  if (form.test(text)) return text
  throw invalid(name, { kind: 'no-word' })
}

function readEndpoint(text: Text = ''): URL {
  const endpoint = URL.canParse(text) ? new URL(text) : undefined
  if (endpoint === undefined || endpoint.search + endpoint.hash + endpoint.username + endpoint.password !== '') {
    throw invalid('BACKUP_S3_ENDPOINT', { kind: 'no-endpoint' })
  }
  const { protocol, hostname } = endpoint
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return endpoint
  throw invalid('BACKUP_S3_ENDPOINT', { kind: 'no-endpoint' })
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.[\d.]+$/.test(host)

const defaultPullLogSeconds = 5

function readPullLogSeconds(text: Text = ''): number {
  if (text === '') return defaultPullLogSeconds
  const seconds = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= largestPullLogSeconds) return seconds
  const bounds = { largest: largestPullLogSeconds, usual: defaultPullLogSeconds }
  throw invalid('PULL_LOG_SECONDS', { kind: 'no-seconds', text, ...bounds })
}

/** An even number would tolerate no more than the odd one below it. */
const replicaCounts: ReadonlySet<string> = new Set(['1', '3', '5', '7'])
const defaultReplicaCount = 3

function readReplicaCount(text: Text = ''): number {
  if (text === '') return defaultReplicaCount
  if (replicaCounts.has(text)) return Number(text)
  throw invalid('REPLICA_COUNT', { kind: 'no-replica-count', text, usual: defaultReplicaCount })
}

function readAllowedOrigins(text: Text = ''): ReadonlySet<string> {
  const origins = text.split(/[\s,]+/).filter((origin) => origin !== '')
  const wrong = origins.find((origin) => !isOrigin(origin))
  if (wrong === undefined) return new Set(origins)
  throw invalid('ALLOWED_ORIGINS', { kind: 'no-origin', text: wrong })
}

/** Tells whether a text is an origin as browsers send it. "*" is not: any page could act with a remembered password. */
const isOrigin = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text

const invalid = (variable: string, reason: WhyVariableInvalid): RegistryError =>
  new RegistryError({ kind: 'variable-invalid', variable, reason })
