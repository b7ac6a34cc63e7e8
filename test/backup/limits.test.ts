/** Each bound of backups at its edge (see `test/limits.test.ts`). */
import { expect, it } from 'vitest'
import { longestRecoverySecret } from '../../src/limits.ts'
import { problemOf } from '../support/client.ts'
import { recover } from './restore/support/restoring.ts'

it('longestRecoverySecret', async () => {
  const said = async (length: number) =>
    (await problemOf(await recover('GET', '/api/v0/restores/none', undefined, 'x'.repeat(length)))).code
  expect(await said(longestRecoverySecret)).toBe('RECOVERY_REFUSED')
  expect(await said(longestRecoverySecret + 1)).toBe('INVALID_PARAMETERS')
})
