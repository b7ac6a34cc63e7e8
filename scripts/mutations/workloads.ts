/** Planted bugs about CI jobs that get in by the token of their issuer. */
import { plantedIn } from './mutation.ts'

const keyless = 'test/identity/workloads/keyless.test.ts'

export const workloads = [
  ...plantedIn(
    'src/auth/workload-login.ts',
    ['test/auth/workload-login.test.ts'],
    [
      {
        breaks: 'a rule opens a namespace that another account has taken',
        find: 'namespaceId === standing.namespaceId &&',
        replace: '',
      },
      {
        breaks: 'a rule for a repository opens the whole namespace',
        find: 'repository === undefined ? namespace === standing.namespace : repository === standing.name',
        replace: 'namespace === standing.namespace',
      },
      {
        breaks: 'a workload may create repositories',
        find: 'if (standing?.repository === undefined) return []',
        replace: 'if (standing === undefined) return []',
      },
      {
        breaks: 'a token of a workload that opens nothing is not counted',
        find: "  await countWrongToken(context, 'tokens of jobs', '', { workload: answer.kind })\n",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/db/access/rights.ts',
    ['test/auth/workload-login.test.ts', keyless],
    [
      {
        breaks: 'a right of a workload outlives its rule',
        find: "'isLetIn' in holder) return holder.isLetIn",
        replace: "'isLetIn' in holder) return sql`true`",
      },
    ],
  ),
  ...plantedIn(
    'src/auth/registry-token.ts',
    ['test/auth/workload-login.test.ts', keyless],
    [
      {
        breaks: 'a registry token outlives the token of the job',
        find: 'Math.min(tokenSeconds, Math.floor((until - now) / 1000))',
        replace: 'tokenSeconds + 0 * (until - now)',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/workloads/uses.ts',
    ['test/identity/workloads/uses.test.ts'],
    [
      {
        breaks: 'a token is exchanged twice',
        find: "if (usedAs === 'exchange' || earlier.usedAs === 'exchange') return { kind: 'used' }",
        replace: "if (usedAs !== earlier.usedAs) return { kind: 'used' }",
      },
      {
        breaks: 'a token comes again from any network',
        find: 'anyNetwork || network === earlier.network',
        replace: 'anyNetwork || network !== ""',
      },
      {
        breaks: 'a token comes again after any time',
        find: 'now < earlier.firstUsedAt + reuseSeconds * 1000',
        replace: 'now > 0',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/workloads/subject-token.ts',
    [keyless],
    [
      {
        breaks: 'a token for another audience gets in',
        find: 'if (!meantFor.some((audience) => audiences.includes(audience)))',
        replace: 'if (meantFor.length === 0)',
      },
      {
        breaks: 'a token may be valid for any time',
        find: 'exp - (iat ?? seconds) > longestHours * 3600 + toleranceSeconds',
        replace: 'false',
      },
      {
        breaks: 'a token that was made in the future gets in',
        find: 'iat !== undefined && iat > seconds + toleranceSeconds',
        replace: 'iat === undefined && exp < seconds',
      },
      {
        breaks: 'tokens without an id are all the same',
        find: "text.slice(0, text.lastIndexOf('.'))",
        replace: "text.slice(0, text.indexOf('.'))",
      },
    ],
  ),
  ...plantedIn(
    'src/identity/workloads/admission.ts',
    [keyless],
    [
      {
        breaks: 'the keys of an unknown issuer are asked for',
        find: 'const byKeys = [...Map.groupBy(',
        replace: "const byKeys = [...(rules.length === 0 ? [['', rules] as const] : []), ...Map.groupBy(",
      },
      {
        breaks: 'a rule lets in what it does not match',
        find: 'verdict.matches ? [rule] : []',
        replace: 'verdict.matches || rule.enabled ? [rule] : []',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/workloads/condition.ts',
    ['test/identity/workloads/condition.test.ts'],
    [
      {
        breaks: 'a condition has loops in loops',
        find: "  if (sight.isInLoop) return { kind: 'loop-in-loop', name }\n",
        replace: '',
      },
      {
        breaks: 'a condition calls any function',
        find: "  if (!functions.has(name)) return { kind: 'function-unknown', name }\n",
        replace: '',
      },
      {
        breaks: 'a condition need not be a comparison',
        find: "if (type !== 'bool')",
        replace: "if (type === 'string')",
      },
    ],
  ),
]
