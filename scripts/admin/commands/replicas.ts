/** `replica …`: who votes on the health of the registry and on what is decided, and what to do when they cannot. */
import { path } from '../api.ts'
import { command, flag, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { done, listed, printable } from '../output.ts'
import { joinedReplica, replicaDrill, replicaMembers, replicas, type Replicas } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './account-deletion.ts'

const where = '/api/v0/admin/replicas'

const status = command({
  words: 'replica status',
  summary: 'the replicas, how they are, and whether they have a majority',
  async run(_input, { api }) {
    const found = await (await api()).get(where, replicas)
    const { lines } = listed(
      found.replicas,
      {
        ID: ({ id }) => id,
        LOCATION: ({ location }) => location,
        HEALTHY: ({ healthy }) => healthy,
        // One that is in a drill does not, as one that is lost does not.
        ANSWERS: ({ answers }) => answers,
        REPORTED: ({ reportedAt = '' }) => reportedAt,
        ERROR: ({ error }) => error,
      },
      'There is no replica.',
    )
    return { data: found, lines: [...lines, '', printable(majorityOf(found))], isBad: !found.hasMajority }
  },
})

const join = command({
  words: 'replica join',
  summary: 'a fresh replica becomes a member',
  options: { location: value('HINT', 'weur, enam, apac, eeur, wnam, oc or sam; else where none of the others is') },
  async run(input, { api }) {
    const location = input.text('location')
    const body = location === undefined ? {} : { location }
    const made = await (await api()).send('POST', where, body, joinedReplica)
    return done(`The replica ${made.id} in ${made.location} has joined: there are ${made.members.length}.`, made)
  },
})

const remove = command({
  words: 'replica remove',
  summary: 'a replica is a member no more, for ever',
  arguments: ['ID'],
  options: yesOption,
  async run(input, { api }) {
    const id = input.argument('ID')
    const registry = await api()
    await confirm(id, `Removing the replica ${id}`, input.flag('yes'))
    const left = await registry.send('DELETE', path`/api/v0/admin/replicas/${id}`, undefined, replicaMembers)
    return done(`Removed the replica ${id}: ${left.members.length} are left.`, left)
  },
})

const emergencyRepair = command({
  words: 'replica emergency-repair',
  summary: 'makes one replica the whole cluster, when the majority is lost for good',
  arguments: ['ID'],
  options: { ...yesOption, force: flag('also while a majority is healthy') },
  async run(input, { api }) {
    const id = input.argument('ID')
    const registry = await api()
    await confirm(id, `Evicting all replicas but ${id}`, input.flag('yes'))
    const target = path`/api/v0/admin/replicas/${id}/emergency_repair`
    const made = await registry.send('POST', target, { force: input.flag('force') }, replicaMembers)
    return done(`${id} is the one replica of epoch ${made.epoch}: let others join it.`, made)
  },
})

const drill = command({
  words: 'replica drill',
  summary: 'takes a replica out of service for a while, to practise',
  arguments: ['ID'],
  options: { minutes: value('NUMBER', 'for how long, 10 unless said and at most 1440; 0 ends the drill') },
  async run(input, { api }) {
    const id = input.argument('ID')
    const minutes = input.number('minutes') ?? 10
    if (minutes > 1440) throw new UsageError('--minutes must be 1440 or less')
    const target = path`/api/v0/admin/replicas/${id}/drill`
    const made = await (await api()).send('POST', target, { seconds: minutes * 60 }, replicaDrill)
    const what = made.until === undefined ? 'back in service' : `out of service until ${made.until}`
    return done(`The replica ${id} is ${what}.`, made)
  },
})

export const replicaCommands: readonly Command[] = [status, join, remove, emergencyRepair, drill]

function majorityOf({ healthy, majority, hasMajority, error, replicas: { length } }: Replicas): string {
  return hasMajority
    ? `${healthy} of ${length} are healthy, and ${majority} must be: there is a majority.`
    : `There is no majority, so nothing can be changed: ${error}.`
}
