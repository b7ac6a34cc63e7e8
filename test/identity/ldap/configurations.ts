/** Configurations of directories for tests, and the client of an empty one. */
import type { DirectoryConfiguration } from '../../../src/identity/ldap/configuration.ts'
import type { DirectoryClient } from '../../../src/identity/ldap/directory-client.ts'
import { noMemberSync } from '../../../src/identity/sync/member-options.ts'

export const aConfiguration = (changes: Partial<DirectoryConfiguration> = {}): DirectoryConfiguration => ({
  serverURL: 'ldap://ldap.acme.test',
  noSimplePagination: false,
  startTLS: false,
  rootCerts: '',
  readerDN: '',
  readerPassword: '',
  additionalDomains: [],
  userSearchConfigs: [],
  adminSyncOpts: noMemberSync,
  syncSchedule: '',
  jitUserProvisioning: true,
  ...changes,
})

export const aClient = (changes: Partial<DirectoryClient> = {}): DirectoryClient => ({
  async *search() {},
  readEntry: async () => undefined,
  readEntries: async () => [],
  async *readMembers() {},
  isMember: async () => false,
  bind: async () => false,
  close() {},
  ...changes,
})
