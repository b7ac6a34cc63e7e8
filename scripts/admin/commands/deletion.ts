/** The deletion of users and organizations. */
import { Refusal, type Api } from '../api.ts'
import { flag, type Values } from '../command.ts'
import { done, type Output } from '../output.ts'
import { confirm } from '../terminal.ts'

export const yesOption = { yes: flag('do not ask for confirmation') }

export const deletionOptions = {
  withRepositories: flag('delete all repositories in that namespace too'),
  ...yesOption,
}

/** Deletes an account after a question. @param what for the question: "the user alice" */
export async function deleteAccount(
  api: Api,
  name: string,
  what: string,
  { withRepositories, yes }: Values<typeof deletionOptions>,
): Promise<Output> {
  const all = withRepositories ? `${what} with all repositories` : what
  await confirm(name, `Deleting ${all}`, yes)
  const deleted = withRepositories
    ? api.DELETE('/api/v0/accounts/{namespace}', { params: { path: { namespace: name } } })
    : api.DELETE('/enzi/v0/accounts/{accountNameOrID}', { params: { path: { accountNameOrID: name } } })
  await deleted.catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'ACCOUNT_HAS_REPOSITORIES') throw error
    throw new Refusal(
      `${name} still has repositories: delete them first, or use --with-repositories`,
      error.code,
      error.status,
    )
  })
  return done(`Deleted ${all}.`)
}
