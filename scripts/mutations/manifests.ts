/** Manifests as they are stored, served, listed as referrers, and deleted. */
import { plantedIn } from './mutation.ts'

export const manifests = [
  ...plantedIn(
    'src/registry/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'a sha512 digest is not compared',
        find: 'if (actual !== reference.digest) {',
        replace: "if (actual !== reference.digest && actual.startsWith('sha256:')) {",
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: '4 MiB and a byte are taken without an announced length',
        find: '  if (value.length > limitBytes) throw tooLarge\n',
        replace: '',
      },
      {
        breaks: 'a manifest is deleted by the right to push',
        find: "requireOn(c, 'delete', repository)",
        replace: "requireOn(c, 'push', repository)",
        tests: ['test/routes/v2/access.test.ts'],
      },
    ],
  ),
]
