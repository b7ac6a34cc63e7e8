/** The errors of the administrative APIs: DTR's codes and a plain challenge. */
import { hostOf } from '../app-context.ts'
import type { ErrorForm } from './error-forms.ts'
import { detailOf, problem, retryAfter } from './problem.ts'

export const apiErrors: ErrorForm = {
  answer(error, c) {
    const { status, apiStatus = status, apiCode } = error.type
    const headers =
      apiCode === 'NOT_AUTHENTICATED' ? { 'WWW-Authenticate': `Basic realm="${hostOf(c)}"` } : retryAfter(error)
    return c.json(problem(apiCode, error.message, detailOf(error.failure)), apiStatus, headers)
  },
  defectCode: 'INTERNAL_ERROR',
  hint: 'the paths of the API are listed at /apidocs, and a "/" within the name of a repository is written %2F',
}
