/**
 * What no valid request and no other test of plans asks D1: the statements of refusals, of rare cases and of jobs. By the
 * place of each statement a work that sends it.
 */
import { sql } from 'drizzle-orm'
import type { DeletionRight } from '../../src/db/access/rights.ts'
import { deleteEndedTokens, findEndingTokens } from '../../src/db/accounts/access-tokens.ts'
import { hasUsers, updatePasswordHash } from '../../src/db/accounts/accounts.ts'
import { trimLogins } from '../../src/db/accounts/login-trimming.ts'
import { findAccessTokenLogin, openLogin, touchAccessToken } from '../../src/db/accounts/logins.ts'
import { touchSession } from '../../src/db/accounts/sessions.ts'
import { markClusterReady } from '../../src/db/cluster/cluster.ts'
import { ancestryOf } from '../../src/db/content/ancestry.ts'
import { manifestNaming, readBlobs } from '../../src/db/content/blobs.ts'
import { markAllLost, markIncomplete, markLost, settleSegments, takeMark } from '../../src/db/content/lost-content.ts'
import { someImmutable, somePinned } from '../../src/db/content/kept-content.ts'
import { missingReferences, storeManifest, type NewManifest } from '../../src/db/content/manifest-push.ts'
import { indexListing } from '../../src/db/content/manifests.ts'
import {
  deleteExpiredSessions,
  deleteSegments,
  findUnownedSegments,
  unownedSegments,
} from '../../src/db/content/segments.ts'
import { accompaniesImage } from '../../src/db/content/signatures.ts'
import { listTagsOfManifest } from '../../src/db/content/tag-details.ts'
import { pinStatements, replacePins, unpinAllStatement, unpinStatements } from '../../src/db/content/pins.ts'
import { findTagLimit } from '../../src/db/content/tag-limit.ts'
import { tagsElsewhere } from '../../src/db/content/tags.ts'
import { openDatabase, runBatch, type Database } from '../../src/db/database.ts'
import { changeConsumers } from '../../src/db/events/consumers.ts'
import { moveCursor, parkAgain, parkEvent, readPending, recordFailure } from '../../src/db/events/consumption.ts'
import { firstNotLookedAt, listEvents, type EventFilter } from '../../src/db/events/events.ts'
import { deleteEventsBefore, deleteEventsUpTo, firstKept, newestBeyond } from '../../src/db/events/trimming.ts'
import { dueCrons, fireCron } from '../../src/db/jobs/crons.ts'
import { renewLease } from '../../src/db/jobs/held-jobs.ts'
import { deleteJobsBefore, endOfNewest, firstJobNotLookedAt, listJobs } from '../../src/db/jobs/job-lists.ts'
import type { NewJob } from '../../src/db/jobs/jobs.ts'
import { putOffJob } from '../../src/db/jobs/waiting-jobs.ts'
import { searchByWords } from '../../src/db/repositories/search.ts'
import { allNames, listVisible, type Viewer } from '../../src/db/repositories/visible-repositories.ts'
import { administratorHasClosed, setWriteGate } from '../../src/db/write-gate.ts'
import { parseAccountName, parseDigest, parseRepositoryName, parseTag } from '../../src/names.ts'

type Work = (db: Database) => Promise<unknown>

const repository = parseRepositoryName('acme/app')
const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
const tag = parseTag('latest')
const right: DeletionRight = {
  repository,
  ground: { repositoryId: 1 },
  holder: undefined,
  scope: undefined,
  takesImmutable: false,
}
const manifest: NewManifest = {
  repository,
  digest,
  mediaType: 'application/json',
  artifactType: undefined,
  subject: undefined,
  keptAnnotations: undefined,
  sizeBytes: 2,
  body: '{}',
  blobs: [digest],
  optionalBlobs: [digest],
  children: [digest],
  tags: [tag],
  push: { right, creates: false },
  now: 1,
}
const job: NewJob = {
  id: 'job',
  retryFromId: null,
  action: 'sleep',
  exclusionKey: 'sleep',
  scheduledAt: 1,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: '{}',
  deadline: '',
  stopTimeout: '',
}
const consumer = { name: 'webhook', cursor: 0, missed: 0, attempts: 0 }
const trimmed = { now: 1, failuresBefore: 1, addressesBefore: 1 }
const everything: EventFilter = {
  repository: undefined,
  actorId: undefined,
  type: undefined,
  objectType: undefined,
  publishedBefore: undefined,
  publishedAfter: undefined,
  withoutPulls: false,
  onlyObjects: undefined,
}
const eventFilters = [everything, { ...everything, repository }, { ...everything, actorId: 'id' }]
const limitedViewer: Viewer = {
  id: 'id',
  limit: {
    level: 'read-only',
    within: { repositories: [parseRepositoryName('acme/app')], namespaces: [parseAccountName('acme')] },
  },
}
/** A guess that a directory has just called right. */
const provenGuess = {
  name: 'alice',
  address: '192.0.2.1',
  rules: [],
  trialKey: 'trial',
  key: 'trial tried',
  provenHash: null,
  provenId: 'id',
  now: 2,
  since: 1,
  longestWaitSeconds: 1,
}
const jobs = { action: undefined, worker: undefined, running: undefined }

