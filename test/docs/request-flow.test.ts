/** `docs/request-flow.md` is true: its two tables are played, request by request. */
import { beforeEach, expect, it } from 'vitest'
import { header, type Send } from '../support/client.ts'
import { contentOf, digestOf, json, type Bytes } from '../support/content.ts'
import { countingClient, type Counting } from '../support/counting.ts'
import { anAccount } from '../support/people.ts'

const pages = import.meta.glob<string>('../../docs/request-flow.md', { query: '?raw', import: 'default', eager: true })
const [page = ''] = Object.values(pages)

interface Step {
  readonly request: string
  readonly answer: number
  readonly classA: number
  readonly classB: number
  readonly roundTrips: number
  readonly writes: number
}

/** The rows of the table below a heading. */
function stepsBelow(heading: string): Step[] {
  const [, section = ''] = page.split(`\n## ${heading}`)
  const [table = ''] = section.split('\n## ')
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((row) => {
    const [, request = '', ...figures] = row.split('|').map((cell) => cell.trim())
    const [answer = 0, classA = 0, classB = 0, roundTrips = 0, writes = 0] = figures.slice(0, 5).map(Number)
    return { request: request.replaceAll('`', ''), answer, classA, classB, roundTrips, writes }
  })
}

const name = 'alice/app'
const password = 'password of alice'
const layer = contentOf(50_000, 1)
const config = json({ architecture: 'amd64', os: 'linux' })
const mediaType = 'application/vnd.oci.image.manifest.v1+json'

let counting: Counting

beforeEach(async () => {
  await anAccount('alice', password)
  counting = countingClient('')
  await logIn(counting.anonymous, 'pull')
  await counting.settle()
})

const logIn = (client: Send, actions: string): Promise<Response> =>
  client('GET', `/auth/token?scope=repository:${name}:${actions}`, {
    headers: { authorization: `Basic ${btoa(`alice:${password}`)}` },
  })

async function manifestOf(): Promise<Bytes> {
  const descriptor = async (content: Bytes, type: string) => ({
    mediaType: type,
    digest: await digestOf(content),
    size: content.length,
  })
  return json({
    schemaVersion: 2,
    mediaType,
    config: await descriptor(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [await descriptor(layer, 'application/vnd.oci.image.layer.v1.tar')],
  })
}

/** Plays the requests of Docker in their order. */
async function play(steps: readonly Step[], actions: string): Promise<Step[]> {
  const manifest = await manifestOf()
  const contents: Record<string, Bytes> = { layer, config }
  let token = ''
  let location = ''
  let sent: Bytes = layer
  const send = async (request: string): Promise<Response> => {
    const [method = '', ...words] = request.split(' ')
    const what = words.join(' ')
    const headers = { authorization: `Bearer ${token}` }
    const content = contents[what]
    if (what === '/v2/') return counting.anonymous('GET', '/v2/')
    if (what === '/auth/token') return logIn(counting.anonymous, actions)
    if (what === 'upload') return counting.anonymous('POST', `/v2/${name}/blobs/uploads/`, { headers })
    if (what === 'upload with a digest') {
      return counting.anonymous('PUT', `${location}?digest=${await digestOf(sent)}`, { headers })
    }
    if (what === 'manifest by tag' && method === 'PUT') {
      const typed = { ...headers, 'content-type': mediaType }
      return counting.anonymous('PUT', `/v2/${name}/manifests/latest`, { headers: typed, body: manifest })
    }
    if (what === 'manifest by tag') return counting.anonymous(method, `/v2/${name}/manifests/latest`, { headers })
    if (what === 'manifest by digest') {
      return counting.anonymous(method, `/v2/${name}/manifests/${await digestOf(manifest)}`, { headers })
    }
    if (content === undefined) throw new Error(`docs/request-flow.md has a request that no test plays: ${request}`)
    if (method !== 'PATCH') {
      return counting.anonymous(method, `/v2/${name}/blobs/${await digestOf(content)}`, { headers })
    }
    sent = content
    return counting.anonymous('PATCH', location, { headers, body: new Response(content).body })
  }
  const played: Step[] = []
  for (const { request } of steps) {
    counting.reset()
    const response = await send(request)
    const { classA, classB, roundTrips, writes } = counting.counted
    played.push({ request, answer: response.status, classA, classB, roundTrips, writes })
    if (request.endsWith('/auth/token')) ({ token } = await response.json<{ token: string }>())
    if (response.headers.has('location')) location = header(response, 'location')
  }
  return played
}

it('a push and a pull take the steps of the page, at their cost', async () => {
  const [push, pull] = [stepsBelow('`docker push`'), stepsBelow('`docker pull`')]
  expect([push.length, pull.length]).toEqual([11, 6])
  expect(await play(push, 'pull,push')).toEqual(push)
  expect(await play(pull, 'pull')).toEqual(pull)
})
