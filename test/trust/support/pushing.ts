/** Pushes signatures as clients do, and reads what the registry makes of them. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { runJobsCron } from '../../../src/jobs/cron.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import type { Send } from '../../support/client.ts'
import { digestOf, pushBlob, putManifest } from '../../support/content.ts'
import { jobsContext } from '../../support/jobs.ts'
import type { Person } from '../../support/people.ts'
import type { PushedSignature, SigningKey } from './cosign.ts'
import { pemOf } from './pem.ts'

/** @returns the digest of the manifest that carries the signature */
export async function pushSignature(client: Send, repository: string, pushed: PushedSignature): Promise<string> {
  for (const blob of pushed.blobs) await pushBlob(client, repository, blob)
  const digest = await digestOf(pushed.manifest)
  const answer = await putManifest(client, repository, pushed.tag ?? digest, pushed.manifest, mediaTypes.image)
  expect(answer.status).toBe(201)
  return digest
}

export const keysOf = (name: string): string => `/enzi/v0/accounts/${name}/publicKeys`

/** @returns the id of the key */
export async function registerKey(owner: Person, key: Pick<SigningKey, 'trusted'>): Promise<string> {
  const answer = await owner.ask('POST', keysOf(owner.name), { publicKey: pemOf(key.trusted.spki) })
  expect(answer.status).toBe(201)
  return (await answer.json<{ id: string }>()).id
}

export interface StoredFact {
  readonly digest: string
  readonly kind: string
  readonly source: string
  readonly fingerprint: string
  readonly issuer: string
  readonly subject: string
  readonly expiresAt: number | null
}

/** All facts of all repositories. */
export async function storedFacts(): Promise<StoredFact[]> {
  const { results } = await env.DB.prepare(
    `SELECT digest, kind, source, fingerprint, issuer, subject, expires_at AS expiresAt FROM signature_facts
     ORDER BY digest, kind, source, fingerprint, issuer, subject`,
  ).all<StoredFact>()
  return results
}

/** The pinned manifests, each with what pins it. */
export async function storedPins(): Promise<string[][]> {
  const { results } = await env.DB.prepare(
    `SELECT name, pinned_by AS pinnedBy FROM pins WHERE kind = 'manifest' ORDER BY name, pinned_by`,
  ).all<{ name: string; pinnedBy: string }>()
  return results.map(({ name, pinnedBy }) => [name, pinnedBy])
}

/** One turn of the cron trigger. */
export const tick = (): Promise<void> => runJobsCron(jobsContext(), Date.now())

/** The jobs that checked signatures. */
export async function factsJobs(): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT status FROM jobs WHERE action = 'trust_facts'").all<{
    status: string
  }>()
  return results.map(({ status }) => status)
}
