/** A registry whose D1 and R2 fail when they are told to (test/support/faulty/worker.ts). */
import * as z from 'zod'
import { interruptedTexts, passingFaults, passingTexts } from '../../support/passing-texts.ts'
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
  /** Counts again from here on, and lets this fail once. */
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

/** Every call fails before it does anything, and after it has done all; the texts come in turn. */
export function faultsOf(calls: readonly string[]): Fault[] {
  const seenBefore = new Map<string, number>()
  return calls.flatMap((call, at) => {
    const after = seenBefore.get(call) ?? 0
    seenBefore.set(call, after + 1)
    const before = { call, after, isDone: false }
    if (call.startsWith('token ')) return [{ ...before, message: '' }]
    const texts = call.startsWith('R2 ') ? passingFaults : passingTexts
    const textsAfter = call.startsWith('R2 ') ? passingFaults : interruptedTexts
    return [
      { ...before, message: inTurn(texts, at) },
      { ...before, isDone: true, message: inTurn(textsAfter, at) },
    ]
  })
}

const inTurn = (texts: readonly string[], turn: number): string => texts[turn % texts.length] ?? ''
