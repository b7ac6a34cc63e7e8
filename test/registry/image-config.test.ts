import { describe, expect, it } from 'vitest'
import { describesImage, dockerfileOf, partsOf, readImageConfig, type Layer } from '../../src/registry/image-config.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'

const digest = `sha256:${'a'.repeat(64)}`
const layer = (name: string): Layer => ({ digest: name, mediaType: 'layer', sizeBytes: 1, urls: [] })
const step = (line: string, isEmpty = false) => ({ line, isEmpty })

describe('the parts of a manifest', () => {
  it('are those of an image or those of an index, by its media type', () => {
    const text = JSON.stringify({
      config: { digest, mediaType: 'application/vnd.docker.container.image.v1+json', size: 7 },
      layers: [{ digest, mediaType: 'layer', size: 3, urls: null }],
      manifests: [
        { digest, platform: { os: 'linux', architecture: 'amd64' } },
        { digest, platform: 7 },
      ],
    })
    const image = partsOf(mediaTypes.dockerImage, text)
    expect(describesImage(image)).toBe(true)
    expect(image).toMatchObject({ layers: [{ digest, sizeBytes: 3, urls: [] }], listed: [] })
    const { listed } = partsOf(mediaTypes.dockerList, text)
    expect(listed).toEqual([
      { digest, platform: { os: 'linux', osVersion: '', architecture: 'amd64' } },
      { digest, platform: undefined },
    ])
  })

  for (const text of [undefined, '', '[]', 'null', '{"layers": 7, "config": {"digest": "x"}}']) {
    it(`are none for ${String(text)}`, () => {
      const parts = partsOf(mediaTypes.image, text)
      expect(parts).toEqual({ config: undefined, layers: [], listed: [] })
      expect(describesImage(parts)).toBe(false)
    })
  }
})

describe('the config of an image', () => {
  it('is as good as absent when clients read it in different ways', () => {
    const history = (item: string) => `{"os":"linux","history":[${item}]}`
    const ambiguous = ['{"os":"linux","OS":"windows"}', '{"os":"linux","os":"windows"}', '{"os":"linux","hiſtory":[]}']
    for (const text of [...ambiguous, history('{"created_by":"a","Created_By":"b"}')]) {
      expect(readImageConfig(text)).toMatchObject({ os: '', steps: [] })
    }
    expect(readImageConfig(history('null'))).toMatchObject({ os: 'linux', steps: [] })
    expect(readImageConfig('{"os":"linux","config":{"Labels":{"a":"1","A":"2"}}}')).toMatchObject({ os: 'linux' })
  })

  it('keeps what makes sense of what is strange', () => {
    const text = JSON.stringify({
      os: 'linux',
      architecture: 'x'.repeat(256),
      created: '0001-01-01T00:00:00Z',
      history: [{ created_by: 7, empty_layer: 'yes' }, { created_by: 'RUN make' }],
    })
    expect(readImageConfig(text)).toEqual({
      os: 'linux',
      osVersion: '',
      architecture: '',
      createdAt: Date.parse('0001-01-01T00:00:00Z'),
      steps: [step(''), step('RUN make')],
    })
    expect(readImageConfig('{"created": "never", "history": "none"}')).toMatchObject({
      createdAt: undefined,
      steps: [],
    })
  })
})

describe('the lines of a Dockerfile', () => {
  const namesOf = (lines: ReturnType<typeof dockerfileOf>): (string | undefined)[] =>
    lines.map((line) => line.layer?.digest)

  it('have their layers in order, steps without a layer left out', () => {
    const lines = dockerfileOf([step('a'), step('b', true), step('c')], [layer('1'), layer('2')])
    expect(lines.map(({ line }) => line)).toEqual(['a', 'b', 'c'])
    expect(namesOf(lines)).toEqual(['1', undefined, '2'])
  })

  it('end with layers that no step tells of, and with steps that have none left', () => {
    expect(namesOf(dockerfileOf([step('a')], [layer('1'), layer('2')]))).toEqual(['1', '2'])
    expect(namesOf(dockerfileOf([step('a'), step('b')], [layer('1')]))).toEqual(['1', undefined])
  })

  it('are no more than an answer can hold', () => {
    const { steps } = readImageConfig(JSON.stringify({ history: Array.from({ length: 1000 }, () => ({})) }))
    const layers = Array.from({ length: 1000 }, (_, at) => layer(String(at)))
    expect(dockerfileOf(steps, layers)).toHaveLength(500)
    expect(dockerfileOf([], layers)).toHaveLength(500)
  })
})
