/** Expressions over claims: what they may be, what they read, and what they say of a token. */
import { describe, expect, it } from 'vitest'
import { conditionRefusal } from '../../../src/identity/workloads/failures.ts'
import { missingOwner, warningsOf } from '../../../src/identity/workloads/advice.ts'
import { compileCondition, isCondition, type Condition } from '../../../src/identity/workloads/condition.ts'

const claims = {
  repository: 'acme/app',
  repository_id: '123',
  ref: 'refs/heads/main',
  run_attempt: 1,
  protected: true,
  groups: ['a', 'b'],
  'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'deployer', uid: 'u-1' } },
}

async function compiled(text: string): Promise<Condition> {
  const condition = await compileCondition(text)
  if (!isCondition(condition)) throw new Error(conditionRefusal(condition))
  return condition
}

const verdictOn = async (text: string) => (await compiled(text)).test(claims)

describe('a token matches', () => {
  it.each([
    'claims.repository_id == "123"',
    'claims.repository_id == "123" && claims.ref == "refs/heads/main"',
    'claims.ref.startsWith("refs/heads/") && !claims.ref.endsWith("/x")',
    'claims.repository_id in ["122", "123"]',
    'claims.run_attempt == 1 && claims.protected == true',
    'claims["kubernetes.io"].serviceaccount.uid == "u-1"',
    'claims.groups.exists(one, one == "b")',
    'size(claims.groups.filter(one, one != "a")) == 1',
    'has(claims.environment) ? claims.environment == "production" : true',
    'claims.environment == "production" || claims.repository_id == "123"',
  ])('%s', async (text) => {
    expect(await verdictOn(text)).toEqual({ matches: true })
  })
})

describe('a token does not match', () => {
  it.each([
    ['claims.repository_id == "124"', undefined],
    ['claims.repository_id == 123', undefined],
    ['claims.environment == "production"', 'No such key: environment'],
    ['claims.constructor == "x"', 'No such key: constructor'],
    ['claims.__proto__ == "x"', 'No such key: __proto__'],
    ['claims.run_attempt.startsWith("1")', 'found no matching overload'],
  ])('%s', async (text, why) => {
    const verdict = await verdictOn(text)
    expect(verdict.matches).toBe(false)
    if (why !== undefined) expect(verdict).toMatchObject({ why: expect.stringContaining(why) })
  })
})

describe('no condition is', () => {
  it.each([
    ['', /Unexpected|Expected/],
    ['claims.repository_id ==', /Unexpected token: EOF \(at character \d+\)/],
    ['claims.repository_id', /type dyn/],
    ['"123"', /type string/],
    ['repository_id == "123"', /write claims\.repository_id/],
    ['google.protobuf == claims', /write claims\.google/],
    ['claims.ref.matches("(a+)+$")', /"matches"/],
    ['claims.ref.split("").all(one, one == "a")', /"split"/],
    ['cel.bind(x, claims.ref, x == "a")', /"bind"/],
    ['claims.groups.map(one, one + one).exists(one, one == "a")', /"map"/],
    ['timestamp("2026-01-01T00:00:00Z") == claims.when', /"timestamp"/],
    ['claims.groups.exists(a, claims.groups.exists(b, a == b))', /within another loop/],
    ['claims.groups.exists(a, b == "x")', /"b"/],
    [`${'('.repeat(25)}true${')'.repeat(25)}`, /maxDepth/],
    [Array.from({ length: 200 }, () => 'true').join(' && '), /maxAstNodes/],
  ])('%s', async (text, reason) => {
    await expect(compiled(text)).rejects.toThrow(reason)
  })
})

it('a loop over as many claims as a token has ends soon', async () => {
  const condition = await compiled(
    `claims.list.exists(x, ${Array.from({ length: 40 }, () => 'x == "a"').join(' || ')})`,
  )
  const began = performance.now()
  expect(condition.test({ list: Array.from({ length: 500 }, String) })).toEqual({ matches: false })
  expect(performance.now() - began).toBeLessThan(10_000)
})

describe('a condition reads', () => {
  it('claims by their path, wherever they stand', async () => {
    const { reads } = await compiled(
      'has(claims.a) && claims["b"] == "x" && claims.groups.exists(one, one == claims.c.d) && "e" in claims.f',
    )
    expect([...reads].sort()).toEqual(['a', 'b', 'c/d', 'f', 'groups'])
  })

  it.each([
    ['claims.repository == "acme/app"', ['claims.repository_id']],
    ['claims.repository == "acme/app" && claims.repository_id == "123"', []],
    ['claims.repository_owner == "acme"', ['claims.repository_id or claims.repository_owner_id']],
    ['claims.project_path == "acme/app"', ['claims.project_id']],
    ['claims.pipeline_slug == "app" && claims.organization_id == "o"', ['claims.pipeline_id']],
    ['claims["kubernetes.io"].serviceaccount.name == "x"', ['claims["kubernetes.io"].serviceaccount.uid']],
    ['claims["kubernetes.io"].serviceaccount.uid == "x"', []],
  ])('%s: the ids to compare in place of names are suggested', async (text, ids) => {
    const warnings = warningsOf((await compiled(text)).reads)
    expect(warnings.map((warning) => /compare (.*) too$/.exec(warning)?.[1])).toEqual(ids)
  })

  it('for whom an issuer signs that signs for everyone', async () => {
    const github = 'https://token.actions.githubusercontent.com'
    const open = await compiled('claims.ref == "refs/heads/main"')
    expect(missingOwner(github, open.reads)).toEqual(['repository_id', 'repository_owner_id'])
    // A service account of any project of Google gets tokens for any audience.
    expect(missingOwner('https://accounts.google.com', open.reads)).toEqual(['sub', 'email'])
    expect(missingOwner('https://app.terraform.io', open.reads)).toEqual([
      'terraform_organization_id',
      'terraform_workspace_id',
    ])
    expect(missingOwner('https://gitlab.example.com', open.reads)).toBeUndefined()
    expect(missingOwner(github, (await compiled('claims.repository_owner_id == "1"')).reads)).toBeUndefined()
  })
})
