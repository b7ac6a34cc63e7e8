/** Content trust: a Notary v1 server, and one policy for every kind of signature. */
import { defineCapability } from '../capability.ts'
import { trustFacet } from './facet.ts'
import { trustSettings } from './settings.ts'

export const trust = defineCapability({
  settings: trustSettings,
  facet: trustFacet,
})
