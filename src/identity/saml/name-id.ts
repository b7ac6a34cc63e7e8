/** Formats of the NameID, by which a provider names a user (SAML 2.0 Core section 8.3). */
export const nameIdFormats = {
  /** An ID that is of one user for one service, and never of another user. */
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  /** Another one at each login. */
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  /** What the provider wants it to be. */
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
} as const
