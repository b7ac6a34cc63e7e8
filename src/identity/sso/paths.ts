/** Where a user approves a command on another machine. */
export const devicePath = '/auth/sso/device'
export const approvePath = '/auth/sso/approve'
