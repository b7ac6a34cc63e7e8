import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import {
  largestTrustCollectionBytes,
  largestTrustUpdateBytes,
  longestQuotedParameter,
  mostChangesOfPage,
  mostPublishTries,
  mostSignaturesOfTrustDocument,
  mostSignedTargets,
  mostVersionsKept,
  trustMultipartBytes,
} from '../../../src/limits.ts'
import { parseDigest, parseRepositoryName } from '../../../src/names.ts'
import { isTrustError } from '../../../src/trust/failures.ts'
import { publish } from '../../../src/trust/notary/publish.ts'
import { refuseTooMuchSigned } from '../../../src/trust/notary/signed-targets.ts'
import type { TargetsRole } from '../../../src/trust/tuf/roles.ts'
import { insertMany, text, times, withSql } from '../../support/bounds.ts'
import { problemOf, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { aRepository, aUser, rightTo } from '../../support/people.ts'
import { aPublishedCollection, digestFor, expectOk, gunOf, notaryClient, sendForm } from '../support/clients.ts'
import { aTargets } from '../support/documents.ts'
import { aKey } from '../support/keys.ts'

const repository = parseRepositoryName('alice/app')
const gun = gunOf(repository)
const changefeed = `/v2/${gun}/_trust/changefeed`

let client: Send

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  client = await notaryClient('alice', gun)
})

/** A form of one document, of so many bytes in all. */
async function sendsForm(bytes: number): Promise<boolean> {
  const [head, tail] = [
    '--40818ddd738f40818ddd738f40818ddd738f\r\nContent-Disposition: form-data; name="files"; filename="root"\r\n\r\n',
    '\r\n--40818ddd738f40818ddd738f40818ddd738f--\r\n',
  ]
  const filling = new Uint8Array(bytes - head.length - tail.length).fill(32)
  return (await problemOf(await sendForm(client, gun, [head, filling, tail]))).code !== 'MALFORMED_UPLOAD'
}

/** Publishes while another request is faster, as often as that leaves one of the attempts. */
async function isPublishedAfter(attempts: number): Promise<boolean> {
  const publisher = await aPublishedCollection(client, gun)
  let left = attempts - 1
  const binding = interceptedDatabase(async (statements, run) => {
    const isStoring = statements.some((statement) => statement.includes('INSERT INTO trust_metadata'))
    if (isStoring && left-- > 0) await withSql('UPDATE trust_collections SET revision = revision + 1')
    return run()
  })
  const right = await rightTo(repository)
  const published = publish(testContext({ db: openDatabase(binding) }), { right, gun: publisher.gun }, [])
  const outcome = await published.then(
    () => true,
    () => false,
  )
  await withSql('DELETE FROM trust_collections')
  return outcome
}

