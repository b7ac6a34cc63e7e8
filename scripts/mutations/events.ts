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
]
