/** The right over backups, which have the hashes of all passwords: an administrator's, who proves the password again. */

/** Completes the refusal of others. */
export const handleBackups = 'make, download or restore backups'
