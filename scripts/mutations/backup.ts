/** Backups: what is kept, what is refused, what the registry forgets, and what comes back. */
import { plantedIn } from './mutation.ts'

export const backup = [
  ...plantedIn(
    'src/backup/retention/plan.ts',
    ['test/backup/retention/plan.property.test.ts'],
    [
      {
        breaks: 'a backup that failed its proof counts as one that is kept',
        find: "state === 'proven' || (!rules.areProven && state === 'unproven')",
        replace: "state !== 'unproven' || !rules.areProven",
      },
      {
        breaks: 'the days of retention are one fewer',
        find: 'periodOf(newest.createdAt) - count + 1',
        replace: 'periodOf(newest.createdAt) - count + 2',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/load/part-reader.ts',
    ['test/backup/load/refusals.test.ts'],
    [
      {
        breaks: 'a part with a flipped bit is restored',
        find: "if ((await sha256Of(stored)) !== part.storedSha256) throw failed({ kind: 'hash' })",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/manifest.ts',
    ['test/backup/proof/job.test.ts'],
    [
      {
        breaks: 'a manifest that was changed is taken for whole',
        find: '(await checksumOf(rest)) === checksum ? manifestSchema.parse(rest) : undefined',
        replace: 'checksum.length > 0 ? manifestSchema.parse(rest) : undefined',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/proof/turn.ts',
    ['test/backup/proof/sealed.test.ts'],
    [
      {
        breaks: 'a proof that failed leaves the data key',
        find: 'if (!onlyHashes) await forgetDataKey({ backups, id })',
        replace: '',
      },
      {
        breaks: 'a wrong seal is no failed proof',
        find: 'if (!isDamage(error) && !isForged(error)) throw error',
        replace: 'if (!isDamage(error)) throw error',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/sealing/rotation.ts',
    ['test/backup/sealing/rotation.test.ts'],
    [
      {
        breaks: 'a rotation brings the key of a proven backup back',
        find: 'if (proven !== undefined && proven === manifestSha256) await forgetDataKey({ backups, id })',
        replace: 'if (proven !== undefined && proven !== manifestSha256) await forgetDataKey({ backups, id })',
      },
      {
        breaks: 'a rotation waits for keys that an operator lent',
        find: 'described?.sealedWith !== previous.name || described.isLent',
        replace: 'described?.sealedWith !== previous.name',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/content/layouts.ts',
    ['test/backup/content/translations.test.ts'],
    [
      {
        breaks: "a tag in a layout names a manifest of Docker's",
        find: 'return isFirst ? [unnamed, JSON.stringify(translation)] : [JSON.stringify(translation)]',
        replace: 'return [JSON.stringify({ ...descriptor, annotations })]',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/content/named.ts',
    ['test/backup/content/sweep.test.ts'],
    [
      {
        breaks: 'content is deleted although a list of it cannot be read',
        find: 'isRead.includes(false) ? undefined : [...unnamed]',
        replace: 'isRead.length < 0 ? undefined : [...unnamed]',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/download/ticket.ts',
    ['test/backup/download/routes.test.ts'],
    [
      {
        breaks: 'a ticket of a download never ends',
        find: "if (until === '' || Number(until) <= now) return false",
        replace: "if (until === '' || Number(until) <= now - now) return false",
      },
    ],
  ),
  ...plantedIn(
    'src/backup/restore/progress.ts',
    ['test/backup/restore/progress.test.ts'],
    [
      {
        breaks: 'a restore that begins again after an upgrade forgets its fences',
        find: 'return beginning(fences, revoked.unreadable)',
        replace: 'return beginning(fences && null, revoked.unreadable)',
      },
    ],
  ),
  ...plantedIn(
    'src/backup/repository/returned.ts',
    ['test/backup/repository/returned.test.ts'],
    [
      {
        breaks: 'a repository that is there gets the pruning policies of the backup',
        find: 'at.isNew ? returns[at.place.part] : undefined',
        replace: 'returns[at.place.part]',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/proof.ts',
    ['test/backup/right.test.ts'],
    [
      {
        breaks: 'a session of an hour ago downloads a backup',
        find: "proof === 'password' || proof === 'fresh session'",
        replace: "proof !== 'access token'",
      },
    ],
  ),
]
