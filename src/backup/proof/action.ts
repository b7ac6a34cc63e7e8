/** The name of the job that proves a backup. */
export const proveAction = 'prove'

/** Completes the refusal of a caller who has proven no password: the second database has all hashes meanwhile. */
export const proveBackups = 'prove a backup'
