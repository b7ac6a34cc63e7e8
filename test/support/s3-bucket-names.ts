/** The bucket of a runtime of tests, counted from 1: two that run at the same time do not see each other's objects. */
export const bucketOf = (runtime: number): string => `backups-elsewhere-${runtime}`
