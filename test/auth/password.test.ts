import Argon2 from '@phi-ag/argon2'
import wasm from '@phi-ag/argon2/argon2.wasm'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hashPassword, needsRehash, verifyPassword } from '../../src/auth/password.ts'
import { hashParameters, isPossiblePassword, longestPassword, textToHash } from '../../src/auth/password-parameters.ts'

afterEach(() => vi.restoreAllMocks())

it('a password verifies against its own hash alone', async () => {
  const hash = await hashPassword('correct horse')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await verifyPassword(hash, 'correct horse')).toBe(true)
  expect(await verifyPassword(hash, 'Correct horse')).toBe(false)
  expect(await verifyPassword(hash, '')).toBe(false)
})

it('two hashes of one password differ', async () => {
  expect(await hashPassword('correct horse')).not.toBe(await hashPassword('correct horse'))
})

it('a check for an unknown user fails, and takes as long as for a known one', async () => {
  const hash = await hashPassword('correct horse')
  const now = async (): Promise<number> => {
    await scheduler.wait(1) // The clock of a Worker moves only while it waits.
    return Date.now()
  }
  const timeOf = async (known: string | undefined): Promise<number> => {
    const from = await now()
    for (let round = 0; round < 5; round++) expect(await verifyPassword(known, 'x')).toBe(false)
    return (await now()) - from
  }
  const [known, unknown] = [await timeOf(hash), await timeOf(undefined)]
  expect(unknown).toBeGreaterThan(known / 3)
})

it('a password of more than 1,024 characters is not even hashed', async () => {
  expect(await verifyPassword(await hashPassword('x'.repeat(1025)), 'x'.repeat(1025))).toBe(false)
})

it('a hash of other parameters still verifies, and is due for renewal', async () => {
  const older = '$argon2id$v=19$m=64,t=1,p=1$1qnaCaH1tTDbUTX1cYhgng$0bKR89H4PwbvkSOmdbhJe/5jI28QMdmQqpOBQMXYmpI'
  expect(await verifyPassword(older, 'password')).toBe(true)
  expect(needsRehash(older)).toBe(true)
  expect(needsRehash(await hashPassword('password'))).toBe(false)
})

describe('a password of any script', () => {
  it('counts whole: another ending does not verify, and an ASCII one that is the digest neither', async () => {
    const pairs = [
      ['парольпароль-one-AAAA', 'парольпароль-two-BBBB'],
      ['密码密码密码密码', '密码密码密码码密'],
      ['пароль', 'пар'],
      ['e\u0301'.repeat(5), 'é'.repeat(5)],
    ] as const
    for (const [password, other] of pairs) {
      const hash = await hashPassword(password)
      expect(await verifyPassword(hash, password)).toBe(true)
      expect(await verifyPassword(hash, other)).toBe(false)
      expect(await verifyPassword(hash, await textToHash(password))).toBe(false)
      expect(await verifyPassword(hash, (await textToHash(password)).replaceAll('=', ''))).toBe(false)
    }
  })

  const anyText = fc.string({ unit: 'binary', maxLength: 40 })

  it('gives argon2 another text than any other password, in ASCII, of which its binding hashes every byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, fc.nat(40), async (password, other, at) => {
        const [text, given] = [await textToHash(password), await textToHash(other)]
        expect(text).toMatch(/^\p{ASCII}*$/u)
        expect(text === given).toBe(password === other)
        const ending = password.slice(0, at).toWellFormed() + other
        expect((await textToHash(ending)) === text).toBe(ending === password)
      }),
      { numRuns: 500 },
    )
  })

  it('verifies against no hash of a password that differs anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (password, other) => {
        const hash = await hashPassword(password)
        expect(await verifyPassword(hash, password)).toBe(true)
        expect(await verifyPassword(hash, other)).toBe(password === other)
        expect(await verifyPassword(hash, `${password}ж`)).toBe(false)
      }),
      { numRuns: 8 },
    )
  })

  it('does not verify against the hash that its beginning left behind in an earlier release', async () => {
    // Of the 21 bytes that are the 21 UTF-16 units of парольпароль-one-AAAA, hashed by the binding itself.
    const cut = await hashCut('парольпароль-one-AAAA')
    expect(await verifyPassword(cut, 'парольпароль-one-AAAA')).toBe(false)
    expect(await verifyPassword(cut, 'парольпаро')).toBe(false)
  })

  it('is one only when it is whole text that is not too long', async () => {
    expect(isPossiblePassword('\ud800'.repeat(8))).toBe(false)
    expect(isPossiblePassword('😀'.repeat(8))).toBe(true)
    expect(isPossiblePassword('x'.repeat(longestPassword + 1))).toBe(false)
  })
})

