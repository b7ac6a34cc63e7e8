/**
 * DTR's language of rules: which tags a policy is for. Pure.
 *
 * | field                 | operators               | the values                                              |
 * | --------------------- | ----------------------- | ------------------------------------------------------- |
 * | `tag`                 | `eq` `sw` `ew` `c` `oo` | any of them equals, begins, ends or is part of the name |
 * | `tag`                 | `noo` `nsw` `new` `nc`  | none of them equals, begins, ends or is part of it      |
 * | `updated_at`          | `bf` `af`               | one time: pushed last before it, or after it            |
 * | `updated_at_duration` | `bf` `af`               | one duration: pushed last longer ago, or since then     |
 */
import * as z from 'zod'
import {
  longestPruningField,
  longestPruningOperator,
  longestPruningValue,
  mostPruningRules,
  mostPruningValues,
} from '../limits.ts'
import { parseDuration } from '../util/duration.ts'
import { impossibleValue, tagTests } from './tag-tests.ts'

/** The facts about a tag that rules judge. */
export interface EvaluatedTag {
  readonly name: string
  readonly updatedAt: number
}

export type Matcher = (tag: EvaluatedTag, now: number) => boolean

const rule = z
  .strictObject({
    field: z.string().max(longestPruningField),
    operator: z.string().max(longestPruningOperator),
    values: z.array(z.string().min(1).max(longestPruningValue)).min(1).max(mostPruningValues),
  })
  .superRefine((written, context) => {
    const understood = understand(written)
    if (typeof understood === 'string') context.addIssue({ code: 'custom', message: understood })
  })

/** Rules as they are kept, to be shown: an earlier release took some that are refused by now, and that delete nothing. */
export const keptRules = z.array(z.object({ field: z.string(), operator: z.string(), values: z.array(z.string()) }))

/** The rules of a policy, as they come from outside and as they take effect. */
export const rules = z
  .array(rule)
  .min(1, { error: 'a policy without rules would match every tag: add at least one' })
  .max(mostPruningRules, { error: `a policy has at most ${mostPruningRules} rules` })

export type Rule = z.infer<typeof rule>

/** Makes the matcher of rules: a tag has to match all of them. @param given rules that the schema has accepted */
export function matcherOf(given: readonly Rule[]): Matcher {
  const matchers = given.map((one) => {
    const understood = understand(one)
    // An unsupported rule matches nothing.
    return typeof understood === 'string' ? () => false : understood
  })
  return (tag, now) => matchers.length > 0 && matchers.every((matches) => matches(tag, now))
}

type TimeTest = (time: number, limit: number) => boolean

const timeTests: ReadonlyMap<string, TimeTest> = new Map([
  ['bf', (time, limit) => time < limit],
  ['af', (time, limit) => time > limit],
])

/** Makes the matcher of one rule. @returns the matcher, or the problem of the rule */
function understand({ field, operator, values }: Rule): Matcher | string {
  switch (field) {
    case 'tag': {
      const test = tagTests.get(operator)
      if (test === undefined) return unknownOperator(field, tagTests)
      return impossibleValue(test, values) ?? (({ name }) => test.holds(name, values))
    }
    case 'updated_at':
      return timeRule(field, operator, values, parseTime, (limit) => limit)
    case 'updated_at_duration':
      return timeRule(field, operator, values, parseDuration, (duration, now) => now - duration)
    default:
      return fieldsOfScans.test(field)
        ? `this registry does not scan images, so it has no field ${field}: use ${ownFields}`
        : `there is no such field: use ${ownFields}`
  }
}

const ownFields = '"tag", "updated_at" or "updated_at_duration"'

/** Fields of DTR's that come from its scanner. */
const fieldsOfScans = /^(?:license\.name|component\.name|vulnerability_(?:all|critical|major|minor))$/

function unknownOperator(field: string, tests: ReadonlyMap<string, unknown>): string {
  return `"${field}" has no such operator: use one of ${[...tests.keys()].join(', ')}`
}

const examples: Readonly<Record<string, string>> = {
  updated_at: 'a time like "2026-01-31T09:30:00Z"',
  updated_at_duration: 'a duration like "12h", "36h30m" or "30d"',
}

/** Makes the matcher of a rule about a time. @param limitOf the moment that a value means */
function timeRule(
  field: string,
  operator: string,
  values: readonly string[],
  parse: (text: string) => number | undefined,
  limitOf: (value: number, now: number) => number,
): Matcher | string {
  const test = timeTests.get(operator)
  if (test === undefined) return unknownOperator(field, timeTests)
  const [first = '', second] = values
  const value = parse(first)
  if (value === undefined || second !== undefined) return `"${field}" takes one value, ${examples[field]}`
  return ({ updatedAt }, now) => test(updatedAt, limitOf(value, now))
}

const rfc3339 = z.iso.datetime({ offset: true })

function parseTime(text: string): number | undefined {
  const time = rfc3339.safeParse(text).data
  return time === undefined ? undefined : Date.parse(time)
}
