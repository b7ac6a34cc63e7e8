/** What clients of Notary are answered, and cases of it. */
import { expect } from 'vitest'
import { trustError, trustFailures, type TrustFailure } from '../../../src/trust/failures.ts'
import type { TestCollection } from './collection.ts'
import type { Bytes, Fields } from './documents.ts'
import type { Outcome } from './memory-server.ts'

/** What is answered: `errors[0]` of the body, and the status. */
export function answerTo(refusal: TrustFailure): object {
  const { status, apiCode: code } = trustFailures[refusal.kind]
  const { message } = trustError(refusal)
  return { status, code, message, ...('detail' in refusal && { detail: refusal.detail }) }
}

export function answerOf(outcome: Outcome): object {
  return 'refusal' in outcome ? answerTo(outcome.refusal) : { stored: outcome.documents.map(({ role }) => role) }
}

export const invalid = (detail: unknown): object => ({
  status: 400,
  code: 'INVALID_UPDATE',
  message: 'Update sent by the client is invalid.',
  detail,
})
export const named = (Name: string, Msg: string): object => invalid({ Name, Error: { Msg } })
export const badRoot = (message: string): object => named('ErrBadRoot', message)
export const badTargets = (message: string): object => named('ErrBadTargets', message)
export const badSnapshot = (message: string): object => named('ErrBadSnapshot', message)
export const withoutDetail = invalid(undefined)
export const noSnapshotKey = invalid({
  Name: 'ErrBadHierarchy',
  Error: {
    Missing: 'snapshot',
    Msg: 'no snapshot was included in update and server does not hold current snapshot key for repository',
  },
})
export const versionOld = {
  status: 400,
  code: 'VERSION',
  message: 'A newer version of metadata is already available.',
  detail: {},
}
export const malformed = {
  status: 400,
  code: 'MALFORMED_JSON',
  message: 'JSON sent by the client could not be parsed by the server',
}

export const noRotation = badRoot(
  'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
)

export const past = '2026-11-22T11:20:06Z'
export const printedPast = 'Sun Nov 22 11:20:06 UTC 2026'
export const now = Date.UTC(2026, 10, 28, 12)

export type Make = (collection: TestCollection) => Promise<Readonly<Record<string, Bytes>>>
export type Case = readonly [name: string, make: Make, answer: object | ((collection: TestCollection) => object)]

/** Publishes what a case makes. */
export async function expectAnswers(collection: TestCollection, [, make, answer]: Case): Promise<void> {
  const before = collection.server.documents.length
  const outcome = await collection.server.publish(await make(collection))
  expect(answerOf(outcome)).toEqual(typeof answer === 'function' ? answer(collection) : answer)
  expect(collection.server.documents).toHaveLength(before)
}

/** Changes the role in what is signed of a root. */
export const withRole = (role: string, change: Fields | null) => (signed: Fields) => ({
  ...signed,
  roles: { ...signed['roles'], [role]: change === null ? null : { ...signed['roles'][role], ...change } },
})
