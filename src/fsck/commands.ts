/** `fsck`: compares D1 with R2; with `--repair` it marks what is lost, with `--delete-unknown` it deletes what nothing needs. */
import { answer, type Api, type Schemas } from '../../scripts/admin/api.ts'
import { command, flag, toggle } from '../../scripts/admin/command.ts'
import { UsageError } from '../../scripts/admin/errors.ts'
import { endedJob, startJob, waitForJob } from '../../scripts/admin/jobs.ts'
import { done, listed, type Output } from '../../scripts/admin/output.ts'
import { isLater, mayPass, patiently, type Patience } from '../../scripts/admin/patience.ts'
import { withProgress, type Show } from '../../scripts/admin/progress.ts'

export interface Report {
  readonly findings: readonly Schemas['FsckPage']['findings'][number][]
  readonly checked: Readonly<Record<string, number>>
}

const fsck = command({
  name: 'fsck',
  summary: 'Compare D1 with R2 and repair nothing; ends with 1 when something is wrong',
  example: 'fsck --content',
  options: {
    content: flag('also read and hash everything that is stored'),
    repair: flag('mark what R2 has lost, so that clients push it again, and print the log of that job'),
    deleteUnknown: flag('delete objects that no row refers to, as those of pushes after a backup that was restored'),
    wait: toggle('wait for the end, as is usual', 'with a job: begin it and do not wait for it'),
  },
  async run(_args, { content, repair, deleteUnknown, wait = true }, { api }) {
    const isJob = repair || deleteUnknown
    if (!isJob && !wait) {
      throw new UsageError('--no-wait is for --repair and --delete-unknown: a check is made while the command waits')
    }
    if (!isJob) return outputOf(await withProgress((show) => check(api, content, show)))
    const made = await startJob(api, { action: 'fsck', parameters: { content, repair, deleteUnknown } })
    if (!wait) return done(`Started the job ${made.id}: "job logs ${made.id}" shows its progress.`, { job: made })
    return endedJob(api, await waitForJob(api, made.id))
  },
})

/** Reads all pages of findings. Asks again for a page that the registry cannot make now, as the ones before it are read. */
export async function check(
  api: Api,
  content: boolean,
  show: Show,
  time: Pick<Partial<Patience>, 'clock' | 'pause'> = {},
): Promise<Report> {
  const waits = (error: unknown): void => show(`Waits: ${error instanceof Error ? error.message : String(error)}`)
  const findings: Report['findings'][number][] = []
  const checked: Record<string, number> = {}
  let cursor: string | undefined
  do {
    const body = { content, ...(cursor === undefined ? {} : { cursor }) }
    // A registry that does not answer at all may have another address.
    const passes = cursor === undefined ? isLater : mayPass
    const page = await patiently(() => answer(api.POST('/api/v0/admin/fsck', { body })), { ...time, passes, waits })
    findings.push(...page.findings)
    for (const [thing, count] of Object.entries(page.checked)) checked[thing] = (checked[thing] ?? 0) + count
    if (page.next === cursor && cursor !== undefined) throw new Error('a page of findings is followed by itself')
    cursor = page.next
    show(totalsOf(checked))
  } while (cursor !== undefined)
  return { findings, checked }
}

function outputOf({ findings, checked }: Report): Output {
  const { lines } = listed(
    findings,
    {
      FINDING: ({ kind }) => kind,
      REPOSITORY: ({ repository }) => repository,
      SUBJECT: ({ subject }) => subject,
      WHY: ({ why }) => why,
    },
    'Nothing is wrong.',
  )
  return {
    data: { findings, checked },
    lines: [...lines, '', totalsOf(checked), ...(findings.length === 0 ? [] : [`Findings: ${findings.length}.`])],
    isBad: findings.length > 0,
  }
}

function totalsOf(checked: Report['checked']): string {
  const totals = Object.entries(checked).map(([thing, count]) => `${count} ${thing === 'bytes' ? 'bytes read' : thing}`)
  return `Checked: ${totals.join(', ')}.`
}

export const commands = [fsck]
