/** The connections of a session: few at a time, as the runtime lets a request have six. */
import { expect, it } from 'vitest'
import { DirectorySession } from '../../../src/identity/ldap/session.ts'
import { mostOpenDirectories } from '../../../src/limits.ts'
import { aClient, aConfiguration } from './configurations.ts'

const domains = Array.from({ length: 9 }, (_, at) => `dc=domain${at},dc=test`)
const configuration = aConfiguration({
  additionalDomains: domains.map((domain, at) => ({
    ...aConfiguration(),
    domain,
    serverURL: `ldaps://ldap${at}.acme.test`,
  })),
})

it('few connections are open at a time, however many domains there are', async () => {
  const open = new Set<string>()
  const openings: string[] = []
  let most = 0
  const session = new DirectorySession(configuration, async ({ serverURL }) => {
    open.add(serverURL)
    openings.push(serverURL)
    most = Math.max(most, open.size)
    return aClient({ close: () => void open.delete(serverURL) })
  })
  for (const domain of domains) await session.clientFor(`uid=anna,${domain}`)
  expect(most).toBe(mostOpenDirectories)
  // Those of the last domains are open still.
  await session.clientFor(`uid=ben,${domains.at(-1) ?? ''}`)
  expect(openings).toHaveLength(domains.length)
  await session.clientFor(`uid=ben,${domains[0] ?? ''}`)
  expect(openings).toHaveLength(domains.length + 1)
  session.close()
  expect([...open]).toEqual([])
})
