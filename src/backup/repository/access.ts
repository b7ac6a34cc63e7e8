/** Gives a repository that was made again its grants and its signature policy, and ends its restore. */
import type { CurrentRepository } from './progress.ts'
import type { RepositoryStep, StepDone } from './steps.ts'
import { grantRow, partsOf, partsWith, policyRow, policyTeamRow, readRows, repositoryRow } from './rows.ts'
import { demandSignatures, grantTeams, recordRestored } from './store.ts'

/**
 * Restores the next part of the access, for a repository that was made again. One that was there keeps what it has: a grant
 * that was taken away since must not come back.
 */
export async function accessSlice(step: RepositoryStep, at: CurrentRepository): Promise<StepDone> {
  const { source, wanted } = step
  const grants = at.isNew ? partsWith(source.manifest, 'repository_grants', wanted.id) : []
  const policies = at.isNew ? partsOf(source.manifest, 'trust_policies') : []
  const next = { ...at, place: { part: at.place.part + 1, after: '' } }
  const grant = grants[at.place.part]
  if (grant !== undefined) {
    const rows = (await readRows(source, grant, grantRow)).filter(({ row }) => row.repository_id === wanted.id)
    const own = rows.map(({ row: { team_id: teamId, rank } }) => ({ teamId, rank }))
    await grantTeams(step.context.db, step.target, own)
    return { current: next, lines: [] }
  }
  const policy = policies[at.place.part - grants.length]
  if (policy !== undefined) {
    const rows = await readRows(source, policy, policyRow)
    const own = rows.find(({ row }) => row.repository_id === wanted.id)
    if (own !== undefined) {
      const { mode, updated_at: updatedAt } = own.row
      const teams = own.parts('trust_policy_teams').map((row) => policyTeamRow.parse(row))
      await demandSignatures(step.context.db, step.target, {
        mode,
        updatedAt,
        teams: teams.map(({ team_id: id, team_name: name }) => ({ id, name })),
      })
    }
    return { current: next, lines: [] }
  }
  return finish(step, at)
}

async function finish(
  { context, source, wanted, target, order }: RepositoryStep,
  at: CurrentRepository,
): Promise<StepDone> {
  const part = partsOf(source.manifest, 'repositories')[wanted.part]
  const rows = at.isNew && part !== undefined ? await readRows(source, part, repositoryRow) : []
  const uses = rows.find(({ row }) => row.id === wanted.id)?.row
  const { manifests, tags, blobs, left } = at.counts
  await recordRestored(context.db, target, { backup: order.backup, counts: at.counts, now: context.now, uses })
  const what = `${manifests} manifests, ${tags} tags and ${blobs} blobs came back`
  return { current: null, lines: [`${target.name}: ${what}; ${left === 0 ? 'nothing' : left} could not be restored`] }
}
