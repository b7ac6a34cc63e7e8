/** How users and organizations are deleted. */
import { path, Refusal, type Api } from '../api.ts'
import { flag, type Input } from '../command.ts'
import { done, type Output } from '../output.ts'
import { confirm } from '../terminal.ts'

export const yesOption = { yes: flag('does not ask whether you are sure') }

export const deletionOptions = {
  'with-repositories': flag('deletes all repositories in that namespace too'),
  ...yesOption,
}

/** @param what for the question: "the user alice" */
export async function deleteAccount(
  api: Api,
  name: string,
  what: string,
  input: Input<never, keyof typeof deletionOptions>,
): Promise<Output> {
  const withRepositories = input.flag('with-repositories')
  const whole = withRepositories ? `${what} with all repositories` : what
  await confirm(name, `Deleting ${whole}`, input.flag('yes'))
  const where = withRepositories ? path`/api/v0/accounts/${name}` : path`/enzi/v0/accounts/${name}`
  await api.order('DELETE', where).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'ACCOUNT_HAS_REPOSITORIES') throw error
    throw new Refusal(`${name} still has repositories: delete them first, or use --with-repositories`, error.code)
  })
  return done(`Deleted ${whole}.`)
}
