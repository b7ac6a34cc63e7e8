/** What `breakwater status` makes of the answers of a registry. */
import { describe, expect, it } from 'vitest'
import {
  alertFields,
  installationFields,
  readOnlyFields,
  replicaFields,
  statusOf,
  type Found,
} from '../scripts/admin/status.ts'

const url = 'https://registry.example.com'
const healthy = { healthy: true, error: '' }
const part = (isBad?: boolean): Found => ({
  name: 'alerts',
  told: { data: [], fields: { alerts: 'none' }, ...(isBad === undefined ? {} : { isBad }) },
})

describe('the exit code', () => {
  it('is 0 when the registry is healthy and all parts are well', () => {
    const { isBad, lines, data } = statusOf(url, healthy, [part()])
    expect(isBad).toBe(false)
    expect(lines).toEqual([`registry:  ${url}`, 'health:    healthy', 'alerts:    none'])
    expect(data).toMatchObject({ url, reachable: true, healthy: true, error: '', alerts: [], unknown: [] })
  })

  it.each([
    ['nothing answers', { unreachable: 'connect ECONNREFUSED' }, [], 'NOT REACHABLE: connect ECONNREFUSED'],
    [
      'a subsystem fails',
      { healthy: false, error: 'registry is failing' },
      [part()],
      'NOT HEALTHY: registry is failing',
    ],
    ['a part is bad', healthy, [part(true)], 'health:    healthy'],
    ['a part is not told', healthy, [{ name: 'gc', unknown: 'you may not' }], 'gc is not known: you may not'],
  ])('is 1 when %s, and the screen says so', (_what, health, parts, words) => {
    const { isBad, lines } = statusOf(url, health, parts)
    expect(isBad).toBe(true)
    expect(lines.join('\n')).toContain(words)
  })

  it('is 1 as data too, for programs', () => {
    expect(statusOf(url, { unreachable: 'no' }, []).data).toMatchObject({
      reachable: false,
      healthy: false,
      error: 'no',
    })
  })
})

const probe = (subsystem: string, error = '') => ({ subsystem, error, milliseconds: 5 })
const replica = (id: string, probes: ReturnType<typeof probe>[]) => ({
  id,
  location: 'weur',
  healthy: true,
  answers: true,
  error: '',
  probes,
})

it('each subsystem works, or fails for some replicas with the reasons', () => {
  const fields = replicaFields({
    epoch: 2,
    error: '',
    hasMajority: true,
    healthy: 2,
    majority: 2,
    replicas: [
      replica('a', [probe('registry'), probe('garant', 'no secret')]),
      replica('b', [probe('registry'), probe('garant', 'no secret')]),
      replica('c', [probe('registry'), probe('garant')]),
    ],
  })
  expect(fields).toEqual({
    registry: 'works',
    garant: 'FAILS for 2 of 3 replicas: no secret',
    replicas: '2 of 3 healthy, 2 needed: there is a majority (epoch 2)',
  })
})

it('critical alerts come first', () => {
  const alert = (kind: string, message: string) => ({ id: message, class: kind, message, url: '', img: '' })
  expect(alertFields([alert('warning', 'one'), alert('critical', 'two')])).toEqual({
    'alert 1': 'CRITICAL: two',
    'alert 2': 'warning: one',
  })
})

it('a change of the secret is shown while it goes on', () => {
  const installation = { version: '1.2.3', databaseBytes: 5e9, databaseLimitBytes: 1e10 }
  const secret = { name: 'n', previousName: null, needPrevious: 0 }
  expect(installationFields({ ...installation, secret })).toEqual({
    version: '1.2.3',
    database: '4.7 GiB, 50.0 % of what D1 takes',
  })
  expect(
    installationFields({ ...installation, secret: { ...secret, previousName: 'p', needPrevious: 3 } }),
  ).toMatchObject({
    secret: 'is being changed: 3 keys need the old one',
  })
})

it('read-only mode is shown with its reason and its end', () => {
  expect(readOnlyFields({ on: true, reason: 'moving', by: 'admin' })).toEqual({
    'read-only': 'YES, until an administrator ends it: moving',
  })
})
