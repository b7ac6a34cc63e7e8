/** A registry whose D1 and R2 fail when they are told to (test/support/faulty/worker.ts). */
import * as z from 'zod'
import { newRegistry, type Registry } from './registry.ts'

export interface Fault {
  /** What fails, as `FaultyRegistry.calls` names it. */
  readonly call: string
  /** How many calls of this name succeed before. */
  readonly after: number
  readonly message: string
  /** Whether everything is done before, and only the answer is lost. */
  readonly isDone: boolean
}

export interface FaultyRegistry {
  readonly registry: Registry
  /** Counts anew from here on, and lets this fail once. */
  readonly arm: (fault?: Fault) => Promise<void>
  /** What was called since. */
  readonly calls: () => Promise<readonly string[]>
  readonly hasFailed: () => Promise<boolean>
}

export async function newFaultyRegistry(): Promise<FaultyRegistry> {
  const registry = await newRegistry({ script: 'scripts/faults/serve.ts' })
  const address = `http://${registry.host}/faults`
  const look = async () => seen.parse(await (await fetch(address)).json())
  return {
    registry,
    arm: async (fault) => void (await fetch(address, { method: 'PUT', body: JSON.stringify({ fault }) })),
    calls: async () => (await look()).calls,
    hasFailed: async () => (await look()).hasFailed,
  }
}

const seen = z.object({ calls: z.array(z.string()), hasFailed: z.boolean() })

/** D1 did not begin what it was asked. The lists are those of test/support/database-faults.ts and faults.ts. */
const refusedTexts = [
  'D1 DB is overloaded. Too many requests queued.',
  'D1 DB is overloaded. Requests queued for too long.',
  'Internal error while starting up D1 DB storage caused object to be reset.',
  'Cannot resolve D1 DB due to transient issue on remote node.',
]
/** D1 may have done it. */
const interruptedTexts = [
  'Network connection lost.',
  'D1 DB storage operation exceeded timeout which caused object to be reset.',
  'Internal error in D1 DB storage caused object to be reset.',
  'D1 DB exceeded its CPU time limit and was reset.',
  'Isolate Has exceeded Memory Size.',
  "D1 DB's code was updated.",
]
const storageTexts = [
  'We encountered an internal error. Please try again. (10001)',
  'Service Unavailable (10043)',
  'Please reduce your concurrent request rate for the same object. (10058)',
  'Network connection lost.',
  'Unspecified error (0)',
]

/** Every call fails before it does anything, and after it has done all; the texts come in turn. */
export function faultsOf(calls: readonly string[]): Fault[] {
  const seenBefore = new Map<string, number>()
  return calls.flatMap((call, at) => {
    const after = seenBefore.get(call) ?? 0
    seenBefore.set(call, after + 1)
    const before = { call, after, isDone: false }
    if (call.startsWith('token ')) return [{ ...before, message: '' }]
    const texts = call.startsWith('R2 ') ? storageTexts : [...refusedTexts, ...interruptedTexts]
    const textsAfter = call.startsWith('R2 ') ? storageTexts : interruptedTexts
    return [
      { ...before, message: inTurn(texts, at) },
      { ...before, isDone: true, message: inTurn(textsAfter, at) },
    ]
  })
}

const inTurn = (texts: readonly string[], turn: number): string => texts[turn % texts.length] ?? ''
