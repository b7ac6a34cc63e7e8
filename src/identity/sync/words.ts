/** The words of the log of a sync. */
import type { Checkpoint, Counts } from './checkpoint.ts'

/** Names a team, or the owners of an organization. */
export const wordsOf = ({
  organizationName,
  teamName,
}: {
  readonly organizationName: string
  readonly teamName: string | null
}): string => (teamName === null ? `the owners of ${organizationName}` : `the team ${organizationName}/${teamName}`)

/**
 * Returns what a line or lines tell of in the order of a name. Ids have none that means anything, so two syncs of the same
 * directory would say the same in two ways.
 */
export const sortedBy = <Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] =>
  items.toSorted((one, other) => {
    const [first, second] = [nameOf(one), nameOf(other)]
    return first < second ? -1 : Number(first > second)
  })

/** Says which targets a sync has left as they are; empty for none. */
export function leftOf({ count, first }: Checkpoint['left']): string {
  const rest = count - first.length
  return [...first, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ')
}

/** Says what a sync has done, or would do. */
export function summaryOf(counts: Counts, isDryRun: boolean): string {
  const { created, updated, reactivated, deactivated, promoted, demoted, joined, left } = counts
  const parts = [
    [created, 'accounts created'],
    [updated, 'updated'],
    [reactivated, 'reactivated'],
    [deactivated, 'deactivated'],
    [promoted, 'administrators appointed'],
    [demoted, 'dismissed'],
    [joined, 'memberships added'],
    [left, 'removed'],
  ] as const
  const some = parts.map(([count, words]) => `${words}: ${count}`).join(', ')
  return isDryRun ? `would be done: ${some}` : `done: ${some}`
}
