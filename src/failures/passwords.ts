/** Why a text cannot be a new password. */
import { phrase, type PhraseOf } from './failure.ts'

export const noPasswordReasons = {
  'password-length': ({ shortest, longest }: { shortest: number; longest: number }) =>
    `a password has ${shortest} to ${longest} characters; choose another one`,
  'password-not-unicode': () => 'a password must be valid Unicode, without lone surrogates; choose another one',
} as const

export type WhyNoPassword = PhraseOf<typeof noPasswordReasons>

export const passwordRefusal = (why: WhyNoPassword): string => phrase(noPasswordReasons, why)
