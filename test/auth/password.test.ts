import { expect, it } from 'vitest'
import { hashPassword, needsRehash, verifyPassword } from '../../src/auth/password.ts'

it('a password verifies against its own hash alone', () => {
  const hash = hashPassword('correct horse')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(verifyPassword(hash, 'correct horse')).toBe(true)
  expect(verifyPassword(hash, 'Correct horse')).toBe(false)
  expect(verifyPassword(hash, '')).toBe(false)
})

it('two hashes of one password differ', () => {
  expect(hashPassword('correct horse')).not.toBe(hashPassword('correct horse'))
})

it('nobody has a password, and finding that out takes as long as for somebody', async () => {
  const hash = hashPassword('correct horse')
  const now = async (): Promise<number> => {
    await scheduler.wait(1) // The clock of a Worker moves only while it waits.
    return Date.now()
  }
  const timeOf = async (known: string | undefined): Promise<number> => {
    const from = await now()
    for (let round = 0; round < 5; round++) expect(verifyPassword(known, 'x')).toBe(false)
    return (await now()) - from
  }
  const [somebody, nobody] = [await timeOf(hash), await timeOf(undefined)]
  expect(nobody).toBeGreaterThan(somebody / 3)
})

it('a password of more than 1,024 characters is not even hashed', () => {
  expect(verifyPassword(hashPassword('x'.repeat(1025)), 'x'.repeat(1025))).toBe(false)
})

it('a hash of other parameters still verifies, and is due for renewal', () => {
  const older = '$argon2id$v=19$m=64,t=1,p=1$1qnaCaH1tTDbUTX1cYhgng$0bKR89H4PwbvkSOmdbhJe/5jI28QMdmQqpOBQMXYmpI'
  expect(verifyPassword(older, 'password')).toBe(true)
  expect(needsRehash(older)).toBe(true)
  expect(needsRehash(hashPassword('password'))).toBe(false)
})
