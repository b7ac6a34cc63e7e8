/** Bindings that stop working at a moment of a test's choice, as if the process had died between two effects. */
import { env } from 'cloudflare:workers'

export interface Crash {
  /** How many calls of D1 and R2 succeed before. */
  readonly after: number
  /** Whether the call at which it happens takes effect. */
  readonly tookEffect: boolean
}

export interface Mortal {
  readonly DB: D1Database
  readonly DRILL: D1Database
  readonly BUCKET: R2Bucket
  readonly BACKUPS: R2Bucket
  readonly hasCrashed: () => boolean
  /** How many calls of D1 and R2 there were. */
  readonly calls: () => number
}

/** Every call after the crash fails too: a crashed process does not clean up. */
export function mortal(crash: Crash | undefined): Mortal {
  let left = crash?.after ?? Infinity
  let calls = 0
  const call = async (effect: () => unknown): Promise<unknown> => {
    calls++
    const isDead = left < 0
    const dies = left-- <= 0
    if (!dies) return effect()
    if (!isDead && crash?.tookEffect === true) await effect()
    // With a number that R2 does not know: what has none is tried again, which the dead do not do.
    throw new Error('crash (99999)')
  }
  const statement = (inner: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values))
        return (...parameters: unknown[]) => call(() => Reflect.apply(member, target, parameters) as unknown)
      },
    })
    originals.set(wrapped, inner)
    return wrapped
  }
  const database = (inner: D1Database): D1Database =>
    new Proxy(inner, {
      get(target, name) {
        if (name === 'prepare') return (sql: string) => statement(target.prepare(sql))
        if (name !== 'batch') throw new Error(`${String(name)} of D1 cannot crash here`)
        return (statements: D1PreparedStatement[]) =>
          call(() => target.batch(statements.map((wrapped) => originals.get(wrapped) ?? wrapped)))
      },
    })
  const bucket = (inner: R2Bucket): R2Bucket =>
    new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...parameters: unknown[]) => call(() => Reflect.apply(member, target, parameters) as unknown)
      },
    })
  return {
    DB: database(env.DB),
    DRILL: database(env.DRILL),
    BUCKET: bucket(env.BUCKET),
    BACKUPS: bucket(env.BACKUPS),
    hasCrashed: () => left < 0,
    calls: () => calls,
  }
}

const originals = new WeakMap<object, D1PreparedStatement>()
