import { beforeEach, describe, expect, it } from 'vitest'
import {
  longestIdentityPattern,
  longestIssuer,
  longestKeyLabel,
  longestReplayDays,
  longestTrustRoot,
  longestTrustRootName,
  mostPublicKeys,
  mostPullsOfReplay,
  mostSignerIdentities,
  mostStarsOfPattern,
  mostTeamsOfPolicy,
  mostTrustRoots,
} from '../../../src/limits.ts'
import { insertMany, isWithin, text, times, withSql } from '../../support/bounds.ts'
import { aPerson, type Person } from '../../support/people.ts'
import { aSmallSigstore } from '../support/keyless.ts'
import { aPublicKey } from '../support/pem.ts'

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

const identity = (fields: object): Promise<Response> =>
  root.ask('POST', '/api/v0/trust/identities', { account: 'root', issuer: 'i', subject: 's', ...fields })
const sigstore = JSON.stringify((await aSmallSigstore()).root)
const trustRoot = (name: string, document = sigstore): Promise<Response> =>
  root.ask('PUT', `/api/v0/trust/roots/${name}`, { kind: 'sigstore', document })

async function takesKey(label: string): Promise<boolean> {
  const { pem: publicKey } = await aPublicKey()
  return isWithin(root.ask('POST', '/enzi/v0/accounts/root/publicKeys', { publicKey, label }))
}

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => Promise<boolean>]> = {
  mostTeamsOfPolicy: [
    mostTeamsOfPolicy,
    (size) => {
      const teams = Array.from({ length: size }, (_, at) => `acme/team-${at}`)
      return isWithin(root.ask('PUT', '/api/v0/repositoryNamespaces/root/signaturePolicy', { mode: 'report', teams }))
    },
  ],
  longestReplayDays: [longestReplayDays, (size) => isWithin(root.ask('POST', '/api/v0/trust/replay', { days: size }))],
  mostPullsOfReplay: [
    mostPullsOfReplay,
    async (size) => {
      await withSql('DELETE FROM events')
      await insertMany(
        size,
        `INSERT INTO events (id, published_at, actor, type, object_type, object_id, object_name)
         SELECT i, unixepoch() * 1000, '', 'CREATE', 'tag', '', '' FROM n`,
      )
      const { next } = await (await root.ask('POST', '/api/v0/trust/replay', {})).json<{ next?: string }>()
      return next === undefined
    },
  ],
  mostPublicKeys: [
    mostPublicKeys,
    async (size) => {
      await withSql('DELETE FROM public_keys')
      await insertMany(
        size - 1,
        `INSERT INTO public_keys (id, account_id, fingerprint, public_key, label, created_at)
         SELECT 'k' || i, accounts.id, 'f' || i, '', '', 1 FROM n, accounts`,
      )
      const { pem: publicKey } = await aPublicKey()
      return (await root.ask('POST', '/enzi/v0/accounts/root/publicKeys', { publicKey })).status === 201
    },
  ],
  longestKeyLabel: [longestKeyLabel, (size) => takesKey(text(size))],
  mostSignerIdentities: [
    mostSignerIdentities,
    async (size) => {
      await withSql('DELETE FROM signer_identities')
      await insertMany(
        size - 1,
        `INSERT INTO signer_identities (id, account_id, issuer, subject, created_at)
         SELECT 'k' || i, accounts.id, 'other', 's' || i, 1 FROM n, accounts`,
      )
      return (await identity({})).status === 201
    },
  ],
  longestIssuer: [longestIssuer, (size) => isWithin(identity({ issuer: text(size) }))],
  longestIdentityPattern: [longestIdentityPattern, (size) => isWithin(identity({ subject: text(size) }))],
  mostStarsOfPattern: [mostStarsOfPattern, (size) => isWithin(identity({ subject: times(size + 1, 'a').join('*') }))],
  mostTrustRoots: [
    mostTrustRoots,
    async (size) => {
      await withSql('DELETE FROM trust_roots')
      await insertMany(
        size - 1,
        `INSERT INTO trust_roots (name, kind, document, created_at) SELECT 'r' || i, 'sigstore', '{}', 1 FROM n`,
      )
      return (await trustRoot('another')).status === 200
    },
  ],
  longestTrustRootName: [longestTrustRootName, (size) => isWithin(trustRoot(text(size)))],
  longestTrustRoot: [longestTrustRoot, (size) => isWithin(trustRoot('a', text(size)))],
}

describe('a bound of signers is taken at its edge, and nothing beyond it', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