/** Publishes a role that has so many versions then. */
async function keepsVersions(count: number): Promise<boolean> {
  const publisher = await aPublishedCollection(client, gun)
  await insertMany(
    count - 2,
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
     SELECT id, 'targets', i + 2, i, '{}', 2, 1 FROM n, trust_collections`,
  )
  await expectOk(publisher.publish({ targets: await publisher.targets({ version: count + 1 }) }))
  const kept = await countRows('trust_metadata', "role = 'targets'")
  await withSql('DELETE FROM trust_collections')
  return kept === count
}

/** Targets under one key, and as many under each of two others. */
function takesSigned(rows: number): boolean {
  const targets = (count: number) => times(count, ['v1', parseDigest(`sha256:${digestFor(1)}`)] as const)
  const role = (name: TargetsRole, count: number, fingerprints: readonly string[]) => ({
    role: name,
    targets: targets(count),
    fingerprints,
    expires: 0,
    delegates: false,
  })
  const signed = [role('targets', rows - 2, ['a']), role('targets/b', 1, ['b', 'c'])]
  try {
    refuseTooMuchSigned([{ top: 'targets', signed }])
    return true
  } catch (error) {
    expect(isTrustError(error)).toBe(true)
    return false
  }
}

/** Changes the root of a collection whose only signer has a document of so many bytes. */
async function readsCollection(bytes: number): Promise<boolean> {
  const delegation = { name: 'targets/dave', keys: [await aKey()] } as const
  const publisher = await aPublishedCollection(client, gun, { delegations: [delegation] })
  const top = await env.DB.prepare("SELECT size_bytes AS bytes FROM trust_metadata WHERE role = 'targets'").first<{
    bytes: number
  }>()
  await expectOk(
    publisher.publish({ [delegation.name]: await aTargets({ signers: delegation.keys, targets: {}, version: 1 }) }),
  )
  await withSql(`UPDATE trust_metadata SET size_bytes = ${bytes - (top?.bytes ?? 0)} WHERE role = 'targets/dave'`)
  const answer = await publisher.publish({ root: await publisher.root({ version: 2 }) })
  await withSql('DELETE FROM trust_collections')
  return answer.status === 200
}

async function showsChanges(count: number): Promise<boolean> {
  await withSql('DELETE FROM trust_changes')
  await insertMany(
    mostChangesOfPage + 1,
    `INSERT INTO trust_changes (created_at, repository_id, gun, version, sha256, category)
     SELECT 1, id, ?, 1, '', 'update' FROM n, repositories`,
    gun,
  )
  const response = await client('GET', `${changefeed}?records=${count}`)
  return (await response.json<{ count: number }>()).count === count
}

async function quotes(length: number): Promise<boolean> {
  const response = await client('GET', `${changefeed}?records=${text(length)}`)
  return JSON.stringify((await problemOf(response)).detail).includes(text(length))
}

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => boolean | Promise<boolean>]> = {
  largestTrustCollectionBytes: [largestTrustCollectionBytes, readsCollection],
  trustMultipartBytes: [trustMultipartBytes, (size) => sendsForm(largestTrustUpdateBytes + size)],
  mostPublishTries: [mostPublishTries, isPublishedAfter],
  mostSignedTargets: [mostSignedTargets, takesSigned],
  mostVersionsKept: [mostVersionsKept, keepsVersions],
  mostChangesOfPage: [mostChangesOfPage, showsChanges],
  longestQuotedParameter: [longestQuotedParameter, quotes],
}

describe('a bound of the Notary server is taken at its edge, and nothing beyond it', () => {
  it.each(Object.entries(edges))(
    '%s',
    async (_, [bound, takes]) => {
      expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
    },
    60_000,
  )
})

it('a document with many targets and many signatures is refused before it fills the table of facts', async () => {
  const keys = await Promise.all(times(mostSignaturesOfTrustDocument, undefined).map(() => aKey()))
  const publisher = await aPublishedCollection(client, gun, { delegations: [{ name: 'targets/crowd', keys }] })
  const count = mostSignedTargets / keys.length + 1
  const targets = Object.fromEntries(Array.from({ length: count }, (_, at) => [`v${at}`, digestFor(at)]))
  const crowd = await aTargets({ signers: keys, targets, version: 1 })
  const refused = await problemOf(await publisher.publish({ 'targets/crowd': crowd }))
  expect(refused).toMatchObject({ code: 'INVALID_UPDATE', detail: { Name: 'ErrValidation' } })
  expect(await countRows('signature_facts')).toBe(0)
})

it('no version of root goes, however many there are', async () => {
  const publisher = await aPublishedCollection(client, gun)
  await insertMany(
    2 * mostVersionsKept,
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
     SELECT id, 'root', -i, i, '{}', 2, 1 FROM n, trust_collections`,
  )
  await expectOk(publisher.publish({ root: await publisher.root({ version: 2 }) }))
  expect(await countRows('trust_metadata', "role = 'root'")).toBe(2 * mostVersionsKept + 2)
  const { results } = await env.DB.prepare('SELECT max(version) AS newest FROM trust_metadata').all()
  expect(results).toEqual([{ newest: 2 }])
})
