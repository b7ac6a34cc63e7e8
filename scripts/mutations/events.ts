/** Pulls as events, remembered tags, and how long history is kept. */
import { plantedIn } from './mutation.ts'

export const events = [
  ...plantedIn(
    'src/events/resolved-tags.ts',
    ['test/events/resolved-tags.test.ts'],
    [
      { breaks: 'a tag is remembered for all callers', find: '`${caller}\\n${repository}', replace: '`${repository}' },
      { breaks: 'a tag is remembered for all repositories', find: '\\n${repository}\\n', replace: '\\n' },
      {
        breaks: 'a tag is remembered for ever',
        find: 'found !== undefined && now < found.until',
        replace: 'found !== undefined',
      },
      {
        breaks: 'remembered tags are not bounded',
        find: 'known.size > mostRemembered &&',
        replace: 'known.size > 2 * mostRemembered &&',
      },
      {
        breaks: 'the tag that was used last is forgotten first',
        find: '  known.delete(key)\n  known.set',
        replace: '  known.set',
      },
    ],
  ),
  ...plantedIn(
    'src/events/pull-log.ts',
    ['test/events/pull-log.test.ts'],
    [
      {
        breaks: 'pulls by different accounts count as one',
        find: "`${pull.actorId ?? ''}\\n${pull.repository}",
        replace: '`${pull.repository}',
      },
      { breaks: 'pulls from different repositories count as one', find: '\\n${pull.repository}\\n', replace: '\\n' },
      { breaks: 'pulls of different tags count as one', find: "\\n${pull.tag ?? ''}\\n", replace: '\\n' },
      {
        breaks: 'a pull counts twice',
        find: '(pulls.get(key)?.count ?? 0) + 1',
        replace: '(pulls.get(key)?.count ?? 1) + 1',
      },
      {
        breaks: 'twice as many pulls are gathered as allowed',
        find: 'if (pulls.size >= mostGathered) gathering',
        replace: 'if (pulls.size >= 2 * mostGathered) gathering',
      },
      {
        breaks: 'the pulls of a dead writer are lost',
        find: 'new Map(known?.pulls)',
        replace: 'new Map<string, CountedPull>()',
      },
      { breaks: 'the pulls of a late writer count twice', find: '  known?.pulls.clear()\n', replace: '' },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/manifests.ts',
    ['test/events/pull-log.test.ts'],
    [
      {
        breaks: 'a HEAD counts as a pull',
        find: "    if ('tag' in reference) rememberTag(context.db, resolutionOf(c, right, digest), reference.tag, context.now)\n    return\n",
        replace:
          "    if ('tag' in reference) rememberTag(context.db, resolutionOf(c, right, digest), reference.tag, context.now)\n",
      },
    ],
  ),
  ...plantedIn(
    'src/events/retention.ts',
    ['test/events/retention.test.ts'],
    [
      {
        breaks: 'events are deleted though the setting is off',
        find: 'settings.repoEventHistoryCompactionEnabled ? trimEvents',
        replace: 'settings.repoEventHistoryMaxAge.length > 0 ? trimEvents',
      },
      {
        breaks: 'surplus events are looked for every minute',
        find: 'surplus = beginsHour(trimming.now)',
        replace: 'surplus = trimming.now > 0',
      },
      {
        breaks: 'a page of events lacks its last event',
        find: 'events: read.slice(0, limit), next: following.id',
        replace: 'events: read.slice(0, limit - 1), next: following.id',
        tests: ['test/routes/api/events.test.ts'],
      },
    ],
  ),
]
