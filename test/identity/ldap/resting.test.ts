/** Servers that have just failed are left alone, and no others are. */
import { expect, it } from 'vitest'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { RestingServers, type OpenTelling } from '../../../src/identity/ldap/resting.ts'
import { aClient, aConfiguration } from './configurations.ts'

const [dead, well] = [aConfiguration({ serverURL: 'ldap://dead.test' }), aConfiguration()]

it('a server that cannot be opened rests for seconds, and another one does not', async () => {
  let [now, asked] = [1_000_000, 0]
  const servers = new RestingServers()
  const open: OpenTelling = async (server) => {
    asked += 1
    if (server === dead) throw new DirectoryFault('tls', 'tls-failed')
    return aClient()
  }
  const ask = (server = dead) => servers.open(server, () => now, open)
  await expect(ask()).rejects.toMatchObject({ why: 'tls-failed' })
  now += 4999
  await expect(ask()).rejects.toMatchObject({ why: 'unreachable' })
  expect(asked).toBe(1)
  await ask(well)
  now += 1
  await expect(ask()).rejects.toMatchObject({ why: 'tls-failed' })
})

it('a connection that fails later lets its server rest', async () => {
  const servers = new RestingServers()
  let fail = () => {}
  const open: OpenTelling = async (_server, onFault) => {
    fail = onFault
    return aClient()
  }
  const ask = () => servers.open(well, () => 0, open)
  await ask()
  await ask()
  fail()
  await expect(ask()).rejects.toMatchObject({ step: 'connect' })
})
