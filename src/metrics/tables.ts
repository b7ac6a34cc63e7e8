/** What a backup does with the tables of metrics (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'

export const metricsTables: readonly TableDeclaration[] = [{ name: 'event_counts', key: ['type', 'object_type'] }]
