/** Runs every statement about workloads. */
import { runBatchBy } from '../../../src/db/access/rights.ts'
import type { Database } from '../../../src/db/database.ts'
import * as rules from '../../../src/identity/workloads/rule-store.ts'
import * as uses from '../../../src/identity/workloads/use-store.ts'
import { parseAccountName, parseRepositoryName, workloadNameOf } from '../../../src/names.ts'

const attribution = { by: '', now: 1 } as const

export async function askWorkloads(db: Database): Promise<void> {
  const rule = {
    name: 'deploy',
    issuer: 'https://ci.example.com',
    audience: 'https://registry.example.com',
    condition: 'true',
    places: [],
    level: 'read-only',
    keySet: undefined,
    enabled: true,
    anyNetwork: false,
  } as const
  const written = await rules.putRule(db, rule, attribution)
  await rules.putRule(db, rule, attribution)
  await rules.listRules(db)
  await rules.rulesOfIssuer(db, rule.issuer)
  await rules.findRule(db, rule.name)
  await rules.idsOfNamespaces(db, [parseAccountName('acme')])
  const workload = workloadNameOf(rule.name)
  const holder = rules.workloadHolder({ id: written?.rule.id ?? '', name: workload })
  const right = { repository: parseRepositoryName('acme/app'), ground: { repositoryId: 1 }, holder, scope: undefined }
  await runBatchBy(db, { ...right, holder: rules.workloadHolder({ ...holder, id: 'gone' }) }, {}).catch(() => undefined)
  const use = {
    token: 'token',
    network: 'local',
    usedAs: 'password',
    endsAt: 2,
    rules: [rule.name],
    workload,
    content: {},
  } as const
  await uses.noteUse(db, use, 1)
  await uses.trimUses(db, 3, 10)
  await rules.deleteRule(db, rule.name, attribution)
}
