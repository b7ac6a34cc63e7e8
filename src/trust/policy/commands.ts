/** `trust policy`, `trust key` and `trust replay`: whose signatures pulls demand, and what that would have refused. */
import { readFileSync } from 'node:fs'
import { answer, enziPage, listAll, type Api, type Schemas } from '../../../scripts/admin/api.ts'
import {
  argument,
  choice,
  command,
  flag,
  optionalArgument,
  text,
  whole,
  type Command,
} from '../../../scripts/admin/command.ts'
import { UsageError } from '../../../scripts/admin/errors.ts'
import { done, listed, shown, type Output } from '../../../scripts/admin/output.ts'
import { parseRepository, type RepositoryPlace } from '../../../scripts/admin/repository-name.ts'
import { withProgress } from '../../../scripts/admin/progress.ts'
import { isAccountName } from '../../names.ts'

/** What a policy is of: a repository, or all of a namespace. */
type Place = RepositoryPlace | { readonly namespace: string }

/** Reads `NAMESPACE` or `NAMESPACE/NAME`. @throws UsageError */
function parsePlace(typed: string): Place {
  if (typed.includes('/')) return parseRepository(typed)
  if (!isAccountName(typed)) throw new UsageError(`"${typed}" is neither a namespace nor NAMESPACE/NAME`)
  return { namespace: typed }
}

const nameOf = (place: Place): string =>
  'reponame' in place ? `${place.namespace}/${place.reponame}` : `all of ${place.namespace}`

const listOf = (typed: string): string[] => typed.split(',').map((part) => part.trim())

const policy = command({
  name: 'policy',
  summary: 'Show, set or delete the policy by which pulls demand signatures',
  example: 'trust policy set acme/backend --teams acme/security,acme/qa',
  arguments: {
    action: choice('ACTION', ['show', 'set', 'delete']),
    place: argument('NAMESPACE[/NAME]', parsePlace),
  },
  options: {
    teams: text('TEAM,…', 'for "set": each must have a member who signed, as acme/security'),
    report: flag('for "set": refuse no pull, and say in its event what is missing'),
  },
  async run({ action, place }, { teams, report }, { api }) {
    if (action === 'show') return policyOutput(await getPolicy(api, place))
    if (action === 'delete') {
      await deletePolicy(api, place)
      return done(`Deleted the signature policy of ${nameOf(place)}.`)
    }
    if (teams === undefined) throw new UsageError('say whose signatures are demanded, with --teams')
    const set = await putPolicy(api, place, { mode: report ? 'report' : 'enforce', teams: listOf(teams) })
    return done(`Pulls of ${nameOf(place)} demand signatures by ${teamsOf(set)} (${set.mode}).`, set)
  },
})

const ofRepository = '/api/v0/repositories/{namespace}/{reponame}/signaturePolicy'
const ofNamespace = '/api/v0/repositoryNamespaces/{namespace}/signaturePolicy'

type Policy = Schemas['SignaturePolicy']

const getPolicy = (api: Api, path: Place): Promise<Policy> =>
  'reponame' in path
    ? answer(api.GET(ofRepository, { params: { path } }))
    : answer(api.GET(ofNamespace, { params: { path } }))

const putPolicy = (api: Api, path: Place, body: Schemas['NewSignaturePolicy']): Promise<Policy> =>
  'reponame' in path
    ? answer(api.PUT(ofRepository, { params: { path }, body }))
    : answer(api.PUT(ofNamespace, { params: { path }, body }))

async function deletePolicy(api: Api, path: Place): Promise<void> {
  if ('reponame' in path) await api.DELETE(ofRepository, { params: { path } })
  else await api.DELETE(ofNamespace, { params: { path } })
}

const teamsOf = ({ teams }: Policy): string =>
  teams.map(({ name, exists }) => (exists ? name : `${name} (deleted)`)).join(', ')

const policyOutput = (set: Policy): Output =>
  shown(set, { mode: set.mode, teams: teamsOf(set), updated: set.updatedAt })

const key = command({
  name: 'key',
  summary: 'List, add or delete the public keys of a user',
  example: 'trust key add cosign.pub --label laptop',
  arguments: {
    action: choice('ACTION', ['list', 'add', 'delete']),
    subject: optionalArgument('FILE|ID'),
  },
  options: {
    for: text('NAME', 'whose keys (default: yours; others: administrators only)'),
    label: text('TEXT', 'for "add": what the key is called in lists'),
  },
  async run({ action, subject }, { for: owner, label }, { api, login }) {
    const accountNameOrID = owner ?? login.user
    if (action === 'list') return keysOutput(await keysOf(api, accountNameOrID))
    return action === 'add'
      ? addKey(api, accountNameOrID, subject, label ?? '')
      : deleteKey(api, accountNameOrID, subject)
  },
})

