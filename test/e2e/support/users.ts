import type { User } from '../../../scripts/client/credentials.ts'

export type { User }

export const admin: User = { name: 'admin', password: 'first of all administrators' }
export const alice: User = { name: 'alice', password: 'correct horse battery staple' }
export const bob: User = { name: 'bob', password: 'sphinx of black quartz' }
