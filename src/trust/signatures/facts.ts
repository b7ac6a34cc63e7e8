/**
 * Says what follows from a signature that the registry stores. A pure function of its contents, of what is trusted and of
 * the time: nothing is asked, and what strangers sent is looked at within the bounds of `limits.ts`.
 */
import type { SignatureArtifact, SimpleSigningArtifact } from './artifact.ts'
import { mostSignaturesOfArtifact } from '../../limits.ts'
import { bundleFact, cosignCheck, simpleSigningFact } from './cosign.ts'
import { notationFact } from './notation.ts'
import {
  SignatureRefused,
  type Contents,
  type Findings,
  type Refusal,
  type SignatureFact,
  type SignatureTrust,
} from './types.ts'

/**
 * Checks an artifact that recognizeSignature recognized.
 *
 * @param contents what the artifact needs
 * @param trust the only keys, roots and stores that count
 * @param now of the check, in milliseconds since 1970; certificates without a proof of the time must be valid at it
 */
export async function factsOf(
  artifact: SignatureArtifact,
  contents: Contents,
  trust: SignatureTrust,
  now: number,
): Promise<Findings> {
  switch (artifact.form) {
    case 'simple-signing':
      return simpleSigningFindings(artifact, contents, trust, now)
    case 'bundle':
      return findingsOf([await outcomeOf(async () => bundleFact(await cosignCheck(trust, now), artifact, contents))])
    case 'jws':
    case 'cose':
      return findingsOf([await outcomeOf(() => notationFact(artifact, contents, trust, now))])
  }
}

type Outcome = { readonly fact: SignatureFact } | { readonly refusal: Refusal }

async function simpleSigningFindings(
  artifact: SimpleSigningArtifact,
  contents: Contents,
  trust: SignatureTrust,
  now: number,
): Promise<Findings> {
  const check = await cosignCheck(trust, now)
  const outcomes: Outcome[] = []
  for (const signature of artifact.signatures) {
    outcomes.push(await outcomeOf(() => simpleSigningFact(check, artifact, signature, contents)))
  }
  if (artifact.leftOut > 0) {
    const sentence = `${artifact.leftOut} signatures are over the bound of ${mostSignaturesOfArtifact}: remove old ones`
    outcomes.push({ refusal: { reason: 'too-many', sentence } })
  }
  return findingsOf(outcomes)
}

async function outcomeOf(check: () => Promise<SignatureFact>): Promise<Outcome> {
  try {
    return { fact: await check() }
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error
    return { refusal: { reason: error.reason, sentence: error.message } }
  }
}

/** Collects facts and refusals. A signer that signed an image twice is one fact, of the first time. */
function findingsOf(outcomes: readonly Outcome[]): Findings {
  const facts = new Map<string, SignatureFact>()
  for (const outcome of outcomes) {
    if (!('fact' in outcome)) continue
    const signer = JSON.stringify(nameOf(outcome.fact))
    const first = facts.get(signer)
    if (first === undefined || outcome.fact.signedAt < first.signedAt) facts.set(signer, outcome.fact)
  }
  return {
    facts: [...facts.values()],
    refusals: outcomes.flatMap((outcome) => ('refusal' in outcome ? [outcome.refusal] : [])),
  }
}

/** Names a signer by what stays the same: a keyless identity has another key each time. */
const nameOf = ({ signer }: SignatureFact): readonly string[] =>
  signer.form === 'identity' ? [signer.issuer, signer.subject] : [signer.form, signer.fingerprint]
