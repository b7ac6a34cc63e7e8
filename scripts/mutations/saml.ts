/** Planted bugs about single sign-on by SAML: what is signed, for whom it is, and how often it counts. */
import { plantedIn } from './mutation.ts'

const responses = ['test/identity/saml/response.test.ts']
const logins = ['test/identity/saml/login.test.ts']

export const saml = [
  ...plantedIn('src/identity/saml/signed-assertion.ts', responses, [
    {
      breaks: 'a signature may be by any key',
      find: 'if (!verifier.checkSignature(text)) return undefined',
      replace: 'if (!verifier.checkSignature(text)) return text',
    },
    {
      breaks: 'the certificate in a signature is trusted',
      find: 'new SignedXml({ publicCert, getCertFromKeyInfo: () => null })',
      replace: 'new SignedXml({ publicCert, getCertFromKeyInfo: SignedXml.getCertFromKeyInfo })',
    },
    {
      breaks: 'SHA-1 is good enough',
      find: "throw refused('algorithm')\n",
      replace: 'return\n',
    },
    {
      breaks: 'an assertion is read where it stands, and not where it was signed',
      find: "signed = isNamed(content, 'assertion', 'Assertion') ? content : (signed ?? onlyAssertion(content))",
      replace: 'signed = content === undefined ? undefined : assertion',
      equivalent: 'a document with a second assertion, or with another signature, is refused before',
    },
    {
      breaks: 'a signature is repeated for each of a thousand transforms',
      find: "if (algorithmsOf('Transform').length > 2) throw refused('signature-misplaced')",
      replace: '',
    },
  ]),
  ...plantedIn('src/identity/saml/assertion.ts', responses, [
    {
      breaks: 'an assertion of another provider counts',
      find: "throw refused('issuer')",
      replace: 'return undefined as never',
    },
    {
      breaks: 'an assertion for another service counts',
      find: "if (restrictions.length === 0 || !restrictions.every(isMeant)) throw refused('audience')",
      replace: 'isMeant(conditions)',
    },
    { breaks: 'an assertion for another recipient counts', find: "throw refused('recipient')", replace: 'return' },
    { breaks: 'an assertion that no one asked for counts', find: "throw refused('not-asked')", replace: 'return' },
    {
      breaks: 'an assertion counts for ever',
      find: "if (until !== undefined && now - toleranceMilliseconds >= until) throw refused('expired')",
      replace: '',
    },
    {
      breaks: 'an unknown condition is passed over',
      find: "    throw refused('condition')\n",
      replace: '',
    },
    {
      breaks: 'an assertion without a login counts',
      find: "throw refused('no-login')",
      replace: 'return undefined as never',
    },
  ]),
  ...plantedIn('src/identity/saml/xml.ts', responses, [
    {
      breaks: 'a document type may define entities',
      find: "throw new XmlRefused('document-type')",
      replace: 'return undefined as never',
    },
    {
      breaks: 'a document is as deep as it likes',
      find: 'if (depthOf(root) > deepestSamlElement)',
      replace: 'if (depthOf(root) < 0)',
    },
    {
      breaks: 'what the parser complains of is read',
      find: '  throw new Error(`${level}: ${message}`)',
      replace: '  return undefined as never',
    },
  ]),
  ...plantedIn('src/identity/saml/answers.ts', logins, [
    { breaks: 'a request has many answers', find: 'if (!isFirst)', replace: 'if (isFirst && requestId === "")' },
    {
      breaks: 'an OpenID provider of the same name is the same',
      find: 'provider: providerOf(metadata.entityId)',
      replace: 'provider: metadata.entityId',
    },
  ]),
  ...plantedIn(
    'src/identity/saml/user.ts',
    ['test/identity/saml/user.test.ts'],
    [
      {
        breaks: 'a transient NameID makes an account at each login',
        find: 'if (format === nameIdFormats.transient)',
        replace: 'if (format === "")',
      },
      {
        breaks: 'a NameID of any format is for ever',
        find: 'return isWanted ?',
        replace: 'return isWanted || value !== "" ?',
      },
      {
        breaks: 'a user who is said to be no administrator is one',
        find: 'values.some((value) => !no.has(value.toLowerCase()))',
        replace: 'values.length > 0',
      },
    ],
  ),
]
