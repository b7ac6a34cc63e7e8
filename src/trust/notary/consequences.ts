/**
 * What follows from a publication in the rest of the registry, in its batch: facts about signatures, and pins of what
 * Docker finds signed. Docker looks up a tag in `targets/releases` and then in `targets`, and in no other role.
 */
import { pinStatements, replacePins, unpinAllStatement } from '../../db/content/pins.ts'
import { isTag } from '../../names.ts'
import type { TargetsRole } from '../tuf/roles.ts'
import { deleteAllFacts, deleteFactsBelow, replaceFacts } from './facts-store.ts'
import type { Collection } from './notary-store.ts'
import { isIn, type ChangedBranch, type SignedTargets } from './signed-targets.ts'

const pinnedRoles: readonly TargetsRole[] = ['targets', 'targets/releases']

type Place = Pick<Collection, 'id' | 'repositoryId'>

/** Names what pins, so that each role of each collection takes back its own pins alone. */
const pinnedBy = ({ id }: Place, role: TargetsRole | 'collection'): string => `notary ${id} ${role}`

/** Returns the statements that follow from changed branches. */
export const consequencesOf = (place: Place, branches: readonly ChangedBranch[], now: number) => [
  ...pinStatements(place.repositoryId, ['repository'], pinnedBy(place, 'collection')),
  ...branches.flatMap((branch) => [...factsOf(place, branch, now), ...pinsOf(place, branch)]),
]

/** Returns the statements that follow from the deletion of a collection. */
export const consequencesOfDeletion = (place: Place) => [
  deleteAllFacts(place.repositoryId, place.id),
  ...pinnedRoles.map((role) => unpinAllStatement(place.repositoryId, pinnedBy(place, role))),
  unpinAllStatement(place.repositoryId, pinnedBy(place, 'collection')),
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

function pinsOf(place: Place, { top, signed }: ChangedBranch) {
  return pinnedRoles
    .filter((role) => isIn(top, role))
    .flatMap((role) => {
      const { targets } = signed.find((one) => one.role === role) ?? nothing(role)
      const pins = targets.flatMap(([tag, digest]) => (isTag(tag) ? [{ tag }, { digest }] : [{ digest }]))
      return replacePins(place.repositoryId, pins, pinnedBy(place, role))
    })
}

const nothing = (role: TargetsRole): SignedTargets => ({ role, targets: [], fingerprints: [] })
