/** What an assertion says, and whether it is for this registry, this login and this moment (SAML 2.0 Profiles section 4.1.4). */
import { loginSeconds } from '../sso/login-state.ts'
import type { WhyRefused } from './failures.ts'
import { ResponseRefused } from './refusal.ts'
import { attributeOf, childrenOf, elementsOf, isNamed, textOf, type XmlElement } from './xml.ts'

/** Clocks of two servers may differ by so much. */
const toleranceMilliseconds = 60_000

/** What an assertion is checked against. */
export interface Expected {
  /** The entity ID of the provider. */
  readonly issuer: string
  /** The entity ID of the registry. */
  readonly audience: string
  readonly acsUrl: string
  /** The name of the request that began the login. */
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface Assertion {
  readonly nameId: { readonly value: string; readonly format: string | undefined }
  /** The values of each attribute, by its name. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** The session at the provider. */
  readonly sessionIndex: string | undefined
}

/** Reads an assertion that is signed. @throws ResponseRefused */
export function readAssertion(assertion: XmlElement, expected: Expected): Assertion {
  const { issuer, now } = expected
  if (attributeOf(assertion, 'Version') !== '2.0') throw refused('version')
  if (issuerOf(assertion) !== issuer) throw refused('issuer')
  const issuedAt = timeOf(assertion, 'IssueInstant') ?? 0
  if (issuedAt > now + toleranceMilliseconds) throw refused('too-early')
  if (issuedAt < now - loginSeconds * 1000 - toleranceMilliseconds) throw refused('expired')
  requireConditions(assertion, expected)
  const subject = only(assertion, 'Subject', 'unconfirmed')
  requireConfirmation(subject, expected)
  const [statement] = childrenOf(assertion, 'assertion', 'AuthnStatement')
  if (statement === undefined) throw refused('no-login')
  if ((timeOf(statement, 'SessionNotOnOrAfter') ?? Infinity) <= now - toleranceMilliseconds) throw refused('expired')
  return {
    nameId: nameIdOf(subject),
    attributes: attributesOf(assertion),
    sessionIndex: attributeOf(statement, 'SessionIndex'),
  }
}

/** Returns the issuer of an assertion or a response. */
export function issuerOf(element: XmlElement): string | undefined {
  const [issuer] = childrenOf(element, 'assertion', 'Issuer')
  return issuer && textOf(issuer)
}

/** Requires an audience, and no condition that is unknown: that one makes the whole invalid (Core section 2.5). */
function requireConditions(assertion: XmlElement, { audience, now }: Expected): void {
  const conditions = only(assertion, 'Conditions', 'audience')
  requireTime(conditions, now)
  const known = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']
  if (elementsOf(conditions).some((condition) => !known.some((name) => isNamed(condition, 'assertion', name)))) {
    throw refused('condition')
  }
  const restrictions = childrenOf(conditions, 'assertion', 'AudienceRestriction')
  const isMeant = (restriction: XmlElement): boolean =>
    childrenOf(restriction, 'assertion', 'Audience').some((element) => textOf(element) === audience)
  if (restrictions.length === 0 || !restrictions.every(isMeant)) throw refused('audience')
}

/** Requires that it was brought to the right place, in time, as the answer to the request (Profiles section 4.1.4.2). */
function requireConfirmation(subject: XmlElement, { acsUrl, requestId, now }: Expected): void {
  const confirmations = childrenOf(subject, 'assertion', 'SubjectConfirmation').filter(
    (element) => attributeOf(element, 'Method') === 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  )
  const found = confirmations.flatMap((element) => childrenOf(element, 'assertion', 'SubjectConfirmationData'))
  if (found.length === 0 || found.some((confirmation) => !confirmation.hasAttribute('NotOnOrAfter'))) {
    throw refused('unconfirmed')
  }
  const here = found.filter((confirmation) => attributeOf(confirmation, 'Recipient') === acsUrl)
  if (here.length === 0) throw refused('recipient')
  const answer = here.find((confirmation) => attributeOf(confirmation, 'InResponseTo') === requestId)
  if (answer === undefined) throw refused('not-asked')
  requireTime(answer, now)
}

function requireTime(element: XmlElement, now: number): void {
  const from = timeOf(element, 'NotBefore')
  const until = timeOf(element, 'NotOnOrAfter')
  if (from !== undefined && now + toleranceMilliseconds < from) throw refused('too-early')
  if (until !== undefined && now - toleranceMilliseconds >= until) throw refused('expired')
}

/** Reads a time, which is in UTC (Core section 1.3.3). One that is none is over. */
function timeOf(element: XmlElement, name: string): number | undefined {
  const text = attributeOf(element, name)
  if (text === undefined) return undefined
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw refused('expired')
  return time
}

function nameIdOf(subject: XmlElement): Assertion['nameId'] {
  const [element] = childrenOf(subject, 'assertion', 'NameID')
  if (element === undefined) return { value: '', format: undefined }
  return { value: textOf(element) ?? '', format: attributeOf(element, 'Format') }
}

function attributesOf(assertion: XmlElement): Assertion['attributes'] {
  const attributes = new Map<string, readonly string[]>()
  for (const statement of childrenOf(assertion, 'assertion', 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, 'assertion', 'Attribute')) {
      const name = attributeOf(attribute, 'Name') ?? ''
      const values = childrenOf(attribute, 'assertion', 'AttributeValue').flatMap((value) => textOf(value) ?? [])
      attributes.set(name, [...(attributes.get(name) ?? []), ...values])
    }
  }
  return attributes
}

function only(parent: XmlElement, name: string, kind: WhyRefused['kind']): XmlElement {
  const [element, another] = childrenOf(parent, 'assertion', name)
  if (element === undefined || another !== undefined) throw refused(kind)
  return element
}

const refused = (kind: WhyRefused['kind']): ResponseRefused => new ResponseRefused(kind)
