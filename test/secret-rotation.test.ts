/** A rotation of the secret, against a registry and a store of secrets that can break off at every step. */
import { describe, expect, it } from 'vitest'
import { rotateSecret, type Rotation, type SecretPlace, type SecretState } from '../scripts/admin/secret/rotation.ts'
import { sessionSeconds } from '../src/limits.ts'

const day = sessionSeconds * 1000
/** Of a step of the clock, which goes on at each pause. */
const pauseMilliseconds = 3000

class World {
  now = 1_000_000
  current = 'first'
  previous: string | undefined
  begunAt: number | undefined
  made = 1
  /** What the registry has read: it takes some looks until a change has spread. */
  running: { current: string; previous: string | undefined } = { current: 'first', previous: undefined }
  needPrevious = 3
  looksUntilSpread = 2
  /** How many more steps go well. */
  stepsLeft = Infinity
  readonly said: string[] = []

  #step(): void {
    if (this.stepsLeft-- <= 0) throw new Error('the command was killed')
  }

  readonly place: SecretPlace = {
    isRotating: () => {
      this.#step()
      return Promise.resolve(this.previous !== undefined)
    },
    begin: (now) => {
      this.#step()
      Object.assign(this, { previous: this.current, current: `secret ${++this.made}`, begunAt: now })
      this.looksUntilSpread = 2
      this.needPrevious = 3
      // The answer may be lost after the secrets have changed.
      this.#step()
      return Promise.resolve()
    },
    begunAt: () => Promise.resolve(this.begunAt),
    finish: () => {
      this.#step()
      this.previous = undefined
      return Promise.resolve()
    },
    restart: '',
    settledMilliseconds: 9000,
  }

  readonly look = (): Promise<SecretState> => {
    if (this.looksUntilSpread-- <= 0) this.running = { current: this.current, previous: this.previous }
    const { current, previous } = this.running
    if (previous !== undefined && this.needPrevious > 0) this.needPrevious -= 1
    return Promise.resolve({ name: current, previousName: previous ?? null, needPrevious: this.needPrevious })
  }

  rotate(given: Partial<Rotation> = {}): Promise<boolean> {
    return rotateSecret({
      place: this.place,
      look: this.look,
      atOnce: false,
      clock: () => this.now,
      pause: () => {
        this.#step()
        this.now += pauseMilliseconds
        return Promise.resolve()
      },
      show: () => undefined,
      say: (line) => this.said.push(line),
      ...given,
    })
  }
}

describe('a rotation', () => {
  it('makes one new secret, waits until nothing needs the old one, and keeps that for the uploads of a day', async () => {
    const world = new World()
    expect(await world.rotate()).toBe(false)
    expect(world).toMatchObject({ current: 'secret 2', previous: 'first', needPrevious: 0 })
    expect(world.said.at(-1)).toContain(`can go at ${new Date(1_000_000 + day).toISOString()}`)
  })

  it('is completed by a call a day later, and not before', async () => {
    const world = new World()
    await world.rotate()
    world.now = 1_000_000 + day - 60_000
    expect(await world.rotate()).toBe(false)
    world.now = 1_000_000 + day
    expect(await world.rotate()).toBe(true)
    expect(world).toMatchObject({ current: 'secret 2', previous: undefined, made: 2 })
  })

  it('is completed at once where that is wanted, but never while a key needs the old secret', async () => {
    const world = new World()
    const needed: number[] = []
    const finish = world.place.finish
    const place = { ...world.place, finish: () => (needed.push(world.needPrevious), finish()) }
    expect(await world.rotate({ atOnce: true, place })).toBe(true)
    expect(needed).toEqual([0])
    // The looks of a Worker of before say that nothing is needed, and count for nothing.
    expect(world.now - 1_000_000).toBeGreaterThanOrEqual(9000 + 2 * pauseMilliseconds)
  })

  it('begins its wait again when a key that needs the old secret turns up', async () => {
    const world = new World()
    let looks = 0
    const look = async (): Promise<SecretState> => {
      const state = await world.look()
      return ++looks === 6 ? { ...state, needPrevious: 1 } : state
    }
    await world.rotate({ atOnce: true, look })
    expect(looks).toBeGreaterThanOrEqual(6 + 9000 / pauseMilliseconds)
  })

  it('that was killed at any step is completed by calling again, with one new secret', async () => {
    for (let steps = 0; ; steps++) {
      const world = new World()
      world.stepsLeft = steps
      const isOver = await world.rotate({ atOnce: true }).catch(() => undefined)
      if (isOver === true) {
        expect(steps).toBeGreaterThan(8)
        return
      }
      world.stepsLeft = Infinity
      expect([steps, await world.rotate({ atOnce: true })]).toEqual([steps, true])
      expect(world).toMatchObject({ current: 'secret 2', previous: undefined, made: 2 })
    }
  })

  it('of a registry that does not answer ends with what it waited for, and can go on later', async () => {
    const world = new World()
    const look = () => Promise.reject(new Error('no answer from http://127.0.0.1:5000'))
    await expect(world.rotate({ look })).rejects.toThrow(
      'the rotation is not complete: no answer from http://127.0.0.1:5000; run the command again to go on',
    )
    expect(await world.rotate({ atOnce: true })).toBe(true)
  })

  it('whose beginning is not known keeps the old secret until it is told otherwise', async () => {
    const world = new World()
    await world.rotate()
    world.begunAt = undefined
    world.now += 10 * day
    expect(await world.rotate()).toBe(false)
    expect(world.said.at(-1)).toContain('a day after the rotation began: run "secret rotate --at-once" again then')
    expect(await world.rotate({ atOnce: true })).toBe(true)
  })
})
