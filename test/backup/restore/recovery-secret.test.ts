/** The secret that authorizes a restore where no administrator is left. */
import { describe, expect, it } from 'vitest'
import { requireRecoverySecret } from '../../../src/backup/restore/recovery-secret.ts'
import { ExpectedError } from '../../../src/failures/failure.ts'
import { shortestSecret } from '../../../src/limits.ts'

const recoverySecret = 'r'.repeat(shortestSecret)

/** What is said to a secret; "heard" for the right one. */
async function said(given: string, of: { recoverySecret?: string | undefined; address?: string; now?: number } = {}) {
  const context = { recoverySecret, address: '192.0.2.1', now: 1_000_000, ...of }
  try {
    await requireRecoverySecret(context, given)
    return 'heard'
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    return [error.type.status, error.message] as const
  }
}

describe('the recovery secret', () => {
  it('is heard when it is right, and refused when it is wrong, empty, longer or shorter', async () => {
    expect(await said(recoverySecret, { address: '192.0.2.2' })).toBe('heard')
    for (const wrong of ['', 'r'.repeat(shortestSecret - 1), `${recoverySecret}r`, 's'.repeat(shortestSecret)]) {
      expect(await said(wrong, { address: '192.0.2.2' })).toEqual([
        401,
        expect.stringMatching(/^the recovery secret is wrong/),
      ])
    }
    expect(await said(recoverySecret, { address: '192.0.2.2' })).toBe('heard')
  })

  it('opens nothing where none is set, or one that is too short, even if it is sent', async () => {
    expect(await said('', { recoverySecret: undefined })).toEqual([
      401,
      expect.stringMatching(/has no recovery secret: set BREAKWATER_RECOVERY_SECRET/),
    ])
    const short = 'r'.repeat(shortestSecret - 1)
    expect(await said(short, { recoverySecret: short })).toEqual([
      500,
      expect.stringMatching(/^BREAKWATER_RECOVERY_SECRET must have at least 32 characters/),
    ])
  })

  it('waits after some wrong ones from a network, longer each time, while another network is heard', async () => {
    const from = { address: '2001:db8:1:2::3', now: 2_000_000 }
    const answers = []
    for (let guess = 0; guess < 7; guess++) answers.push(await said(`wrong ${guess}`, from))
    expect(answers.map(([status]) => status)).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await said(recoverySecret, { ...from, address: '2001:db8:1:2::4' })).toEqual([
      429,
      expect.stringMatching(/^too many wrong recovery secrets .* wait 1 seconds/),
    ])
    expect(await said(recoverySecret, { now: from.now, address: '2001:db8:9:2::4' })).toBe('heard')
    expect(await said(recoverySecret, { ...from, now: from.now + 1000 })).toBe('heard')
  })
})
