export interface User {
  readonly name: string
  readonly password: string
}

export const admin: User = { name: 'admin', password: 'first of all administrators' }
export const alice: User = { name: 'alice', password: 'correct horse battery staple' }
export const bob: User = { name: 'bob', password: 'sphinx of black quartz' }

/** The value of an Authorization header (RFC 7617). */
export const basic = ({ name, password }: User): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
