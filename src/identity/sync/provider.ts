/** The provider under which identities of the directory are kept. */
export const ldapProvider = 'ldap'
