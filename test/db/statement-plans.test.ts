/** How D1 finds the rows of the statements that no valid request sends; `query-plans.test.ts` has those of requests. */
import { beforeEach, expect, it } from 'vitest'
import { plansOf } from '../support/explaining.ts'
import { aRepository, namespaces } from '../support/people.ts'
import { findingsIn } from '../support/statement-comments.ts'
import { works } from '../support/statement-works.ts'
import { unnamedWays, unusedWays, withoutPlan } from '../support/statements.ts'

beforeEach(async () => {
  await namespaces('acme')
  await aRepository('acme/app')
})

it.each(Object.entries(works))('the comment of %s tells how its rows are found', async (place, work) => {
  const { findings, schema } = await findingsIn('src/db/')
  const own = findings.filter((finding) => finding.place === place)
  const plans = await plansOf(work)
  expect(own).toHaveLength(1)
  expect(withoutPlan(own, plans)).toEqual([])
  expect(unusedWays(own, schema, plans)).toEqual([])
  expect(unnamedWays(findings, schema, plans)).toEqual([])
})
