/** Names that come from outside. */
import { plantedIn } from './mutation.ts'

export const names = [
  ...plantedIn(
    'src/names.ts',
    ['test/names.test.ts'],
    [
      { breaks: 'a digest may have capitals', find: '/^[0-9a-f]+$/.test(hex)', replace: '/^[0-9a-f]+$/i.test(hex)' },
      { breaks: 'a digest may be of any length', find: 'hex.length === hexLength[algorithm] && ', replace: '' },
      { breaks: 'a tag may be longer', find: 'text.length <= longestTag && ', replace: '' },
      { breaks: 'a tag may begin with a dot', find: '/^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/', replace: '/^[a-zA-Z0-9._-]+$/' },
      { breaks: 'a repository may have no namespace', find: '(?:/${component})+$`)', replace: '(?:/${component})*$`)' },
      {
        breaks: 'a name may have capitals',
        find: "const component = '[a-z0-9]+",
        replace: "const component = '[a-zA-Z0-9]+",
      },
      {
        breaks: 'a namespace may be longer than an account',
        find: "text.indexOf('/') <= longestAccountName && ",
        replace: '',
      },
      {
        breaks: 'a sha512 digest counts as a sha256 digest',
        find: "digest.startsWith('sha512:') ? 'sha512' : 'sha256'",
        replace: "'sha256'",
        tests: ['test/routes/v2/uploads.test.ts'],
      },
    ],
  ),
]
