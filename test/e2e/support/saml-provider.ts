/** An identity provider of SAML on this machine, made by samlify, with a login form that takes any user. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { IdentityProvider, SamlLib, ServiceProvider, setSchemaValidator } from './samlify.mjs'
import { atEnd } from './ending.ts'
import { newFolder } from './folders.ts'
import { freePort } from './ports.ts'
import { run } from './run.ts'

export interface SamlUser {
  readonly format?: string
  /** The values of each attribute. */
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

export interface SamlProvider {
  readonly entityId: string
  readonly metadataUrl: string
  /** What the provider says of its users, by their NameIDs; a test may change it. */
  readonly users: Map<string, SamlUser>
}

// The requests come from the registry of the tests alone.
setSchemaValidator({ validate: () => Promise.resolve('not checked') })

interface Key {
  readonly privateKey: string
  readonly signingCert: string
}

async function newKey(): Promise<Key> {
  const folder = await newFolder('saml-key')
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const options = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=idp', '-days', '30']
  await run('openssl', ['req', '-x509', ...options, '-keyout', key, '-out', certificate])
  return { privateKey: await readFile(key, 'utf8'), signingCert: await readFile(certificate, 'utf8') }
}

const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'

/** Starts a provider that knows one registry. @param origin of the registry, whose metadata it reads at the first login */
export async function startSamlProvider(origin: string): Promise<SamlProvider> {
  const port = await freePort()
  const own = `http://127.0.0.1:${port}`
  const entityId = `${own}/metadata`
  const users = new Map<string, SamlUser>()
  const provider = IdentityProvider({
    entityID: entityId,
    ...(await newKey()),
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    wantAuthnRequestsSigned: false,
    nameIDFormat: [persistent],
    singleSignOnService: [{ Binding: redirect, Location: `${own}/sso?realm=acme` }],
  })
  const registry = async () => {
    const metadata = await (await fetch(`${origin}/enzi/v0/saml/metadata`)).text()
    return ServiceProvider({ metadata })
  }

  async function respond(query: URLSearchParams, nameId: string): Promise<string> {
    const known = await registry()
    const request = { query: { SAMLRequest: query.get('SAMLRequest') ?? '' } }
    const asked = await provider.parseLoginRequest(known, 'redirect', request)
    const user = users.get(nameId) ?? { attributes: {} }
    const { id } = asked.extract.request
    const { context } = await provider.createLoginResponse(known, asked, 'post', {}, (template: string) => {
      const now = new Date()
      const until = new Date(now.getTime() + 300_000).toISOString()
      const acs = `${origin}/enzi/v0/saml/acs`
      const tags = {
        ID: '_response',
        AssertionID: `_${crypto.randomUUID()}`,
        Destination: acs,
        Audience: `${origin}/enzi/v0/saml/metadata`,
        SubjectRecipient: acs,
        Issuer: entityId,
        IssueInstant: now.toISOString(),
        StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
        ConditionsNotBefore: now.toISOString(),
        ConditionsNotOnOrAfter: until,
        SubjectConfirmationDataNotOnOrAfter: until,
        NameIDFormat: user.format ?? persistent,
        NameID: nameId,
        InResponseTo: id,
      }
      const whole = template
        .replace('{AuthnStatement}', statementOf(now))
        .replace('{AttributeStatement}', attributesOf(user))
      return { id: tags.ID, context: SamlLib.replaceTagsByValue(whole, tags) }
    })
    return context
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', own)
    if (pathname === '/metadata') {
      response.setHeader('content-type', 'application/samlmetadata+xml').end(provider.getMetadata())
      return
    }
    response.setHeader('content-type', 'text/html')
    if (request.method === 'GET') {
      const inputs = ['SAMLRequest', 'RelayState'].map((name) => hidden(name, searchParams.get(name) ?? ''))
      response.end(`<form method="post" action="/sso">${inputs.join('')}<input name="login"></form>`)
      return
    }
    const form = new URLSearchParams(await text(request))
    const message = await respond(form, form.get('login') ?? '')
    const inputs = [hidden('SAMLResponse', message), hidden('RelayState', form.get('RelayState') ?? '')]
    response.end(`<form method="post" action="${origin}/enzi/v0/saml/acs">${inputs.join('')}</form>`)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    entityId,
    metadataUrl: `${own}/metadata`,
    users,
  }
}

const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${value}">`

const statementOf = (now: Date): string =>
  `<saml:AuthnStatement AuthnInstant="${now.toISOString()}" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`

const attributesOf = ({ attributes }: SamlUser): string =>
  `<saml:AttributeStatement>${Object.entries(attributes)
    .map(
      ([name, values]) =>
        `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue xsi:type="xs:string">${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
    )
    .join('')}</saml:AttributeStatement>`
