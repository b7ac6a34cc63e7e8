/**
 * Plants bugs in a copy of the tree, one at a time, and runs the tests that should notice them:
 *
 *     npm run mutations
 *     npm run mutations -- --area collector --area jobs
 *     npm run mutations -- --only lease        those whose sentence or file has the word
 *     npm run mutations -- --whole             what the named tests miss runs through the whole suite as well
 *
 * Exits with 1 when less than 95 % are caught. See `test/README.md`.
 */
import { parseArgs } from 'node:util'
import { areas } from './areas.ts'
import type { Mutation } from './mutation.ts'
import { TestRunner, type Outcome } from './test-runner.ts'
import { copyTree, removeTree, withMutation, type Tree } from './tree.ts'

const goal = 0.95

interface Options {
  readonly chosen: readonly string[]
  readonly only: string
  readonly whole: boolean
}

/** The score of an area. */
interface Score {
  readonly area: string
  readonly caught: number
  readonly survivors: readonly string[]
  readonly equivalent: number
}

try {
  process.exitCode = (await run(readOptions())) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      area: { type: 'string', multiple: true, default: Object.keys(areas) },
      only: { type: 'string', default: '' },
      whole: { type: 'boolean', default: false },
    },
  })
  const unknown = values.area.find((name) => areas[name] === undefined)
  if (unknown !== undefined) throw new Error(`there is no area ${unknown}: use ${Object.keys(areas).join(', ')}`)
  return { chosen: values.area, only: values.only, whole: values.whole }
}

/** Plants the chosen mutations. @returns whether enough were caught */
async function run({ chosen, only, whole }: Options): Promise<boolean> {
  const picked = chosen.map((area) => ({
    area,
    mutations: (areas[area] ?? []).filter(({ breaks, file }) => `${breaks} ${file}`.includes(only)),
  }))
  const isEmpty = picked.every(({ mutations }) => mutations.length === 0)
  if (isEmpty) throw new Error(`no sentence and no file has "${only}" in it`)
  const tree = await copyTree()
  const tests = new TestRunner(tree)
  try {
    const planting = { tree, tests, whole, sound: new Set<string>() }
    const scores: Score[] = []
    for (const { area, mutations } of picked) scores.push(await scoreOf(planting, area, mutations))
    return report(scores)
  } finally {
    await tests.close()
    await removeTree(tree)
  }
}

interface Planting {
  readonly tree: Tree
  readonly tests: TestRunner
  readonly whole: boolean
  /** Test files that have passed on sound code; empty text: the whole suite. */
  readonly sound: Set<string>
}

async function scoreOf(planting: Planting, area: string, mutations: readonly Mutation[]): Promise<Score> {
  const counted = mutations.filter(({ equivalent }) => equivalent === undefined)
  const survivors: string[] = []
  for (const mutation of counted) {
    await requireSound(planting, mutation)
    const began = performance.now()
    const outcome = await outcomeOf(planting, mutation)
    const seconds = Math.round((performance.now() - began) / 1000)
    if (outcome.kind !== 'failed') survivors.push(mutation.breaks)
    console.log(`${area}: ${mutation.breaks} (${seconds} s): ${said(outcome)}`)
  }
  const equivalent = mutations.length - counted.length
  return { area, caught: counted.length - survivors.length, survivors, equivalent }
}

function said(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'failed':
      return `caught by "${outcome.caughtBy}"`
    case 'passed':
      return 'SURVIVED'
    case 'broken':
      return `NO TEST RAN: ${outcome.why}`
  }
}

/** Requires that the tests of a mutation pass on sound code: a test that fails there would catch everything. */
async function requireSound({ tests, sound }: Planting, mutation: Mutation): Promise<void> {
  const files = mutation.tests.length === 0 ? [''] : mutation.tests
  const unknown = files.filter((file) => !sound.has(file))
  if (unknown.length === 0) return
  const outcome = await tests.run(mutation.tests.length === 0 ? [] : unknown)
  if (outcome.kind === 'failed') throw new Error(`a test fails on sound code: ${outcome.caughtBy}: ${outcome.why}`)
  if (outcome.kind === 'broken') throw new Error(`no test ran on sound code: ${outcome.why}`)
  for (const file of unknown) sound.add(file)
}

function outcomeOf({ tree, tests, whole }: Planting, mutation: Mutation): Promise<Outcome> {
  const changed = (path: string): Promise<void> => tests.changed(path)
  return withMutation(tree, mutation, changed, async () => {
    const outcome = await tests.run(mutation.tests)
    return outcome.kind === 'passed' && whole && mutation.tests.length > 0 ? tests.run([]) : outcome
  })
}

/** Prints the table that stands in `test/README.md`. @returns whether the goal is reached */
function report(scores: readonly Score[]): boolean {
  const sum = (count: (score: Score) => number): number => scores.reduce((total, score) => total + count(score), 0)
  const caught = sum((score) => score.caught)
  const survived = sum(({ survivors }) => survivors.length)
  const row = (name: string, ...counts: readonly number[]): string =>
    `| ${[name, counts.reduce((all, count) => all + count, 0), ...counts].join(' | ')} |`
  console.log('\n| area | in the list | caught | survived | equivalent |\n| --- | --- | --- | --- | --- |')
  for (const { area, survivors, equivalent, ...score } of scores) {
    console.log(row(area, score.caught, survivors.length, equivalent))
  }
  const equal = sum(({ equivalent }) => equivalent)
  console.log(row('all', caught, survived, equal))
  for (const { area, survivors } of scores) for (const breaks of survivors) console.log(`survived: ${area}: ${breaks}`)
  const share = caught / Math.max(1, caught + survived)
  console.log(`\nscore: ${caught} of ${caught + survived}, ${(share * 100).toFixed(1)} % (the goal is ${goal * 100} %)`)
  return share >= goal
}
