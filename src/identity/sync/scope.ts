/** Where a search looks: below its base, or right below it. */
import { isBelow, splitDn } from '../links/dn.ts'

/** Tells whether an entry stands where a search looks. Both names are keys (`dnKeyOf`). */
export const isInScope = (dnKey: string, baseKey: string, isSubtree: boolean): boolean =>
  isBelow(dnKey, baseKey) && (isSubtree || splitDn(dnKey).length === splitDn(baseKey).length + 1)
