/** Jobs: who may take one up, when it is over, and what a worker may still write. */
import { plantedIn } from './mutation.ts'

const runner = 'test/jobs/runner.test.ts'

export const jobs = [
  ...plantedIn(
    'src/jobs/decisions.ts',
    ['test/jobs/decisions.test.ts'],
    [
      { breaks: 'a job is taken up that is over', find: '!unfinished.has(status) || ', replace: '' },
      { breaks: 'a job is taken up before its time', find: ' || scheduledAt > now', replace: '' },
      {
        breaks: 'a job that rests is never taken up again',
        find: 'leaseUntil === null || ',
        replace: 'leaseUntil !== null && ',
      },
      {
        breaks: 'a job is taken up while its worker lives',
        find: 'leaseUntil <= now\n',
        replace: 'leaseUntil <= now + 1\n',
      },
      { breaks: 'a worker that gave its job back counts as dead', find: ' && job.leaseUntil !== null', replace: '' },
      {
        breaks: 'a long job keeps others from their turn',
        find: "status === 'waiting' ? scheduledAt : lastUpdated",
        replace: 'scheduledAt',
      },
      { breaks: 'a job that was asked to stop goes on', find: "job.status === 'cancel_request'", replace: 'false' },
      { breaks: 'a job kills one worker more', find: 'job.deaths >= mostDeaths', replace: 'job.deaths > mostDeaths' },
      { breaks: 'a deadline ends nothing', find: 'now >= deadlineOf(job)', replace: 'false' },
      { breaks: 'a worker goes on when its time is over', find: 'now >= endsAt || ', replace: '' },
      { breaks: 'a turn has no bound of slices', find: ' || slices >= slicesInTurn', replace: '' },
      { breaks: 'a turn has no bound of calls of buckets', find: ' || calls >= callsInTurn', replace: '' },
      {
        breaks: 'what deletes content goes on during a collection',
        find: "deletes === 'content' ? isClosed(gate, now)",
        replace: "deletes === 'content' ? isClosedByAdministrator(gate, now)",
      },
      {
        breaks: 'a collection waits for the gate that it closed itself',
        find: "deletes === 'garbage' && isClosedByAdministrator(gate, now)",
        replace: "deletes === 'garbage' && isClosed(gate, now)",
      },
      { breaks: 'a job without a deadline ends at once', find: 'length === 0 || ', replace: '' },
      { breaks: 'another try waits for days', find: 'Math.min(longestRetryMilliseconds, ', replace: 'Math.max(0, ' },
    ],
  ),
  ...plantedIn(
    'src/jobs/job-worker.ts',
    [runner],
    [
      {
        breaks: 'a lost job is worked on for 199 slices',
        find: 'if (status === undefined) return false\n',
        replace: '',
      },
      {
        breaks: 'a slice that was done forgives no deaths',
        find: 'lines, deaths: 0,',
        replace: 'lines, deaths: this.#job.deaths,',
      },
      {
        breaks: 'the lease is that of the beginning',
        find: 'return this.#worker.clock() + leaseMilliseconds',
        replace: 'return this.#worker.endsAt',
      },
      {
        breaks: 'what a job holds is renewed too late',
        find: 'now - this.#beatenAt < beatMilliseconds',
        replace: 'now - this.#beatenAt < 2 * beatMilliseconds',
      },
      {
        breaks: 'what a job holds is not renewed for the next worker',
        find: '      await this.#turn?.beat()\n      return this.#leave([])',
        replace: '      return this.#leave([])',
      },
      {
        breaks: 'a lease ends while a slice runs',
        find: 'if (!(await renewLease(this.#worker.db, this.#job, this.#lease()))) return false\n',
        replace: '',
      },
      {
        breaks: 'what a job holds ends while a slice runs',
        within: '  async #renew(',
        find: '      await this.#turn?.beat()\n      this.#beatenAt',
        replace: '      this.#beatenAt',
      },
      { breaks: 'renewals may be too many for D1', find: '    this.#worker.spent.slices++\n', replace: '' },
      {
        breaks: 'what a job holds is kept while it waits',
        find: '    await this.#release().catch(note)\n    const now',
        replace: '    const now',
        tests: ['test/gc/read-only.test.ts'],
      },
      {
        breaks: 'what a job holds is kept when it is over',
        within: '  async #end(',
        find: 'await this.#release().then(',
        replace: 'await Promise.resolve().then(',
      },
      {
        breaks: 'a worker that lost its job gives back what the next one holds',
        find: 'else if (!this.#isOvertaken) await',
        replace: 'else await',
      },
      {
        breaks: 'what is too much for the database is tried for ever',
        find: '(isTooMuch(cause) && wasInterrupted(cause) ? 1 : 0)',
        replace: '0',
      },
      {
        breaks: 'a lost majority ends a job',
        find: "['no-majority', 'overloaded', ",
        replace: "['overloaded', ",
      },
      { breaks: 'a job has one try more', find: 'job.retriesLeft <= 0', replace: 'job.retriesLeft < 0' },
      {
        breaks: 'a log grows without a bound',
        find: 'if (lines.length < room || lines.length === 0) return lines',
        replace: 'if (lines.length >= 0) return lines',
      },
    ],
  ),
  ...plantedIn(
    'src/jobs/holding.ts',
    [runner],
    [
      {
        breaks: 'a slice may take for ever',
        find: 'clock() - begun >= longestSliceMilliseconds',
        replace: 'clock() < begun',
      },
      {
        breaks: 'a renewal that is under way undoes what is saved',
        find: '    await Promise.allSettled([beating])\n',
        replace: '',
      },
      {
        breaks: 'a worker goes on with a slice of a job that it has lost',
        find: 'if (!(await renew())) return\n',
        replace: 'await renew()\n',
      },
    ],
  ),
  ...plantedIn(
    'src/db/jobs/held-jobs.ts',
    [runner],
    [
      {
        breaks: 'a lost worker renews the lease of the next one',
        within: 'export async function renewLease',
        find: 'WHERE ${isJobHeld(hold)}',
        replace: 'WHERE id = ${hold.id}',
      },
      {
        breaks: 'a late renewal takes a job back that was given back',
        within: 'export async function renewLease',
        find: ' AND lease_until IS NOT NULL',
        replace: '',
      },
      {
        breaks: 'a renewed lease is taken',
        within: 'export async function claimJob',
        find: ' AND lease_until IS ${seen.leaseUntil}',
        replace: '',
      },
      {
        breaks: 'many workers take up one job',
        within: 'export async function claimJob',
        find: ' AND attempt = ${seen.attempt} AND lease_until IS ${seen.leaseUntil}',
        replace: '',
      },
      {
        breaks: 'a job is claimed that is over',
        within: 'export async function claimJob',
        find: ' AND ${isUnfinished}`',
        replace: '`',
      },
      {
        breaks: 'the attempt stays the same when a job is taken up',
        within: 'export async function claimJob',
        find: 'attempt = attempt + 1,',
        replace: 'attempt = attempt,',
      },
      {
        breaks: 'a death is not counted',
        within: 'export async function claimJob',
        find: 'deaths = deaths + ${lines.length},',
        replace: '',
      },
      {
        breaks: 'a worker writes to a job that another one has',
        within: 'export const isJobHeld =',
        find: ' AND attempt = ${attempt}',
        replace: '',
      },
      {
        breaks: 'a worker writes to a job that is over',
        within: 'export const isJobHeld =',
        find: ' AND ${isUnfinished}',
        replace: '',
      },
      {
        breaks: 'a lost worker writes to the log',
        within: 'export async function saveSlice',
        find: 'insertLines(slice.lines, isJobHeld(hold), slice.lines.length)',
        replace: 'insertLines(slice.lines, sql`id = ${hold.id}`, slice.lines.length)',
      },
      {
        breaks: 'a job that was asked to stop and fails is errored',
        within: 'export async function endJob',
        find: "status = 'cancel_request' AND",
        replace: 'FALSE AND',
      },
      {
        breaks: 'what is done counts as canceled',
        within: 'export async function endJob',
        find: " AND ${status} <> 'done'",
        replace: '',
      },
      {
        breaks: 'a job that was asked to stop is tried again',
        within: 'export async function endJob',
        find: " AND status <> 'cancel_request'",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/db/jobs/job-logs.ts',
    ['test/db/pieces.test.ts'],
    [
      {
        breaks: 'all lines of a slice are one parameter',
        find: 'piecesOf(lines.map(plainLineOf))',
        replace: '[lines.map(plainLineOf)]',
      },
      {
        breaks: 'further lines of a long slice take the numbers of the first',
        find: 'line_count + ${written - before}',
        replace: 'line_count + ${-before}',
      },
      {
        breaks: 'the bytes of a line count before its characters give way',
        find: `piecesOf(lines.map(plainLineOf)).map((piece) => {`,
        replace: `piecesOf(lines).map((some) => {
    const piece = some.map(plainLineOf)`,
      },
    ],
  ),
  ...plantedIn(
    'src/db/jobs/jobs.ts',
    [runner],
    [
      {
        breaks: 'a job that is over can be asked to stop',
        within: 'export async function requestCancel',
        find: " AND status IN ('waiting', 'running')",
        replace: '',
      },
      {
        breaks: 'a job is deleted that is under way',
        within: 'export async function deleteJob',
        find: ' AND ended_at IS NOT NULL',
        replace: '',
      },
      {
        breaks: 'two collections are ordered',
        within: 'export async function insertJob',
        find: '${inTheWay} IS NULL AND ',
        replace: '',
      },
      {
        breaks: 'a collection for later keeps one from being ordered now',
        within: 'const jobInTheWay =',
        find: ' AND scheduled_at <= ${now}',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/db/jobs/waiting-jobs.ts',
    ['test/jobs/read-only.test.ts'],
    [
      {
        breaks: 'a job that waits looks as if it ran',
        find: "CASE status WHEN 'running' THEN 'waiting' ELSE status END",
        replace: 'status',
      },
      { breaks: 'a job that waits keeps its lease', find: ' lease_until = NULL,', replace: '' },
      {
        breaks: 'a lost worker puts a job off',
        find: '      WHERE ${isJobHeld(hold)}',
        replace: '      WHERE id = ${hold.id}',
        tests: [runner],
      },
    ],
  ),
  ...plantedIn(
    'src/gc/job.ts',
    ['test/gc/job.test.ts'],
    [
      {
        breaks: 'a dry run keeps a collection from being ordered',
        find: "dryRun ? null : 'gc'",
        replace: "dryRun ? 'gc' : 'gc'",
        tests: ['test/gc/order.test.ts', 'test/gc/job.test.ts'],
      },
      {
        breaks: 'the cutoff follows the clock from slice to slice',
        find: 'return progress.parse(checkpoint)',
        replace: 'return { ...progress.parse(checkpoint), cutoff: Math.floor(Date.now() - graceMilliseconds) }',
      },
      {
        breaks: 'the cutoff is that of the worker that took the job up',
        find: 'Math.floor(job.startedAt - graceMilliseconds)',
        replace: 'Math.floor(Date.now() - graceMilliseconds)',
      },
      {
        breaks: 'a collection has no grace',
        find: 'Math.floor(job.startedAt - graceMilliseconds)',
        replace: 'Math.floor(job.startedAt)',
      },
      { breaks: 'a turn does not raise the fence', find: '  await raiseFence(context.db, token)\n', replace: '' },
      { breaks: 'a dry run takes the lock', find: 'isDryRun(context) ? dryRun(context) : ', replace: '' },
    ],
  ),
  ...plantedIn(
    'src/fsck/repair.ts',
    ['test/fsck/repair.test.ts'],
    [
      { breaks: 'one slice reads all restored blobs', find: '    if (bytes >= bytesOfSlice) break\n', replace: '' },
      {
        breaks: 'each restored blob has a slice of its own',
        find: 'bytes += segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)',
        replace: 'bytes += bytesOfSlice',
      },
    ],
  ),
  ...plantedIn(
    'src/jobs/runner.ts',
    [runner],
    [
      {
        breaks: 'a job is begun at once that another worker has',
        find: 'seen === undefined || !isClaimable(seen, worker.clock())',
        replace: 'seen === undefined',
      },
      {
        breaks: 'a worker begins a job again that it has left',
        find: 'due.filter(({ id }) => !worker.left.has(id))',
        replace: 'due',
      },
      {
        breaks: 'a job that waits for read-only mode is taken up each time',
        find: '!hasSaidWhy(job) || !isStopped(job)',
        replace: 'true',
        tests: ['test/jobs/read-only.test.ts'],
      },
      { breaks: 'a lane that fails cuts off the others', find: 'await allOver(', replace: 'await Promise.all(' },
      {
        breaks: 'a job that waits with parameters of another version stops all jobs',
        find: "  } catch {\n    return 'nothing'",
        replace: '  } catch (error) {\n    throw error',
        tests: ['test/jobs/read-only.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/jobs/cron.ts',
    ['test/jobs/cron.test.ts'],
    [
      {
        breaks: 'a schedule that fails keeps the next ones from firing',
        find: '      failures++\n',
        replace: '      throw error\n',
      },
      {
        breaks: 'a turn that failed looks as if it went well',
        find: 'if (failures > 0) throw',
        replace: 'if (failures < 0) throw',
      },
    ],
  ),
  ...plantedIn(
    'src/util/parallel.ts',
    ['test/util/parallel.test.ts'],
    [
      {
        breaks: 'parallel work that failed begins further items',
        find: '      if (hasFailed) return\n',
        replace: '',
      },
      {
        breaks: 'parallel work that failed goes on after it said so',
        find: '  await Promise.allSettled(works)\n',
        replace: '',
      },
    ],
  ),
]
