/** Checks a signature as the registry would: recognizes what was pushed, and hands over what it needs. */
import { recognizeSignature } from '../../../src/trust/signatures/artifact.ts'
import { factsOf } from '../../../src/trust/signatures/facts.ts'
import type { Findings, RefusalReason, SignatureTrust } from '../../../src/trust/signatures/types.ts'
import { digestOf } from '../../support/content.ts'
import { day, signingTime } from './certificates.ts'
import type { Bytes, PushedSignature } from './cosign.ts'

/** When the tests check. */
export const now = signingTime + day

/** @param beside what else the registry has, like the image */
export async function findingsOf(
  pushed: PushedSignature,
  trust: SignatureTrust,
  beside: readonly Bytes[] = [],
  time = now,
): Promise<Findings> {
  const recognized = recognizeSignature(pushed.manifest, pushed.tag)
  if (recognized === undefined) throw new Error('this is no signature')
  if ('refusal' in recognized) return { facts: [], refusals: [recognized.refusal] }
  const stored = await Promise.all(
    [...pushed.blobs, ...beside].map(async (content) => [await digestOf(content), content] as const),
  )
  return factsOf(recognized.artifact, new Map<string, Bytes>(stored), trust, time)
}

/** Of a signature that proves nothing. */
export function reasonsIn({ facts, refusals }: Findings): RefusalReason[] {
  if (facts.length > 0) throw new Error(`it proves ${JSON.stringify(facts)}`)
  return refusals.map(({ reason }) => reason)
}
