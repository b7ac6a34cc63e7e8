/**
 * Doors of the administrative API for everybody, also without a login, because some repositories are public. What is not
 * listed here is closed: nobody finds out about it before logging in, not even that a request to it is not valid.
 */

/** Paths as they stand in the document, which can be read (GET). */
const openPaths = [
  '/api/v0/index/autocomplete',
  '/api/v0/index/dockersearch',
  '/api/v0/openapi.json',
  '/api/v0/repositories',
  '/api/v0/repositories/{namespace}',
  '/api/v0/repositories/{namespace}/{reponame}',
  '/api/v0/repositories/{namespace}/{reponame}/manifests',
  '/api/v0/repositories/{namespace}/{reponame}/tags',
  '/api/v0/repositories/{namespace}/{reponame}/tags/{reference}',
  '/v1/_ping',
  '/v1/search',
]

const patternOf = (path: string): string => path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')
const pattern = new RegExp(`^(?:${openPaths.map(patternOf).join('|')})$`)

/** @param path of a request, or as it stands in the document */
export const isPublicRoute = (method: string, path: string): boolean =>
  /^(?:get|head)$/i.test(method) && pattern.test(path)
