/** What capabilities tell monitoring systems, beside the metrics of the core. */
import type { Context } from '../context.ts'

/** A number for monitoring systems. */
export interface Reading {
  /** As Prometheus names it: `breakwater_…`, and `…_total` for a counter. */
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly value: number
}

/** Reads the numbers of a capability, without counting rows: monitoring systems ask every few seconds. */
export type ReadingSource = (context: Context) => Promise<readonly Reading[]>
