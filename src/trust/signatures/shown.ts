/** Says of tags whether they are signed, by whom, how and when. */
import { mostShownSignatures } from '../../limits.ts'
import type { Tag } from '../../names.ts'
import type { ContentTrust, TagTrust } from '../../registry/content-trust.ts'
import { findShown, publishedOf, type TargetRow } from './shown-store.ts'

export const describeTags: ContentTrust['describeTags'] = async (context, place, tags) => {
  const where = { repositoryId: place.repositoryId, gun: `${place.host}/${place.repository}` }
  const { signatures, targets } = await findShown(context.db, where, tags, context.now)
  const signaturesOf = Map.groupBy(signatures, ({ tag }) => tag)
  const targetsOf = Map.groupBy(targets, ({ tag }) => tag)
  return new Map<Tag, TagTrust>(
    tags.map(({ name, digest }) => {
      const target = asDockerFinds(targetsOf.get(name) ?? [])
      return [
        name,
        {
          inNotary: target !== undefined,
          hashMismatch: target !== undefined && target.digest !== digest,
          notaryExpired: target?.isExpired === 1,
          signatures: (signaturesOf.get(name) ?? [])
            .slice(0, mostShownSignatures)
            .map(({ kind, signer, key, signedAt, isExpired }) => ({
              kind,
              signer,
              key,
              signedAt,
              expired: isExpired === 1,
            })),
        },
      ]
    }),
  )
}

/** Picks the role that counts: Docker looks into `targets/releases` first, and then into `targets`. */
const asDockerFinds = (targets: readonly TargetRow[]): TargetRow | undefined =>
  targets.find(({ role }) => role === 'targets/releases') ?? targets[0]

export const publishedAmong: ContentTrust['publishedAmong'] = async ({ db }, repositoryIds) =>
  new Set(await publishedOf(db, repositoryIds))
