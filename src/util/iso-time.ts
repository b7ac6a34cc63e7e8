/** Writes a time as DTR does: ISO 8601, in UTC, to the millisecond. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()
