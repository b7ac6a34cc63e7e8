import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { secretsOf } from '../src/env.ts'
import { shortestSecret } from '../src/limits.ts'

const [short, enough] = ['x'.repeat(shortestSecret - 1), 'x'.repeat(shortestSecret)]
const secrets = (current: string, previous?: string) =>
  secretsOf({
    ...env,
    REGISTRY_SECRET: current,
    ...(previous === undefined ? {} : { REGISTRY_SECRET_PREVIOUS: previous }),
  })

it('a secret and the secret before it need the same length, or tokens could be forged by guessing', () => {
  expect(secrets(enough, enough)).toEqual({ current: enough, previous: enough })
  expect(() => secrets(short)).toThrow(/^REGISTRY_SECRET must have at least 32 characters/)
  for (const guessable of [short, 'none', ' ']) {
    expect(() => secrets(enough, guessable)).toThrow(/^REGISTRY_SECRET_PREVIOUS must have at least 32 characters/)
  }
})

it('there may be no previous secret, which an empty text says too', () => {
  expect(secrets(enough)).toEqual({ current: enough, previous: undefined })
  expect(secrets(enough, '')).toEqual({ current: enough, previous: undefined })
})
