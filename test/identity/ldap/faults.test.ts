/** Faults of a directory say what to do, also in the log of a sync. */
import { expect, it } from 'vitest'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'

it('a fault says at which step it came, and what to do', () => {
  const fault = new DirectoryFault('reader-bind', 'encryption-wanted', { code: 8 })
  expect(fault.advice).toBe('the server takes no password in clear text: set startTLS to true, or use ldaps://')
  expect(fault.message).toBe(`the directory failed at the step reader-bind: ${fault.advice}`)
})

it('a search without a reader in Active Directory is told apart from other refusals', () => {
  expect(new DirectoryFault('search', 'refused', { code: 1 }).advice).toContain('set readerDN')
  expect(new DirectoryFault('search', 'refused', { code: 80 }).advice).toContain('result code 80')
})
