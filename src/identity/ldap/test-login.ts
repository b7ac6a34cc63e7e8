/** Tries one login, and says which step failed and what to do. Nothing is written, and no account is made. */
import type { Context } from '../../context.ts'
import { findAccount } from '../../db/accounts/accounts.ts'
import { longestDirectoryLoginMilliseconds } from '../../limits.ts'
import { findIdentity, ldapProvider } from '../links/identity-store.ts'
import { accountNameFor, whyNoName } from '../links/names.ts'
import { addressOf, serverFor, type DirectoryConfiguration, type ServerConfiguration } from './configuration.ts'
import { DirectoryFault } from './faults.ts'
import { findUser, isPasswordOf, type Finding, type Findings, type FoundUser } from './find-user.ts'
import { openServer } from './open.ts'
import { DirectorySession, type Open } from './session.ts'
import { within } from './within.ts'

export const testSteps = ['connect', 'tls', 'reader-bind', 'search', 'user-bind', 'name'] as const
export type TestStep = (typeof testSteps)[number]

export interface StepReport {
  readonly step: TestStep
  readonly outcome: 'done' | 'failed' | 'skipped'
  /** What happened, and what to do if it failed. */
  readonly message: string
}

export interface LoginTest {
  readonly isRight: boolean
  readonly steps: readonly StepReport[]
  readonly dn: string | undefined
  /** The account that the user has, or would get at the first login. */
  readonly accountName: string | undefined
}

/** Tries to log a user in with a configuration, saved or not. */
export async function testLogin(
  { db }: Pick<Context, 'db'>,
  configuration: DirectoryConfiguration,
  credentials: { readonly name: string; readonly password: string },
  open: Open = openServer,
): Promise<LoginTest> {
  const session = new DirectorySession(configuration, open)
  const trial = new Trial(configuration)
  try {
    await within(longestDirectoryLoginMilliseconds, 'search', run(trial, session, credentials))
  } catch (error) {
    if (!(error instanceof DirectoryFault)) throw error
    trial.fail(error.step, error.advice)
  } finally {
    session.close()
  }
  if (trial.user !== undefined && !trial.hasFailed) await judgeName(db, trial, trial.user)
  return trial.report()
}

async function run(
  trial: Trial,
  session: DirectorySession,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<void> {
  const { userSearchConfigs: searches } = session.configuration
  for (const { baseDN } of searches) await session.clientFor(baseDN)
  trial.hasConnected()
  const found = await findUser(session, name)
  if (found.fault !== undefined) throw found.fault
  if (found.user === undefined) return trial.fail('search', whyNone(found))
  if (found.user.subject === undefined) return trial.fail('search', noSubject(found.user))
  trial.done('search', `found ${found.user.dn}`)
  trial.user = found.user
  if (password === '') return trial.fail('user-bind', 'an empty password is refused before the directory is asked')
  const isRight = await isPasswordOf(session, found.user, { name, password })
  if (!isRight) return trial.fail('user-bind', 'the directory refuses the password, or the account is disabled there')
  trial.done('user-bind', 'the directory takes the password')
}

/** Collects what the steps did. */
class Trial {
  user: FoundUser | undefined
  accountName: string | undefined
  private readonly reports = new Map<TestStep, StepReport>()

  constructor(private readonly configuration: DirectoryConfiguration) {}

  get hasFailed(): boolean {
    return [...this.reports.values()].some(({ outcome }) => outcome === 'failed')
  }

  done(step: TestStep, message: string): void {
    this.reports.set(step, { step, outcome: 'done', message })
  }

  /** Says that a step failed. Those before it were done. */
  fail(step: TestStep, message: string): void {
    for (const earlier of testSteps.slice(0, testSteps.indexOf(step))) {
      if (!this.reports.has(earlier)) this.done(earlier, this.wordsFor(earlier))
    }
    this.reports.set(step, { step, outcome: 'failed', message })
  }

  hasConnected(): void {
    for (const step of ['connect', 'tls', 'reader-bind'] as const) this.done(step, this.wordsFor(step))
  }

  report(): LoginTest {
    const steps = testSteps.map(
      (step): StepReport => this.reports.get(step) ?? { step, outcome: 'skipped', message: 'an earlier step failed' },
    )
    return { isRight: !this.hasFailed, steps, dn: this.user?.dn, accountName: this.accountName }
  }

  /** Says what a step before the search did. */
  private wordsFor(step: TestStep): string {
    const { configuration } = this
    const bases = configuration.userSearchConfigs.map(({ baseDN }) => baseDN)
    const servers = [...new Set(bases.map((base) => serverFor(configuration, base)))]
    const each = (words: (server: ServerConfiguration) => string) => servers.map(words).join('; ')
    if (step === 'connect') return each((server) => `connected to ${hostOf(server)}`)
    if (step === 'tls') return each(encryptionOf)
    return each(({ readerDN }) => (readerDN === '' ? 'no reader' : `logged in as ${readerDN}`))
  }
}

const hostOf = (server: ServerConfiguration): string => {
  const { hostname, port } = addressOf(server)
  return `${hostname}:${port}`
}

function encryptionOf(server: ServerConfiguration): string {
  if (addressOf(server).isSecure) return `${hostOf(server)} is encrypted (ldaps)`
  if (server.startTLS) return `${hostOf(server)} is encrypted (StartTLS)`
  return `${hostOf(server)} is NOT encrypted: passwords can be read on the way; use ldaps:// or startTLS`
}

const findingWords: Readonly<Record<Finding['kind'], string>> = {
  none: 'finds no such user',
  several: 'finds several users of the name, which tells no user apart',
  'not-in-group': 'finds the user, who is not in its group',
  found: 'finds the user',
  failed: 'could not be asked',
}

const whyNone = ({ findings }: Findings): string =>
  `${findings.map(({ kind }, at) => `search ${at + 1} ${findingWords[kind]}`).join('; ')}: check baseDN, usernameAttr and filter`

const noSubject = ({ dn }: FoundUser): string =>
  `found ${dn}, but the reader sees no id that stays (entryUUID, objectGUID): let it read that attribute`

async function judgeName(db: Context['db'], trial: Trial, { subject = '', name }: FoundUser): Promise<void> {
  const linked = await findIdentity(db, ldapProvider, subject)
  if (linked !== undefined) {
    trial.accountName = linked.account.name
    const message = `the user has the account ${linked.account.name}`
    if (linked.account.isActive) return trial.done('name', message)
    return trial.fail('name', `${message}, which is deactivated`)
  }
  const named = accountNameFor(name)
  const isTaken = 'name' in named && (await findAccount(db, named.name)) !== undefined
  const refusal = isTaken ? 'taken' : 'refusal' in named ? named.refusal : undefined
  if (refusal !== undefined) {
    return trial.fail('name', `${name} cannot be the name of an account, as ${whyNoName(refusal)}`)
  }
  trial.accountName = 'name' in named ? named.name : undefined
  trial.done('name', `the first login makes the account ${trial.accountName ?? ''}`)
}
