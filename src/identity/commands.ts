/** The commands of identities. */
import type { CommandGroup } from '../../scripts/admin/command.ts'
import { ci } from './workloads/commands.ts'

export const commands: readonly CommandGroup[] = [ci]
