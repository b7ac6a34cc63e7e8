/** Publications of trust data: the facts and pins that follow from them, and the keys that sign them. */
import { plantedIn } from './mutation.ts'

const notary = 'test/trust/notary/'

export const publications = [
  ...plantedIn(
    'src/trust/notary/signed-targets.ts',
    [`${notary}signed-targets.test.ts`, `${notary}consequences.test.ts`],
    [
      {
        breaks: 'facts stay when a root gives a role to another key',
        find: "if (before.get('root') !== after.get('root')) return ['targets']\n",
        replace: '\n',
      },
      {
        breaks: 'a target outside the paths of its role counts',
        find: 'paths.some((path) => name.startsWith(path))',
        replace: 'paths.length >= 0',
      },
      {
        breaks: 'a delegation has paths that the role above it has not',
        find: 'paths.filter((path) => above.some((prefix) => path.startsWith(prefix)))',
        replace: 'paths.filter(() => above.length > 0)',
      },
      {
        breaks: 'a role is below another one that its name begins with',
        find: 'role === top || role.startsWith(`${top}/`)',
        replace: 'role.startsWith(top)',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/consequences.ts',
    [`${notary}consequences.test.ts`],
    [
      {
        breaks: 'each role pins its targets',
        find: "const pinnedRoles: readonly TargetsRole[] = ['targets', 'targets/releases']",
        replace: "const pinnedRoles: readonly TargetsRole[] = ['targets', 'targets/releases', 'targets/dave']",
      },
      {
        breaks: 'deleted trust data keeps its tags pinned',
        find: '  ...pinnedRoles.map((role) => unpinAllStatement(place.repositoryId, pinnedBy(place, role))),\n',
        replace: '',
      },
      {
        breaks: 'deleted trust data keeps its repository pinned',
        find: "  unpinAllStatement(place.repositoryId, pinnedBy(place, 'collection')),\n",
        replace: '',
      },
      {
        breaks: 'the roles of a collection take back the pins of each other',
        find: '`notary ${id} ${role}`',
        replace: '`notary ${id} ${role.slice(0, 0)}`',
      },
      {
        breaks: 'the collections of a repository take back the pins of each other',
        find: '`notary ${id} ${role}`',
        replace: '`notary ${role}${String(id).slice(0, 0)}`',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/facts-store.ts',
    [`${notary}facts-store.test.ts`, `${notary}consequences.test.ts`],
    [
      {
        breaks: 'what a key of a role no longer signs stays signed by it',
        find: '(fingerprint NOT IN (${signers}) OR NOT (',
        replace: '(NOT (',
      },
      {
        breaks: 'a target that a role no longer lists stays signed',
        find: '(fingerprint NOT IN (${signers}) OR NOT (${isThere.length === 0 ? sql`false` : sql.join(isThere, sql` OR `)}))',
        replace:
          '(fingerprint NOT IN (${signers}) OR (false AND ${isThere.length === 0 ? sql`false` : sql.join(isThere, sql` OR `)}))',
      },
      {
        breaks: 'the facts of a role go with those of one that its name begins with',
        find: 'source > ${`${source}/`} AND source < ${`${source}0`}',
        replace: 'source > ${source} AND source < ${`${source}~`}',
      },
      {
        breaks: 'the facts of all collections go with one',
        find: 'WHERE repository_id = ${repositoryId} AND source > ${`${collectionId}/`} AND source < ${`${collectionId}0`}',
        replace: 'WHERE repository_id = ${repositoryId} AND source <> ${`${collectionId}/`}',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/server-keys.ts',
    [`${notary}server-keys.test.ts`],
    [
      {
        breaks: 'a sealed key opens in another collection',
        find: '`${collectionId}|${role}|${keyId}`',
        replace: '`${collectionId > 0}|${role}|${keyId}`',
      },
      {
        breaks: 'a sealed key opens for another role',
        find: '`${collectionId}|${role}|${keyId}`',
        replace: '`${collectionId}|${role.slice(0, 0)}|${keyId}`',
      },
      {
        breaks: 'a key that no signature was made with is said to have signed',
        find: '      used.add(keyId)\n',
        replace: '      for (const key of keys) used.add(key.keyId)\n',
        tests: [`${notary}publish.test.ts`],
      },
      {
        breaks: 'a key that has signed is not written down as used',
        find: '      used.add(keyId)\n',
        replace: '',
        tests: [`${notary}publish.test.ts`],
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/named-documents.ts',
    [`${notary}consequences.test.ts`],
    [
      {
        breaks: 'what a long collection signs is read of its first twenty roles alone',
        find: 'from < files.length; from += mostLoadedAtOnce',
        replace: 'from < Math.min(1, files.length); from += mostLoadedAtOnce',
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/pins.ts',
    [`${notary}consequences.test.ts`],
    [
      {
        breaks: 'a publication takes back the pins of all other signatures',
        find: " AND pinned_by = ${pinnedBy} AND kind <> 'repository' AND NOT",
        replace: " AND ${pinnedBy} IS NOT NULL AND kind <> 'repository' AND NOT",
      },
      {
        breaks: 'a publication takes back nothing that it pinned before',
        find: "AND kind <> 'repository' AND NOT (${isLeft})",
        replace: "AND kind <> 'repository' AND false AND NOT (${isLeft})",
      },
      {
        breaks: 'a publication takes back the pins of other repositories',
        find: 'WHERE repository_id = ${repositoryId} AND pinned_by = ${pinnedBy} AND kind',
        replace: 'WHERE ${repositoryId} > 0 AND pinned_by = ${pinnedBy} AND kind',
        equivalent: 'what pins is named by its collection, and each collection is of one repository',
      },
    ],
  ),
]
