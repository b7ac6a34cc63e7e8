/** Documents that are as large as the registry takes them, and that cost as much memory as they can. */
import { randomBytes } from 'node:crypto'

export const indexType = 'application/vnd.oci.image.index.v1+json'
const mebibyte = 1024 * 1024
/** A little less than the largest manifest, and the largest document of trust data. */
const documentBytes = 4 * mebibyte - 1024
const mostDescriptors = 30_000
const mostTargets = 20_000

const sha256 = (): string => randomBytes(32).toString('hex')

/** Makes an index of many small entries that do not exist: the registry parses it, asks for each and refuses it. */
export function indexOfUnknown(): string {
  const entry = () => ({ size: 1, digest: `sha256:${sha256()}`, urls: [''], platform: { os: '' } })
  const manifests = Array.from({ length: mostDescriptors }, entry)
  return JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }).padEnd(documentBytes)
}

/** Makes an index with long annotations, which the registry stores. */
export function indexWithAnnotations(): string {
  const text = randomBytes(documentBytes / 2 - 100).toString('hex')
  return JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [], annotations: { text } })
}

/** Makes a publication of many targets without a root: the registry parses it and refuses it. */
export function publication(): FormData {
  const form = new FormData()
  const targets = targetsDocument()
  for (const role of ['targets', 'targets/releases']) form.append('files', new Blob([targets]), role)
  return form
}

function targetsDocument(): string {
  const target = (_: unknown, at: number) => [
    `tag-${at}`,
    { hashes: { sha256: randomBytes(32).toString('base64') }, length: 1000 },
  ]
  const targets: unknown = Object.fromEntries(Array.from({ length: mostTargets }, target))
  const delegations = { keys: {}, roles: [] }
  const signed = { _type: 'Targets', delegations, expires: '2036-01-01T00:00:00Z', targets, version: 1 }
  return JSON.stringify({ signed, signatures: [] }).padEnd(documentBytes)
}
