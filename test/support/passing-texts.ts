/** What D1 and R2 say when they fail in a way that passes. Without imports, so that tests of real clients read it too. */

/** D1 did not begin what it was asked. */
export const refusedTexts = [
  'D1 DB is overloaded. Too many requests queued.',
  'D1 DB is overloaded. Requests queued for too long.',
  'Internal error while starting up D1 DB storage caused object to be reset.',
  'Cannot resolve D1 DB due to transient issue on remote node.',
] as const

/** D1 may have done it. */
export const interruptedTexts = [
  'Network connection lost.',
  'D1 DB storage operation exceeded timeout which caused object to be reset.',
  'Internal error in D1 DB storage caused object to be reset.',
  'D1 DB exceeded its CPU time limit and was reset.',
  'Isolate Has exceeded Memory Size.',
  "D1 DB's code was updated.",
] as const

export const passingTexts = [...refusedTexts, ...interruptedTexts]

/** R2 may have done it. */
export const passingFaults = [
  'We encountered an internal error. Please try again. (10001)',
  'Service Unavailable (10043)',
  'Please reduce your concurrent request rate for the same object. (10058)',
  'Network connection lost.',
  'Unspecified error (0)',
] as const
