/** The list of planted bugs, area by area. A new one is a new entry in the file of its area. */
import { collector } from './collector.ts'
import { jobs } from './jobs.ts'
import type { Mutation } from './mutation.ts'
import { pruning } from './pruning.ts'
import { replicas } from './replicas.ts'

export const areas: Readonly<Record<string, readonly Mutation[]>> = { collector, jobs, pruning, replicas }