/** A database that answers no batch. */
const losingAnswers = ({ binding }: Database): Database =>
  openDatabase(
    new Proxy(binding, {
      get(target, name) {
        if (name === 'prepare') return (text: string) => target.prepare(text)
        return () => Promise.reject(new Error('Network connection lost.'))
      },
    }),
  )

/** The refusal of a batch is no failure of the test: its plans are known by then. */
const refused: (asked: Promise<unknown>) => Promise<unknown> = (asked) => asked.catch(() => undefined)

export const works: Readonly<Record<string, Work>> = {
  'src/db/accounts/access-tokens.ts: deleteEndedTokens': (db) => deleteEndedTokens(db, 1, 10, 1),
  'src/db/accounts/access-tokens.ts: findEndingTokens': (db) =>
    findEndingTokens(db, { now: 1, until: 2, usedSince: 1, latest: 3 }, 10),
  'src/db/accounts/accounts.ts: updatePasswordHash': (db) => updatePasswordHash(db, 'id', 'new', 'old'),
  'src/db/accounts/accounts.ts: hasUsers': hasUsers,
  'src/db/accounts/logins.ts: findAccessTokenLogin': (db) => findAccessTokenLogin(db, 'hash'),
  'src/db/accounts/logins.ts: accountProven': (db) => openLogin(db, provenGuess),
  'src/db/accounts/logins.ts: touchAccessToken': (db) => touchAccessToken(db, 'hash', 1),
  'src/db/accounts/sessions.ts: touchSession': (db) => touchSession(db, 'hash', 2, 1),
  'src/db/accounts/login-trimming.ts: trimLogins': (db) => trimLogins(db, trimmed, 10),
  'src/db/cluster/cluster.ts: markClusterReady': (db) => markClusterReady(db, 1, 1),
  'src/db/content/ancestry.ts: walkUp': (db) => db.all(sql`SELECT ${ancestryOf(sql`1`, sql`${digest}`)}`),
  'src/db/content/ancestry.ts: isUsedItself': (db) => db.all(sql`SELECT ${ancestryOf(sql`1`, sql`${digest}`)}`),
  'src/db/content/ancestry.ts: isReferrer': (db) => db.all(sql`SELECT ${ancestryOf(sql`1`, sql`${digest}`)}`),
  'src/db/content/blobs.ts: manifestNaming': (db) => manifestNaming(db, repository, digest),
  'src/db/content/blobs.ts: readBlobs': (db) => readBlobs(db, '', 1),
  'src/db/content/lost-content.ts: markLost': (db) => markLost(db, 'key', 1),
  'src/db/content/lost-content.ts: markAllLost': (db) => markAllLost(db, ['key'], 1, 1),
  'src/db/content/lost-content.ts: markIncomplete': (db) => markIncomplete(db, [digest], 1),
  'src/db/content/lost-content.ts: isIncomplete': (db) => markIncomplete(db, [digest], 1),
  'src/db/content/lost-content.ts: takeMark': (db) => takeMark(db, digest, ['key']),
  'src/db/content/lost-content.ts: settleSegments': (db) => settleSegments(db, 'session', digest, 'key'),
  'src/db/content/manifest-push.ts: isStored': (db) => refused(storeManifest(losingAnswers(db), manifest, undefined)),
  'src/db/content/manifest-push.ts: insertManifest': (db) => refused(storeManifest(db, manifest, undefined)),
  'src/db/content/manifest-push.ts: missingReferences': (db) => missingReferences(db, manifest),
  'src/db/content/manifests.ts: indexListing': (db) => indexListing(db, repository, digest),
  'src/db/content/segments.ts: deleteExpiredSessions': (db) => deleteExpiredSessions(db, 1, 10),
  'src/db/content/segments.ts: unownedSegments': (db) => unownedSegments(db, 1),
  'src/db/content/segments.ts: findUnownedSegments': (db) => findUnownedSegments(db, 1, 10),
  'src/db/content/segments.ts: deleteSegments': (db) => deleteSegments(db, ['key']),
  'src/db/content/signatures.ts: accompaniesImage': (db) =>
    db.all(sql`SELECT 1 FROM tags WHERE repository_id = 1 AND name = 'x' AND ${accompaniesImage}`),
  'src/db/content/tag-details.ts: listTagsOfManifest': (db) =>
    listTagsOfManifest(db, 1, digest, { from: '', limit: 10 }),
  'src/db/content/tag-limit.ts: findTagLimit': (db) => findTagLimit(db, repository),
  'src/db/content/tags.ts: tagsElsewhere': (db) => tagsElsewhere(db, repository, [tag], digest),
  'src/db/content/kept-content.ts: deletedTags': async (db) => {
    for (const reference of [{ tag }, { digest }]) await someImmutable(db, repository, reference)
  },
  'src/db/content/kept-content.ts: pinnedManifests': (db) => somePinned(db, repository, { digest }),
  'src/db/content/pins.ts: pinStatements': (db) => runBatch(db, { made: pinStatements(1, [{ tag }], 'notary') }),
  'src/db/content/pins.ts: unpinStatements': (db) => runBatch(db, { gone: unpinStatements(1, [{ tag }], 'notary') }),
  'src/db/content/pins.ts: unpinAllStatement': (db) => runBatch(db, { gone: unpinAllStatement(1, 'notary') }),
  'src/db/content/pins.ts: replacePins': (db) => runBatch(db, { kept: replacePins(1, [{ tag }], 'notary') }),
  'src/db/content/pins.ts: isPinned': (db) => somePinned(db, repository, { digest }),
  'src/db/events/consumers.ts: changeConsumers': (db) =>
    changeConsumers(db, { joined: [], left: ['x'], forgotten: ['y'], removedBefore: 0 }, 1),
  'src/db/events/consumption.ts: readPending': (db) => readPending(db, consumer.name, {}, 3),
  'src/db/events/consumption.ts: move': (db) => moveCursor(db, consumer, 1, {}),
  'src/db/events/consumption.ts: moveCursor': (db) => moveCursor(db, consumer, 1, {}),
  'src/db/events/consumption.ts: recordFailure': (db) =>
    recordFailure(db, consumer, { attempts: 1, nextAttemptAt: 1, narrowedTo: null, reason: '' }),
  'src/db/events/consumption.ts: parkEvent': (db) => parkEvent(db, consumer, 1, { reason: '', now: 1 }),
  'src/db/events/consumption.ts: parkAgain': (db) => parkAgain(db, consumer.name, 1, { reason: '', now: 1 }),
  'src/db/events/events.ts: found': (db) =>
    listEvents(db, { ...everything, publishedBefore: 1, publishedAfter: 1 }, { from: undefined, limit: 10 }),
  'src/db/events/events.ts: lookedAt': async (db) => {
    for (const filter of eventFilters) {
      for (const from of [undefined, 1]) await listEvents(db, filter, { from, limit: 10 })
    }
  },
  'src/db/events/events.ts: firstNotLookedAt': async (db) => {
    for (const filter of eventFilters) {
      for (const from of [undefined, 1]) await firstNotLookedAt(db, filter, from)
    }
  },
  'src/db/events/trimming.ts: newestBeyond': (db) => newestBeyond(db, 'content', 10),
  'src/db/events/trimming.ts: firstKept': (db) => firstKept(db, 1, 1, 10),
  'src/db/events/trimming.ts: deleteEventsBefore': (db) => deleteEventsBefore(db, { publishedAt: 1, id: 1 }, 1, 10),
  'src/db/events/trimming.ts: deleteEventsUpTo': (db) => deleteEventsUpTo(db, 'content', 1, 10),
  'src/db/events/trimming.ts: deleteEvents': (db) => deleteEventsUpTo(db, 'content', 1, 10),
  'src/db/jobs/crons.ts: dueCrons': (db) => dueCrons(db, 1),
  'src/db/jobs/crons.ts: fireCron': (db) => fireCron(db, { action: 'sleep', nextRun: 1 }, 2, job, 1),
  'src/db/jobs/jobs.ts: scheduledJob': (db) => fireCron(db, { action: 'sleep', nextRun: 1 }, 2, job, 1),
  'src/db/jobs/job-lists.ts: lookedThrough': async (db) => {
    for (const filter of [jobs, { ...jobs, action: 'sleep' }, { ...jobs, running: true }]) {
      await listJobs(db, filter, { from: undefined, start: 0, limit: 10 })
      await firstJobNotLookedAt(db, filter, undefined)
    }
  },
  'src/db/jobs/job-lists.ts: deleteJobsBefore': (db) => deleteJobsBefore(db, 1),
  'src/db/jobs/job-lists.ts: endOfNewest': (db) => endOfNewest(db, 10),
  'src/db/jobs/held-jobs.ts: renewLease': (db) => renewLease(db, { id: 'job', attempt: 1 }, 1),
  'src/db/jobs/waiting-jobs.ts: putOffJob': (db) =>
    putOffJob(db, { id: 'job', attempt: 1 }, { reason: '', line: '', now: 1 }),
  'src/db/repositories/visible-repositories.ts: viewingWithin': (db) => listVisible(db, limitedViewer, allNames, 10),
  'src/db/repositories/visible-repositories.ts: publicWithin': (db) => listVisible(db, limitedViewer, allNames, 10),
  'src/db/repositories/search.ts: within': (db) =>
    searchByWords(db, { id: 'id' }, { words: ['app'], namespace: parseAccountName('acme'), limit: 10 }),
  'src/db/write-gate.ts: administratorHasClosed': (db) => db.all(sql`SELECT ${administratorHasClosed}`),
  'src/db/write-gate.ts: isOtherwise': (db) =>
    setWriteGate(
      db,
      { token: 1, closed: false, reason: '', until: undefined, by: '' },
      { on: false, reason: '', until: undefined, by: '', now: 1, onlyIfChanged: true },
    ),
}
