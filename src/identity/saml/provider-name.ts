/** How `identities` names the providers of SAML: an OpenID provider may have the same name, and other IDs of users. */

const prefix = 'saml:'

/** Returns the provider of an entity ID. */
export const providerOf = (entityId: string): string => prefix + entityId

export const isOfSaml = (provider: string): boolean => provider.startsWith(prefix)
