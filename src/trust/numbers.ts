/** What monitoring systems read of trust data: two short questions to D1, however much there is. */
import type { Context } from '../context.ts'
import type { Reading } from '../registry/readings.ts'
import { readTrustCounts } from './counts-store.ts'
import { keysInDanger } from './notary/reseal.ts'

export async function trustReadings(context: Pick<Context, 'db' | 'secrets'>): Promise<readonly Reading[]> {
  const [counts, { needPrevious, lost }] = await Promise.all([readTrustCounts(context.db), keysInDanger(context)])
  return [
    {
      name: 'breakwater_trust_collections',
      type: 'gauge',
      help: 'Collections of trust data that are published',
      value: counts.get('collections') ?? 0,
    },
    {
      name: 'breakwater_trust_publications_total',
      type: 'counter',
      help: 'Publications and imports of trust data',
      value: counts.get('publications') ?? 0,
    },
    {
      name: 'breakwater_trust_refusals_total',
      type: 'counter',
      help: 'Pulls that a signature policy refused',
      value: counts.get('refusals') ?? 0,
    },
    {
      name: 'breakwater_trust_keys_previous_secret',
      type: 'gauge',
      help: 'Keys of trust data that need the previous secret, up to 10,000',
      value: needPrevious,
    },
    {
      name: 'breakwater_trust_keys_lost',
      type: 'gauge',
      help: 'Keys of trust data that open with neither secret, up to 10,000 of each older one',
      value: lost,
    },
  ]
}
