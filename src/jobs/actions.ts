/** All that a job can be, under DTR's names. */
import * as z from 'zod'
import { pruneSlice, pruningParameters } from '../pruning/prune.ts'
import { simpleAction, type Action } from './action.ts'
import { gc, onlinegc } from './collection.ts'
import { trimSlice } from './history.ts'
import { failing, sleeping } from './practice.ts'

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['gc', gc],
  ['onlinegc', onlinegc],
  ['onlinegc_joblogs', simpleAction(z.strictObject({}), trimSlice, ['onlinegc_joblogs'])],
  [
    'tag_pruning',
    simpleAction(pruningParameters, ({ db, now, job: { parameters } }, checkpoint) =>
      pruneSlice({ db, now: now(), parameters }, checkpoint),
    ),
  ],
  ['sleep', sleeping],
  ['false', failing],
])

export const actionNames: readonly string[] = [...actions.keys()]

export const findAction = (name: string): Action | undefined => actions.get(name)
