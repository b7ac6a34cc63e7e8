/** The Authorization header, as it is read before it is checked. */
import { describe, expect, it } from 'vitest'
import { parseBasic, schemeOf } from '../../src/auth/authentication.ts'
import { longestAuthorization } from '../../src/limits.ts'

describe('credentials', () => {
  const basic = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

  it('are a name up to the first colon, and a password that may have more of them', () => {
    expect(parseBasic(basic('alice:a:b:'))).toEqual({ username: 'alice', password: 'a:b:' })
    expect(parseBasic(basic(':'))).toEqual({ username: '', password: '' })
    expect(parseBasic(basic('alice:\u00e9\ufeff'))).toEqual({ username: 'alice', password: '\u00e9\ufeff' })
  })

  it('are refused without a colon, in another encoding than UTF-8, and when they are no base64', () => {
    for (const value of [basic('alice'), btoa('alice:\xe9'), '!', '']) {
      expect(() => parseBasic(value)).toThrow('"username:password" in base64')
    }
  })

  it('have a scheme in whatever case, and no value when the header is too long', () => {
    expect(schemeOf('BASIC  abc')).toEqual({ scheme: 'basic', value: 'abc' })
    expect(schemeOf('Bearer')).toEqual({ scheme: 'bearer', value: '' })
    const longest = 'x'.repeat(longestAuthorization - 'Bearer '.length)
    expect(schemeOf(`Bearer ${longest}`)).toEqual({ scheme: 'bearer', value: longest })
    expect(schemeOf(`Bearer ${longest}x`)).toEqual({ scheme: 'bearer', value: '' })
  })
})
