/** Which account a user of a provider gets by single sign-on, whatever the protocol. */
import { describe, expect, it } from 'vitest'
import { signIn } from '../../../src/identity/sso/sign-in.ts'
import { testContext } from '../../support/context.ts'
import { countRows } from '../../support/content.ts'

const issuer = 'https://login.example.com'
const attestedAs = (name: string) => ({
  provider: issuer,
  read: { user: { subject: 'a', name, fullName: '', groups: undefined, isAdmin: undefined, sid: undefined } },
  makesAccounts: true,
})

describe('the account of a new user', () => {
  it('has the name of the provider', async () => {
    expect(await signIn(testContext(), attestedAs('Karl'))).toMatchObject({ account: { name: 'karl' } })
  })

  // Users may choose such names at a provider, and no person sees the difference.
  it.each(['karl\u200b', ' karl', 'karl\n', '\u202ekarl', 'ka\u00adrl'])('is none for %j', async (name) => {
    await expect(signIn(testContext(), attestedAs(name))).rejects.toMatchObject({
      failure: { kind: 'sso-no-account', reason: { kind: 'name-refused', refusal: 'not-in-grammar' } },
    })
    expect(await countRows('accounts')).toBe(0)
  })
})
