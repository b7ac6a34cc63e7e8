/** `fsck`: compares what D1 says with what R2 has; with `--repair` it marks what is lost. */
import type { Api } from '../api.ts'
import { command, flag, type Command } from '../command.ts'
import { endedJob, jobsPath, waitForJob } from '../jobs.ts'
import { listed, type Output } from '../output.ts'
import { fsckPage, job, type AuditFinding } from '../schemas.ts'

interface Audit {
  readonly findings: readonly AuditFinding[]
  readonly checked: Readonly<Record<string, number>>
}

const fsck = command({
  words: 'fsck',
  summary: 'compares D1 with R2 and repairs nothing; ends with 1 when something is wrong',
  options: {
    content: flag('also reads and hashes everything that is stored'),
    repair: flag('marks what R2 has lost, so that clients send it again, and prints the log of that job'),
  },
  async run(input, { api }) {
    if (input.flag('repair')) return repair(await api(), input.flag('content'))
    return report(await audit(await api(), input.flag('content')))
  },
})

export const fsckCommands: readonly Command[] = [fsck]

async function repair(api: Api, content: boolean): Promise<Output> {
  const made = await api.send('POST', jobsPath, { action: 'fsck', parameters: { content, repair: true } }, job)
  return endedJob(api, await waitForJob(api, made.id))
}

async function audit(api: Api, content: boolean): Promise<Audit> {
  const findings: AuditFinding[] = []
  const checked: Record<string, number> = {}
  let cursor: string | undefined
  do {
    const body = { content, ...(cursor === undefined ? {} : { cursor }) }
    const page = await api.sendPatiently('POST', '/api/v0/admin/fsck', body, fsckPage)
    findings.push(...page.findings)
    for (const [thing, count] of Object.entries(page.checked)) checked[thing] = (checked[thing] ?? 0) + count
    if (page.next === cursor && cursor !== undefined) throw new Error('a page of the audit is followed by itself')
    cursor = page.next
  } while (cursor !== undefined)
  return { findings, checked }
}

function report({ findings, checked }: Audit): Output {
  const totals = Object.entries(checked).map(([thing, count]) => `${count} ${thing === 'bytes' ? 'bytes read' : thing}`)
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
    lines: [
      ...lines,
      '',
      `Checked: ${totals.join(', ')}.`,
      ...(findings.length === 0 ? [] : [`Findings: ${findings.length}.`]),
    ],
    isBad: findings.length > 0,
  }
}
