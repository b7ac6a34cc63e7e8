/** Replicas: votes, promises, the lock of the collection, the gate and its triggers. */
import { plantedIn, type Edit } from './mutation.ts'

const consensus = 'test/replicas/consensus'
const readOnly = 'test/routes/read-only.test.ts'

/** Makes the edit that takes a trigger of the gate out of action. */
const ungated = (breaks: string, trigger: string): Edit => ({
  breaks,
  within: `CREATE TRIGGER \`${trigger}\``,
  find: 'WHERE id = 1 AND closed = 1',
  replace: 'WHERE id = 2 AND closed = 1',
})

export const replicas = [
  ...plantedIn(
    'src/replicas/consensus/quorum.ts',
    [`${consensus}/quorum.test.ts`],
    [
      {
        breaks: 'a joint configuration decides by the new majority alone',
        find: ' && (leaving === undefined || hasMajority(leaving, agreeing))',
        replace: '',
      },
      {
        breaks: 'a joint configuration decides by the old majority alone',
        find: 'hasMajority(members, agreeing) && ',
        replace: '',
      },
      {
        breaks: 'half of the replicas are a majority',
        find: 'Math.floor(count / 2) + 1',
        replace: 'Math.ceil(count / 2)',
      },
      {
        breaks: 'replicas that are no members count',
        find: 'if (agreeing.has(id)) count++',
        replace: 'if (id !== "") count = agreeing.size',
      },
      {
        breaks: 'those who leave are not asked',
        find: '[...members, ...leaving.filter',
        replace: '[...members, ...[].filter',
      },
      { breaks: 'those who leave have no say', find: ' || (leaving?.some(isReplica) ?? false)', replace: '' },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/acceptor.ts',
    [`${consensus}/acceptor.test.ts`],
    [
      {
        breaks: 'a lower ballot is promised to',
        within: 'export function prepare',
        find: 'isOvertaken(own, ballot)',
        replace: 'isOvertaken(own, { ...ballot, counter: Infinity })',
      },
      {
        breaks: 'a value is accepted under a lower ballot',
        within: 'export function accept',
        find: 'isOvertaken(own, ballot)',
        replace: 'isOvertaken(own, { ...ballot, counter: Infinity })',
      },
      {
        breaks: 'a promise is not kept',
        within: 'export function prepare',
        find: '{ ...own, promised: ballot }',
        replace: '{ ...own }',
      },
      {
        breaks: 'an accepted ballot is no promise',
        within: 'export function accept',
        find: '{ ...own, promised: ballot, accepted',
        replace: '{ ...own, accepted',
      },
      {
        breaks: 'a duplicate is refused',
        find: 'compareBallots(ballot, state.promised) < 0',
        replace: 'compareBallots(ballot, state.promised) <= 0',
      },
      { breaks: 'an acceptor goes back to an older epoch', find: 'configuration.epoch < epoch || ', replace: '' },
      {
        breaks: 'an acceptor enters an epoch that does not name it',
        find: ' || !isVoter(configuration, replica)',
        replace: '',
      },
      {
        breaks: 'an acceptor takes what it accepted into a newer epoch',
        find: 'epoch: configuration.epoch }, promised: undefined, accepted: undefined',
        replace: 'epoch: configuration.epoch }, promised: undefined, accepted: state.accepted',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/ballot.ts',
    [`${consensus}/ballot.test.ts`],
    [
      {
        breaks: 'two proposers share a ballot',
        find: 'return one.proposer < other.proposer ? -1 : 1',
        replace: 'return 0',
      },
      { breaks: 'the next ballot is the same', find: 'seen.counter + 1', replace: 'seen.counter' },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/cluster-state.ts',
    [`${consensus}/cluster-state.test.ts`],
    [
      {
        breaks: 'a token of a new epoch is lower than those of before',
        find: 'Math.max(epoch * tokensAnEpoch, lastToken)',
        replace: 'lastToken',
      },
      {
        breaks: 'a token is issued twice',
        find: 'Math.max(epoch * tokensAnEpoch, lastToken)',
        replace: 'epoch * tokensAnEpoch',
      },
      {
        breaks: 'a switch follows one that it has not seen',
        find: 'onlyAfter !== undefined && onlyAfter !== current',
        replace: 'onlyAfter !== undefined && onlyAfter > current',
      },
      {
        breaks: 'a held lock is taken',
        find: 'state.gcLock !== null && now < state.gcLock.until',
        replace: 'state.gcLock !== null && now < 0',
      },
      {
        breaks: 'a lock is renewed by another holder',
        within: 'export function renewGcLock',
        find: 'lock?.token !== token',
        replace: 'lock === null',
      },
      {
        breaks: 'a lock is released by another holder',
        within: 'export function releaseGcLock',
        find: 'current !== token',
        replace: 'current === undefined',
      },
      {
        breaks: 'two replicas join at once',
        within: 'export function beginJoin',
        find: 'if (state.leaving !== undefined) return refused(underWay(state.members, state.leaving))',
        replace: '',
      },
      {
        breaks: 'a member joins twice',
        within: 'export function beginJoin',
        find: "if (isMember(state, member.id)) return refused({ kind: 'already-a-member', id: member.id })",
        replace: '',
      },
      {
        breaks: 'eight replicas are a cluster',
        find: 'state.members.length >= mostMembers',
        replace: 'state.members.length > mostMembers',
      },
      {
        breaks: 'the last replica is removed',
        find: 'state.members.length === 1',
        replace: 'state.members.length === 0',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/gc-lock.ts',
    [`${consensus}/gc-lock.test.ts`],
    [
      {
        breaks: 'a collection closes what an administrator has opened',
        within: 'export function keepGcLock',
        find: ' || !isGateOf(kept.gcLock, kept)',
        replace: '',
      },
      {
        breaks: 'the end of a collection opens what an administrator has closed',
        within: 'export function leaveGcLock',
        find: 'isGateOf(lock, state) ? opened(left) : left',
        replace: 'opened(left)',
      },
      {
        breaks: 'a lock is given back by another holder',
        within: 'export function leaveGcLock',
        find: 'lock === null || !isTheirs(lock)',
        replace: 'lock === null',
      },
      {
        breaks: 'the gate of a collection outlives it',
        within: 'export function leaveGcLock',
        find: 'isGateOf(lock, state) ? opened(left) : left',
        replace: 'left',
      },
      {
        breaks: 'a collection takes over the switch of an administrator',
        find: ' || isOn(state.readOnly, now)',
        replace: '',
      },
      {
        breaks: 'a holder that goes on closes the registry again',
        find: 'if (goesOn || closing',
        replace: 'if (closing',
      },
      {
        breaks: 'a holder that goes on keeps the token of its dead worker',
        find: 'const free = goesOn ? { ...state, gcLock: null } : state',
        replace: 'const free = state',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/gc-lease.ts',
    ['test/gc/job.test.ts'],
    [
      {
        breaks: 'a beat accepts the lock of another one',
        find: 'if (lock?.token !== token) throw',
        replace: 'if (lock === null) throw',
      },
      {
        breaks: 'a collection runs under the lock of another one',
        find: 'if (lock.holder !== wanted.holder) return lock.holder\n',
        replace: '',
      },
      {
        breaks: 'the gate does not follow the lock',
        within: 'export async function acquireGcLease',
        find: '  await enforce(context, state)\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/proposal.ts',
    [`${consensus}/proposer.test.ts`, `${consensus}/membership-change.test.ts`],
    [
      {
        breaks: 'a change of the members is built on what is not decided',
        find: 'isNewConfiguration && !isProven',
        replace: 'false',
      },
      {
        breaks: 'a change is made twice when its own value comes back',
        find: "if (base.madeBy === proposerId) return { value: base, result: { kind: 'decided', value: base } }",
        replace: '',
      },
      {
        breaks: 'a read says that it may be decided',
        find: 'if (aim.value !== base) lowestSent',
        replace: 'lowestSent',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/rounds.ts',
    [`${consensus}/proposer.test.ts`, `${consensus}/simulation.test.ts`],
    [
      {
        breaks: 'a proposer builds on the value of a lower ballot',
        find: 'compareBallots(found.ballot, reply.accepted.ballot) < 0',
        replace: 'compareBallots(found.ballot, reply.accepted.ballot) > 0',
      },
      {
        breaks: 'one promise is enough',
        find: 'if (isQuorum(base, promised)) return',
        replace: 'if (promised.size > 0) return',
        equivalent:
          'the proposal asks for a quorum of what it proposes, and that holds, or meets, every quorum of what it builds on',
      },
      {
        breaks: 'a value is decided by a minority',
        find: "return isAgreed(decidedBy, answers, 'accepted') ?",
        replace: "return agreeing(answers, 'accepted').size > 0 ?",
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/consensus/emergency-repair.ts',
    [`${consensus}/emergency-repair.test.ts`],
    [
      {
        breaks: 'two survivors begin the same epoch',
        find: 'return next + (gap < 0 ? gap + mostMembers : gap)',
        replace: 'return next',
      },
      { breaks: 'a repair keeps the lock of a collection', find: 'gcLock: null', replace: 'gcLock: before.gcLock' },
      { breaks: 'a repair issues a token again', find: 'readOnly: { ...last, token }', replace: 'readOnly: last' },
      {
        breaks: 'a removed replica becomes the cluster',
        find: "if (self === undefined) return { kind: 'not-a-member' }",
        replace: "if (self === undefined) return { kind: 'nothing-accepted' }",
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/replica.ts',
    ['test/replicas/replicas.test.ts'],
    [
      {
        breaks: 'a replica that is started twice forgets what it promised',
        find: 'if (this.#memory.identity() === undefined) {',
        replace: 'if (identity.id !== "") {',
      },
      {
        breaks: 'a promise is lost with the memory of the isolate',
        within: '  async vote(',
        find: '    this.#memory.keepAcceptor(state)\n',
        replace: '',
      },
      {
        breaks: 'a replica out of service votes',
        within: '  async vote(',
        find: 'this.#serviceRefusal() ?? ',
        replace: '',
      },
      {
        breaks: 'an evicted replica votes',
        within: '  async vote(',
        find: ' ?? (await this.#voterRefusal())',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/read-only.ts',
    [readOnly],
    [
      {
        breaks: 'the gate follows a state that is not decided',
        find: 'const { readOnly } = await readClusterState(context)',
        replace: 'const { readOnly } = seen',
      },
      {
        breaks: 'the gate never follows',
        find: 'seen.readOnly.token <= gate.token',
        replace: 'seen.readOnly.token > 0',
      },
    ],
  ),
  ...plantedIn(
    'src/replicas/views.ts',
    ['test/routes/majority.test.ts'],
    [
      {
        breaks: 'a registry without a majority is writable',
        find: 'hasMajority || isFounding',
        replace: 'hasMajority || !isFounding',
      },
      {
        breaks: 'a registry in its first minute is not writable',
        find: 'hasMajority || isFounding',
        replace: 'hasMajority',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/majority.ts',
    ['test/routes/majority.test.ts'],
    [
      {
        breaks: 'an unknown cluster counts as writable',
        find: 'view !== undefined && isWritable(view)',
        replace: 'view === undefined || isWritable(view)',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/shared/router.ts',
    ['test/routes/majority.test.ts'],
    [
      {
        breaks: 'changes over the API ask for no majority',
        find: "if (isChange && c.get('caller').kind === 'account') await",
        replace: 'if (false) await',
      },
    ],
  ),
  ...plantedIn(
    'src/db/write-gate.ts',
    [readOnly],
    [
      {
        breaks: 'a late switch opens the gate',
        within: 'export async function setWriteGate',
        find: '      WHERE token < excluded.token`',
        replace: '`',
      },
      {
        breaks: 'an ended switch closes the registry',
        within: 'export const isClosed =',
        find: 'closed && (until === undefined || until > now)',
        replace: 'closed',
      },
      {
        breaks: 'the collection passes the gate of an administrator',
        within: 'export const administratorHasClosed',
        find: "(by <> '' OR until IS NULL)",
        replace: "(by = '' AND until IS NULL)",
        tests: ['test/gc/read-only.test.ts'],
      },
      {
        breaks: 'a collection is stopped by a gate that has ended',
        within: 'export const administratorHasClosed',
        find: "\n    AND (until IS NULL OR until > unixepoch('subsec') * 1000)",
        replace: '',
        tests: ['test/gc/read-only.test.ts'],
      },
      {
        breaks: 'a collection is stopped by its own gate',
        within: 'export const administratorHasClosed',
        find: " AND (by <> '' OR until IS NULL)",
        replace: '',
        tests: ['test/gc/collector.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'migrations/0002_replicas.sql',
    ['test/db/read-only-triggers.test.ts'],
    [
      ungated('an upload begins in a registry that is read-only', 'read_only_upload_sessions_insert'),
      ungated('a chunk is written to a registry that is read-only', 'read_only_segments_insert'),
      ungated('a blob is added to a registry that is read-only', 'read_only_repository_blobs_insert'),
      ungated('a blob is deleted from a registry that is read-only', 'read_only_repository_blobs_delete'),
      ungated('a manifest is added to a registry that is read-only', 'read_only_manifests_insert'),
      ungated('a manifest is deleted from a registry that is read-only', 'read_only_manifests_delete'),
      ungated('a tag is added to a registry that is read-only', 'read_only_tags_insert'),
      ungated('a tag is moved in a registry that is read-only', 'read_only_tags_update'),
      ungated('a tag is deleted from a registry that is read-only', 'read_only_tags_delete'),
      ungated('a repository is made in a registry that is read-only', 'read_only_repositories_insert'),
      ungated('a repository is deleted from a registry that is read-only', 'read_only_repositories_delete'),
      ungated('a repository is changed in a registry that is read-only', 'read_only_repositories_update'),
    ],
  ),
  ...plantedIn(
    'migrations/0006_deleted_repositories.sql',
    ['test/db/read-only-triggers.test.ts'],
    [ungated('a deletion of a repository begins in a registry that is read-only', 'read_only_repositories_deletion')],
  ),
]
