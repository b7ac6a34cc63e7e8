/** `replica …`: the replicas that vote on the health of the registry, and what to do when they have no majority. */
import { answer, type Schemas } from '../api.ts'
import { argument, command, flag, oneOf, whole, type CommandGroup } from '../command.ts'
import { done, listed, printable } from '../output.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'

const locations = [
  'weur',
  'enam',
  'apac',
  'eeur',
  'wnam',
  'oc',
  'sam',
] as const satisfies readonly Schemas['ReplicaLocation'][]

const usualMinutes = 10

const status = command({
  name: 'status',
  summary: 'Show the replicas, their health, and whether they have a majority (ends with 1 without one)',
  example: 'replica status',
  async run(_args, _options, { api }) {
    const found = await answer(api.GET('/api/v0/admin/replicas'))
    const { lines } = listed(
      found.replicas,
      {
        ID: ({ id }) => id,
        LOCATION: ({ location }) => location,
        HEALTHY: ({ healthy }) => healthy,
        // A replica in a drill does not answer, as one that is lost does not.
        ANSWERS: ({ answers }) => answers,
        REPORTED: ({ reportedAt }) => reportedAt,
        ERROR: ({ error }) => error,
      },
      'There are no replicas.',
    )
    return { data: found, lines: [...lines, '', printable(majorityOf(found))], isBad: !found.hasMajority }
  },
})

const join = command({
  name: 'join',
  summary: 'Add a fresh replica to the cluster',
  example: 'replica join --location weur',
  options: { location: oneOf('HINT', locations, 'where it should run; else where no other replica is') },
  async run(_args, { location }, { api }) {
    const body = location === undefined ? {} : { location }
    const made = await answer(api.POST('/api/v0/admin/replicas', { body }))
    return done(`The replica ${made.id} in ${made.location} has joined: there are ${made.members.length}.`, made)
  },
})

const remove = command({
  name: 'remove',
  summary: 'Remove a replica from the cluster for good',
  example: 'replica remove 5f0c2f6a9d3e',
  arguments: { id: argument('ID') },
  options: yesOption,
  async run({ id }, { yes }, { api }) {
    await confirm(id, `Removing the replica ${id}`, yes)
    const left = await answer(api.DELETE('/api/v0/admin/replicas/{id}', { params: { path: { id } } }))
    return done(`Removed the replica ${id}: ${left.members.length} are left.`, left)
  },
})

const emergencyRepair = command({
  name: 'emergency-repair',
  summary: 'Make one replica the whole cluster, when the majority is lost for good',
  example: 'replica emergency-repair 5f0c2f6a9d3e',
  arguments: { id: argument('ID') },
  options: { ...yesOption, force: flag('repair even while a majority is healthy') },
  async run({ id }, { yes, force }, { api }) {
    await confirm(id, `Evicting all replicas but ${id}`, yes)
    const where = '/api/v0/admin/replicas/{id}/emergency_repair'
    const made = await answer(api.POST(where, { params: { path: { id } }, body: { force } }))
    return done(`${id} is the one replica of epoch ${made.epoch}: let others join it.`, made)
  },
})

const drill = command({
  name: 'drill',
  summary: 'Take a replica out of service for a while, to practice',
  example: 'replica drill 5f0c2f6a9d3e --minutes 5',
  arguments: { id: argument('ID') },
  options: {
    minutes: whole('NUMBER', `for how long, at most 1440; else ${usualMinutes}; 0 ends the drill`, {
      least: 0,
      most: 1440,
    }),
  },
  async run({ id }, { minutes = usualMinutes }, { api }) {
    const body = { seconds: minutes * 60 }
    const made = await answer(api.POST('/api/v0/admin/replicas/{id}/drill', { params: { path: { id } }, body }))
    const what = made.until === undefined ? 'back in service' : `out of service until ${made.until}`
    return done(`The replica ${id} is ${what}.`, made)
  },
})

export const replica: CommandGroup = {
  name: 'replica',
  summary: 'Manage the replicas of the registry',
  commands: [status, join, remove, emergencyRepair, drill],
}

function majorityOf({ healthy, majority, hasMajority, error, replicas: { length } }: Schemas['Replicas']): string {
  return hasMajority
    ? `${healthy} of ${length} are healthy, and ${majority} must be: there is a majority.`
    : `There is no majority, so nothing can be changed: ${error}.`
}
