/** What is wrong with JSON that a client wrote, as it stands in a sentence that begins with its name: "the body: …". */
import { phrase, type PhraseOf } from './failure.ts'

export const whyJsonRefused = {
  'too-deep': ({ limit }: { limit: number }) => `it is nested more than ${limit} deep; send a flatter one`,
  'too-many-values': ({ limit }: { limit: number }) => `it has more than ${limit} values; send a smaller one`,
  'not-json': () => 'it is not valid JSON; check the syntax',
  'key-twice': () => 'an object in it has a duplicate key, which parsers read differently; send each key once',
} as const

export type WhyJsonRefused = PhraseOf<typeof whyJsonRefused>

export const jsonRefusal = (why: WhyJsonRefused): string => phrase(whyJsonRefused, why)
