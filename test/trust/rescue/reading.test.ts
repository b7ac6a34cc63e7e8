/** What is read of another server, which may answer what it likes. */
import { expect, it } from 'vitest'
import { readCollection } from '../../../scripts/client/notary.ts'
import { OtherServer } from '../../../scripts/client/other-server.ts'
import { bytesOf } from '../support/documents.ts'

const named = { hashes: { sha256: btoa('hash') } }

/** Answers every path with one document, which is all of them at once. */
class EndlessServer extends OtherServer {
  readonly #document: Uint8Array<ArrayBuffer>
  #reads = 0

  constructor(version: number) {
    super('https://registry.example.com', undefined)
    const meta = { snapshot: named, targets: named, 'targets/a': named }
    const delegations = { roles: [{ name: 'targets/a' }] }
    this.#document = bytesOf(JSON.stringify({ signed: { version, meta, delegations } }))
  }

  override async read(): Promise<Uint8Array<ArrayBuffer>> {
    this.#reads++
    if (this.#reads > 1000) throw new Error('a thousand documents were read')
    return this.#document
  }
}

it.each([
  ['has a root for each number', 1_000_000],
  ['delegates in a circle', 1],
])('is no more than the registry takes, of a server that %s', async (_, version) => {
  const read = readCollection(new EndlessServer(version), 'registry.example.com/acme/app')
  await expect(read).rejects.toThrow('has more than 300 documents of registry.example.com/acme/app')
})
