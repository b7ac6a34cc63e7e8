/** One public key of several accounts: a public key is no secret, so anyone with an account may register one. */
import { beforeEach, expect, it } from 'vitest'
import { withSql } from '../../support/bounds.ts'
import { host, withToken, type Send } from '../../support/client.ts'
import { countRows, pushImage, type Image } from '../../support/content.ts'
import { aLogin, anOrganization, aPerson, clientOf, type Person } from '../../support/people.ts'
import { aSigningKey, signedSimply, type SigningKey } from '../support/cosign.ts'
import { keysOf, pushSignature, registerKey, storedPins, tick } from '../support/pushing.ts'

const repository = 'acme/app'

let owner: Person
let sam: Person
let quinn: Person
let mallory: Person
let reader: Send
let image: Image
let key: SigningKey

beforeEach(async () => {
  owner = await aPerson('owner')
  sam = await aPerson('sam')
  quinn = await aPerson('quinn')
  mallory = await aPerson('mallory')
  await aPerson('ray')
  await anOrganization('acme', { owners: ['owner'], teams: { security: ['sam'], qa: ['quinn'] } })
  const writer = await clientOf(repository)
  image = await pushImage(writer, repository, 'latest')
  await withSql("UPDATE repositories SET visibility = 'public'")
  key = await aSigningKey()
  await registerKey(sam, key)
  await pushSignature(writer, repository, await signedSimply(key, image.digest))
  const answer = await (await aLogin('ray'))('GET', `/auth/token?service=${host}&scope=repository:${repository}:pull`)
  reader = withToken((await answer.json<{ token: string }>()).token)
})

const demand = (...teams: string[]): Promise<Response> =>
  owner.ask('PUT', `/api/v0/repositories/${repository}/signaturePolicy`, { mode: 'enforce', teams })

const pull = async (): Promise<number> => (await reader('GET', `/v2/${repository}/manifests/latest`)).status

async function signers(): Promise<string[]> {
  const answer = await owner.ask('GET', `/api/v0/repositories/${repository}/tags`)
  const [tag] = await answer.json<{ signatures: { signer: string }[] }[]>()
  return tag?.signatures.map(({ signer }) => signer) ?? []
}

it('counts for the teams of each, and tags name each', async () => {
  await demand('acme/security', 'acme/qa')
  expect(await pull()).toBe(403)
  expect(await signers()).toEqual(['sam'])
  await registerKey(quinn, key)
  expect(await pull()).toBe(200)
  expect(await signers()).toEqual(['quinn', 'sam'])
})

it('gains a stranger to the teams nothing, and takes nothing from its owner', async () => {
  await demand('acme/security')
  const id = await registerKey(mallory, key)
  expect(await pull()).toBe(200)
  await demand('acme/qa')
  expect(await pull()).toBe(403)
  await demand('acme/security')
  const pins = await storedPins()
  expect((await mallory.ask('DELETE', `${keysOf('mallory')}/${id}`)).status).toBe(204)
  // Nothing is forgotten, not even until the job has checked the signature again.
  expect(await countRows('forgotten_keys')).toBe(0)
  await tick()
  expect(await pull()).toBe(200)
  expect(await signers()).toEqual(['sam'])
  expect(await storedPins()).toEqual(pins)
})
