/** The action of the job that syncs with the directory, as DTR calls it. */
export const syncAction = 'ldap-sync'
