/** Configurations of directories for tests. */
import type { DirectoryConfiguration } from '../../../src/identity/ldap/configuration.ts'
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