async function addKey(api: Api, accountNameOrID: string, file: string | undefined, label: string): Promise<Output> {
  if (file === undefined) throw new UsageError('name the file of the public key, in PEM')
  const params = { path: { accountNameOrID } }
  const body = { publicKey: readFileSync(file, 'utf8'), label }
  const made = await answer(api.POST('/enzi/v0/accounts/{accountNameOrID}/publicKeys', { params, body }))
  return done(`What the key ${made.fingerprint} signs is signed by ${accountNameOrID}.`, made)
}

async function deleteKey(api: Api, accountNameOrID: string, keyID: string | undefined): Promise<Output> {
  if (keyID === undefined) throw new UsageError('name the ID of the key, as "trust key list" shows it')
  const params = { path: { accountNameOrID, keyID } }
  await api.DELETE('/enzi/v0/accounts/{accountNameOrID}/publicKeys/{keyID}', { params })
  return done(`Deleted the public key ${keyID} of ${accountNameOrID}.`)
}

const keysOf = (api: Api, accountNameOrID: string): Promise<Schemas['PublicKey'][]> =>
  listAll(
    (page) =>
      api.GET('/enzi/v0/accounts/{accountNameOrID}/publicKeys', {
        params: { path: { accountNameOrID }, query: enziPage(page) },
      }),
    ({ accountPublicKeys }) => accountPublicKeys,
  )

const keysOutput = (keys: readonly Schemas['PublicKey'][]): Output =>
  listed(
    keys,
    {
      ID: ({ id }) => id,
      LABEL: ({ label }) => label,
      FINGERPRINT: ({ fingerprint }) => fingerprint,
      CREATED: ({ createdAt }) => createdAt,
    },
    'There are no public keys.',
  )

type Refused = Schemas['SignatureReplay']['refused'][number]

const replay = command({
  name: 'replay',
  summary: 'List the recorded pulls that a signature policy would have refused',
  example: 'trust replay --days 30 --repository acme/backend --policy acme/security,acme/qa',
  options: {
    days: whole('NUMBER', 'how far to look back (default: 30)'),
    repository: text('NAMESPACE[/NAME]', 'of a repository or a namespace (default: all; administrators only)'),
    policy: text('TEAM,…', 'the teams of a proposed policy (default: the policies that there are)'),
  },
  async run(_args, { days = 30, repository, policy: teams }, { api }) {
    const place = repository === undefined ? undefined : parsePlace(repository)
    const question = { days, ...(teams === undefined ? {} : { teams: listOf(teams) }) }
    const { refused, pulls } = await withProgress((show) => replayAll(api, place, question, show))
    const total = refused.reduce((sum, { count }) => sum + count, 0)
    const { lines } = listed(
      refused,
      {
        IMAGE: ({ repository: name, name: tag }) => `${name}${tag.includes(':') ? '@' : ':'}${tag}`,
        DIGEST: ({ digest }) => digest,
        MISSING: ({ teams: missing }) => missing.join(', '),
        CALLER: ({ caller }) => (caller === '' ? 'anonymous' : caller),
        PULLS: ({ count }) => count,
        'LAST PULLED': ({ lastPulledAt }) => lastPulledAt,
      },
      'No pull would have been refused.',
    )
    return { data: { refused, pulls }, lines: [...lines, '', `Refused: ${total} of ${pulls} pulls.`] }
  },
})

type Question = Omit<Schemas['SignatureReplayQuestion'], 'next'>

async function replayAll(
  api: Api,
  place: Place | undefined,
  question: Question,
  show: (line: string) => void,
): Promise<{ readonly refused: readonly Refused[]; readonly pulls: number }> {
  const sums = new Map<string, Refused>()
  let pulls = 0
  let next: string | undefined
  do {
    const page = await replayPage(api, place, { ...question, ...(next === undefined ? {} : { next }) })
    for (const one of page.refused) add(sums, one)
    pulls += page.pulls
    if (page.next === next && next !== undefined) throw new Error('a page of the replay is followed by itself')
    next = page.next
    show(`${pulls} pulls`)
  } while (next !== undefined)
  return { refused: [...sums.values()].toSorted((one, other) => other.count - one.count), pulls }
}

/** Adds pulls to those of the same image, caller and missing teams, of which earlier pages had later ones. */
function add(sums: Map<string, Refused>, one: Refused): void {
  const name = JSON.stringify([one.repository, one.name, one.digest, one.caller, one.teams])
  const known = sums.get(name)
  sums.set(name, known === undefined ? one : { ...known, count: known.count + one.count })
}

function replayPage(
  api: Api,
  path: Place | undefined,
  body: Schemas['SignatureReplayQuestion'],
): Promise<Schemas['SignatureReplay']> {
  if (path === undefined) return answer(api.POST('/api/v0/trust/replay', { body }))
  return 'reponame' in path
    ? answer(api.POST(`${ofRepository}/replay`, { params: { path }, body }))
    : answer(api.POST(`${ofNamespace}/replay`, { params: { path }, body }))
}

export const policyCommands: readonly Command[] = [policy, key, replay]
