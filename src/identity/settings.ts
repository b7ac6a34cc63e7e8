/** The settings of identities in `/api/v0/meta/settings`. */
import * as z from 'zod'
import { longestUrl } from '../limits.ts'
import { accessFields, type SettingFields } from '../settings/fields.ts'
import { isOrigin } from './issuers/issuer-url.ts'

export const identitySettings = {
  publicOrigin: z
    .string()
    .max(longestUrl)
    .refine((text) => text === '' || isOrigin(text), {
      error: 'it must be an origin like "https://registry.example.com", without a path',
    })
    .describe('where browsers find the registry, for single sign-on: https, or http on the same machine')
    .default('')
    .register(accessFields, { decides: 'who gets in' }),
} as const satisfies SettingFields
