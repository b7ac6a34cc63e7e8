/** The credentials of a user, as every client of a script sends them. */
export interface User {
  readonly name: string
  readonly password: string
}

/** Returns the value of an Authorization header (RFC 7617). */
export const basic = ({ name, password }: User): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
