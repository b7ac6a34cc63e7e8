/**
 * What follows from a publication in the rest of the registry, in its batch: facts about signatures, until when they
 * hold, and pins of what Docker finds signed. Docker looks up a tag in `targets/releases` and then in `targets`, and in no
 * other role.
 *
 * What has expired counts for no policy, as Docker refuses it, but stays pinned: its signer renews it by signing the same
 * digests again, and a renewal that finds its images collected would be worth nothing.
 */
import { pinStatements, replacePins, unpinAllStatement } from '../../db/content/pins.ts'
import { isTag } from '../../names.ts'
import { forgetDelegate, noteDelegate, unpinOwnTags } from '../bridge/delegates-store.ts'
import type { TargetsRole } from '../tuf/roles.ts'
import { deleteExpiries, keepExpiriesIn, storeExpiries, type Expiry } from './expiries-store.ts'
import { deleteAllFacts, deleteFactsBelow, replaceFacts } from './facts-store.ts'
import type { Collection } from './notary-store.ts'
import { isIn, type ChangedBranch, type SignedTargets } from './signed-targets.ts'

const pinnedRoles: readonly TargetsRole[] = ['targets', 'targets/releases']

type Place = Pick<Collection, 'id' | 'repositoryId'>

/** Names what pins, so that each role of each collection takes back its own pins alone. */
const pinnedBy = ({ id }: Place, role: TargetsRole | 'collection'): string => `notary ${id} ${role}`

/** What a publication changes. */
export interface Change {
  readonly branches: readonly ChangedBranch[]
  /** Of the documents above the targets. */
  readonly expiries: readonly Expiry[]
}

/** Returns the statements that follow from a publication. */
export const consequencesOf = (place: Place, { branches, expiries }: Change, now: number) => [
  ...pinStatements(place.repositoryId, ['repository'], pinnedBy(place, 'collection')),
  ...branches.flatMap((branch) => [...factsOf(place, branch, now), ...pinsOf(place, branch)]),
  ...expiriesOf(place, branches, expiries),
  ...(branches.length === 0 ? [] : bridgeStatements(place, branches)),
]

/** Returns what the registry as a delegate has to know, and takes back the pins of the tags that it signed itself. */
function bridgeStatements(place: Place, branches: readonly ChangedBranch[]) {
  const delegates = branches.some(
    ({ top, signed }) => top !== 'targets' || signed.some((one) => one.role !== 'targets' || one.delegates),
  )
  return [noteDelegate(place.id, delegates), unpinOwnTags(place, pinnedBy(place, 'targets/releases'))]
}

/** Returns the statements that follow from the deletion of a collection. */
export const consequencesOfDeletion = (place: Place) => [
  deleteAllFacts(place.repositoryId, place.id),
  deleteExpiries(place.id),
  ...pinnedRoles.map((role) => unpinAllStatement(place.repositoryId, pinnedBy(place, role))),
  unpinAllStatement(place.repositoryId, pinnedBy(place, 'collection')),
  forgetDelegate(place.id),
]

function factsOf(place: Place, { top, signed }: ChangedBranch, now: number) {
  const source = { repositoryId: place.repositoryId, collectionId: place.id }
  const counting = new Map<TargetsRole, SignedTargets>(signed.map((one) => [one.role, one]))
  const all = new Map(counting).set(top, counting.get(top) ?? nothing(top))
  return [
    deleteFactsBelow(source, top, [...counting.keys()]),
    ...Array.from(all.values()).flatMap((facts) => replaceFacts({ ...source, ...facts }, now)),
  ]
}

function expiriesOf(place: Place, branches: readonly ChangedBranch[], above: readonly Expiry[]) {
  const counting = branches.flatMap(({ signed }) => signed)
  const roles = counting.map(({ role }) => role)
  return [
    ...branches.map(({ top }) => keepExpiriesIn(place.id, top, roles)),
    ...storeExpiries(place.id, [...above, ...counting.map(({ role, expires }) => ({ role, expiresAt: expires }))]),
  ]
}

function pinsOf(place: Place, { top, signed }: ChangedBranch) {
  return pinnedRoles
    .filter((role) => isIn(top, role))
    .flatMap((role) => {
      const { targets } = signed.find((one) => one.role === role) ?? nothing(role)
      const pins = targets.flatMap(([tag, digest]) => (isTag(tag) ? [{ tag }, { digest }] : [{ digest }]))
      return replacePins(place.repositoryId, pins, pinnedBy(place, role))
    })
}

const nothing = (role: TargetsRole): SignedTargets => ({
  role,
  targets: [],
  fingerprints: [],
  expires: 0,
  delegates: false,
})
