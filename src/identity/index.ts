/** Who users are where others know them: a directory (LDAP), and what follows from it. */
import { defineCapability } from '../capability.ts'
import { identityTables } from './tables.ts'

export const identity = defineCapability({
  tables: identityTables,
})