describe('argon2', () => {
  it('runs in one instance, which does not take more and more memory', async () => {
    await failOnce()
    const instances = watchInstances()
    keepAll()
    const rounds = async (): Promise<number> => {
      for (let round = 0; round < 5; round++) await verifyPassword(await hashPassword('correct horse'), 'correct horse')
      return Math.max(...instances.map(memoryOf))
    }
    const before = await rounds()
    expect(before).toBeLessThan(48 * 2 ** 20)
    expect(await rounds()).toBe(before)
    expect(instances).toHaveLength(1)
  })

  it('is run in another instance when the isolate has freed the last one', async () => {
    await hashPassword('correct horse')
    vi.spyOn(WeakRef.prototype, 'deref').mockReturnValueOnce(undefined)
    const instances = watchInstances()
    expect(await hashPassword('correct horse')).toContain('argon2id')
    expect(instances).toHaveLength(1)
  })

  it('is run in another instance after a fault', async () => {
    await failOnce()
    const instances = watchInstances()
    expect(await hashPassword('correct horse')).toContain('argon2id')
    expect(instances).toHaveLength(1)
  })

  it('that runs out of memory says nothing about the password, and is whole again afterwards', async () => {
    const hash = await hashPassword('correct horse')
    for (const failing of [withoutMemory, withFailingFunction]) {
      await failOnce()
      vi.spyOn(WebAssembly, 'Instance').mockImplementation(failing)
      await expect(verifyPassword(hash, 'correct horse')).rejects.toMatchObject({ failure: { kind: 'hashing-failed' } })
      await expect(hashPassword('correct horse')).rejects.toMatchObject({ failure: { kind: 'hashing-failed' } })
      vi.restoreAllMocks()
      expect(await verifyPassword(hash, 'correct horse')).toBe(true)
    }
  })
})

/** The instances that are made from here on. */
function watchInstances(): WebAssembly.Instance[] {
  const instances: WebAssembly.Instance[] = []
  const { Instance } = WebAssembly
  vi.spyOn(WebAssembly, 'Instance').mockImplementation(function make(module, imports) {
    const instance = new Instance(module, imports)
    instances.push(instance)
    return instance
  })
  return instances
}

/** Keeps what weak references point at from here on: otherwise the isolate may free it in the midst of a test. */
function keepAll(): void {
  const kept: WeakKey[] = []
  const { WeakRef: RealWeakRef } = globalThis
  vi.spyOn(globalThis, 'WeakRef').mockImplementation(function make(target) {
    kept.push(target)
    return new RealWeakRef(target)
  })
}

/** A hash that cannot be decoded is a fault: the instance that found it is not used again. */
async function failOnce(): Promise<void> {
  await expect(verifyPassword('$argon2id$broken', 'x')).rejects.toMatchObject({ failure: { kind: 'hashing-failed' } })
}

function memoryOf({ exports }: WebAssembly.Instance): number {
  if (!(exports['memory'] instanceof WebAssembly.Memory)) throw new Error('the instance has no memory')
  return exports['memory'].buffer.byteLength
}

function withoutMemory(): never {
  throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance')
}

const { Instance: RealInstance } = WebAssembly

/** What argon2 answers when it cannot have its memory: ARGON2_MEMORY_ALLOCATION_ERROR. */
function withFailingFunction(module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Instance {
  const { exports } = new RealInstance(module, imports)
  return { exports: { ...exports, argon2_hash: () => -22, argon2_verify: () => -22 } }
}

/** As `@phi-ag/argon2` hashes what is not ASCII: as many bytes as the text has UTF-16 units. */
async function hashCut(password: string): Promise<string> {
  return new Argon2(new WebAssembly.Instance(wasm, {})).hash(password, hashParameters).encoded
}
