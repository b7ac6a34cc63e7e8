import { expect, it } from 'vitest'
import { ageClusterView } from '../../src/replicas/view-cache.ts'
import { tokenFor } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { countingClient } from '../support/counting.ts'
import { clientOf } from '../support/people.ts'
import { countingReplicas } from '../support/replicas.ts'

const repository = 'alice/app'

it('an isolate that only pulls tells what it has counted once a minute, and asks nothing', async () => {
  await pushImage(await clientOf(repository), repository, 'latest')
  const { replicas, calls } = countingReplicas()
  const { client, settle } = countingClient(
    await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull'] }]),
    replicas,
  )
  const pull = () => client('GET', `/v2/${repository}/manifests/latest`)
  for (let at = 0; at < 20; at++) await pull()
  await settle()
  expect(calls).toEqual([])
  ageClusterView(replicas, 60_001)
  for (let at = 0; at < 20; at++) await pull()
  await settle()
  expect(calls).toEqual(['report'])
})
