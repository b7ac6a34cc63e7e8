/**
 * The certificate for `--https`: a certificate authority of the registry's own, kept with its data, signs it. Clients
 * trust the authority once, and the certificate is made again whenever it is about to end or the machine has other names.
 */
import { X509Certificate as Parsed, createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { issueCertificate, makeAuthority, newKey, type Validity } from './certificates.ts'
import { replaceFile, secretMode } from './replace-file.ts'

export interface Certificate {
  /** The private key in PEM, like all keys and certificates here. */
  readonly key: string
  readonly certificate: string
}

const day = 24 * 3600 * 1000
/** Apple's systems take no server certificate of more than 398 days, or 825 from an authority that a person added. */
const certificateDays = 397
/** Long enough for a registry that runs, which looks every day, and for one that is started now and then. */
const renewalDays = 60
const authorityDays = 3650
/** The tolerance for clients whose clocks are late. */
const toleranceMilliseconds = 3600 * 1000

/** Returns the path of the certificate that clients have to trust. It lies alone: clients read whole folders. */
export const authorityPath = (state: string): string => join(state, 'tls', 'ca.crt')

/** Returns a certificate that is good for a while, made now or before, for `host` and all names of this machine. */
export async function ownCertificate(state: string, host: string, now: number): Promise<Certificate> {
  const folder = join(state, 'tls', 'private')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const authority = await ownAuthority(authorityPath(state), join(folder, 'ca.key'), now)
  const path = join(folder, 'server.pem')
  const names = namesOf(host)
  const kept = await readServerFile(path)
  if (kept !== undefined && isGood(kept, authority, names, now)) return kept
  const made = await issueCertificate(authority, names, validityFrom(now, certificateDays))
  // Key and certificate in one file, so that neither is ever without the other.
  replaceFile(path, made.key + made.certificate, secretMode)
  return made
}

interface Authority {
  readonly key: string
  readonly certificate: string
}

/** Keeps the key when the certificate is made again: clients that trust the old one go on until it ends. */
async function ownAuthority(path: string, keyPath: string, now: number): Promise<Authority> {
  const keptKey = await readSecretFile(keyPath)
  const key = keptKey !== undefined && keyIn(keptKey) !== undefined ? keptKey : await newKey()
  if (key !== keptKey) replaceFile(keyPath, key, secretMode)
  const kept = existsSync(path) ? parse(await readFile(path, 'utf8')) : undefined
  const isGoodAuthority = kept !== undefined && isOf(key, kept) && endOf(kept) > now + (certificateDays + 1) * day
  if (isGoodAuthority) return { key, certificate: kept.toString() }
  const certificate = await makeAuthority(key, hostname(), validityFrom(now, authorityDays))
  replaceFile(path, certificate)
  return { key, certificate }
}

/** Tells whether a certificate needs no successor: its authority, its names and its end are as they should be. */
function isGood(kept: Certificate, authority: Authority, names: readonly string[], now: number): boolean {
  const [certificate, issuer] = [parse(kept.certificate), parse(authority.certificate)]
  if (certificate === undefined || issuer === undefined) return false
  return (
    certificate.verify(issuer.publicKey) &&
    isOf(kept.key, certificate) &&
    endOf(certificate) > now + renewalDays * day &&
    names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  )
}

/** Returns every name by which a client may reach this machine; link-local addresses mean another one elsewhere. */
export function namesOf(host: string): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((ofInterface = []) => ofInterface)
    .map(({ address }) => address)
    .filter((address) => isIP(address) !== 0 && !/^(fe80:|169\.254\.)/i.test(address))
  const name = hostname().toLowerCase()
  // Docker Desktop's name for the machine that it runs on.
  const names = [host, 'localhost', 'host.docker.internal', name, ...(name.includes('.') ? [] : [`${name}.local`])]
  const certifiable = names.filter((each) => isIP(each) !== 0 || /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(each))
  const unspecified = new Set(['0.0.0.0', '::'])
  return [...new Set([...certifiable, '127.0.0.1', '::1', ...addresses])].filter((each) => !unspecified.has(each))
}

const validityFrom = (now: number, days: number): Validity => ({
  from: new Date(now - toleranceMilliseconds),
  to: new Date(now - toleranceMilliseconds + days * day),
})

/** Parses a private key; undefined for a text that is none. */
function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

function isOf(key: string, certificate: Parsed): boolean {
  const parsed = keyIn(key)
  return parsed !== undefined && certificate.checkPrivateKey(parsed)
}

const endOf = (certificate: Parsed): number => Date.parse(certificate.validTo)

/** Parses a certificate; undefined for a text that is none: a damaged file is made again. */
function parse(pem: string): Parsed | undefined {
  try {
    return new Parsed(pem)
  } catch {
    return undefined
  }
}

async function readServerFile(path: string): Promise<Certificate | undefined> {
  const text = (await readSecretFile(path)) ?? ''
  const [, key, certificate] = /^(-----BEGIN PRIVATE KEY-----[^]*-----END PRIVATE KEY-----\n)([^]*)$/.exec(text) ?? []
  return key === undefined || certificate === undefined ? undefined : { key, certificate }
}

/** Closes a file that a copy or a restored backup has opened to others. */
async function readSecretFile(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined
  await chmod(path, 0o600)
  return readFile(path, 'utf8')
}
