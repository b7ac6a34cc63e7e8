/** The URLs of issuers and of what they name. Only https is safe, but for a server on the same machine. */
import type { WhyNoIssuer } from './failures.ts'

/** RFC 8252 section 8.3 and RFC 6761 section 6.3: these names never leave the machine. */
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

const isLoopback = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && loopback.test(hostname)

/** Tells why a text is no issuer (OpenID Connect Discovery 1.0 section 3); undefined for one that may be used. */
export function whyNoIssuer(text: string): WhyNoIssuer | undefined {
  if (!URL.canParse(text)) return { kind: 'no-url' }
  const url = new URL(text)
  if (url.protocol !== 'https:' && !isLoopback(url)) return { kind: 'no-https' }
  return url.username !== '' || url.password !== '' || /[?#]/.test(text) ? { kind: 'too-much' } : undefined
}

/** Tells whether an issuer may name a URL: https anywhere, or http on this machine if the issuer itself is there. */
export function mayName(issuer: string, text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (isLoopback(url) && isLoopback(new URL(issuer)))
}

/** Tells whether a text is an origin (RFC 6454 section 6.2) that is safe: https, or http on this machine. */
export const isOrigin = (text: string): boolean => whyNoIssuer(text) === undefined && new URL(text).origin === text

/** Returns the place of an issuer's document (OpenID Connect Discovery 1.0 section 4.1). */
export const discoveryUrlOf = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
