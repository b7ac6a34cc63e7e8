/** What a manifest may be and what it may not, and what is read of it. */
import { describe, expect, it } from 'vitest'
import { mediaTypes, readManifest } from '../../src/registry/manifest-document.ts'
import { bytesOf, json } from '../support/content.ts'

type Fields = Readonly<Record<string, unknown>>

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`
const layer = (letter: string, fields: Fields = {}): Fields => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digestOf(letter),
  size: 1,
  ...fields,
})
const configType = 'application/vnd.oci.image.config.v1+json'
const config = layer('c', { mediaType: configType })
const child = layer('d', { mediaType: mediaTypes.image })
const subject = layer('e', { mediaType: mediaTypes.image })

const image = { schemaVersion: 2, mediaType: mediaTypes.image, config, layers: [layer('a'), layer('b')] }
const dockerImage = { ...image, mediaType: mediaTypes.dockerImage }
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] }
const dockerList = { ...index, mediaType: mediaTypes.dockerList }
const artifact = { mediaType: mediaTypes.artifact, artifactType: 'application/x.test', blobs: [layer('a')] }

const read = (fields: Fields, contentType?: string) => readManifest(json(fields), contentType)
const refusal = expect.objectContaining({ failure: expect.objectContaining({ kind: 'manifest-invalid' }) })
const expectRefused = (fields: Fields, contentType?: string): void =>
  expect(() => read(fields, contentType)).toThrow(refusal)

/** A good manifest of each kind, with the field that lists what it is made of. */
const kinds: Record<string, { readonly good: Fields; readonly list: string }> = {
  'an image': { good: image, list: 'layers' },
  'a Docker image': { good: dockerImage, list: 'layers' },
  'an index': { good: index, list: 'manifests' },
  'a Docker list': { good: dockerList, list: 'manifests' },
  'an artifact': { good: artifact, list: 'blobs' },
}

const strangeDescriptors: Record<string, unknown> = {
  'that is null': null,
  'that is a text': digestOf('a'),
  'that is a list': [layer('a')],
  'without a digest': layer('a', { digest: undefined }),
  'without a size': layer('a', { size: undefined }),
  'of a negative size': layer('a', { size: -1 }),
  'of half a byte': layer('a', { size: 1.5 }),
  'whose size is a text': layer('a', { size: '1' }),
  'of a digest that is too short': layer('a', { digest: `sha256:${'a'.repeat(63)}` }),
  'of a digest that is too long': layer('a', { digest: `sha256:${'a'.repeat(65)}` }),
  'of a sha512 digest that is too short': layer('a', { digest: `sha512:${'a'.repeat(64)}` }),
  'of a digest in capitals': layer('a', { digest: digestOf('A') }),
  'of a digest that is no number': layer('a', { digest: digestOf('g') }),
  'of another algorithm': layer('a', { digest: `sha1:${'a'.repeat(40)}` }),
  'whose mediaType is a number': layer('a', { mediaType: 1 }),
  'whose urls are a text': layer('a', { urls: 'https://example.com' }),
  'whose urls are numbers': layer('a', { urls: [1] }),
}

for (const [what, { good, list }] of Object.entries(kinds)) {
  describe(what, () => {
    it('is read', () => {
      expect(read(good).mediaType).toBe(good['mediaType'])
      expect(read({ ...good, subject, annotations: { a: 'b' } })).toMatchObject({
        subject: digestOf('e'),
        annotations: { a: 'b' },
      })
    })

    const otherLists = ['config', 'layers', 'manifests'].filter((field) => !(field in good))
    const bad: Record<string, Fields> = {
      // An artifact has no schema (OCI image-spec 1.1-rc4), so a number there means nothing.
      ...(what === 'an artifact' ? {} : { 'of another schema': { schemaVersion: 1 } }),
      'whose schema is a text': { schemaVersion: '2' },
      'of half a schema': { schemaVersion: 2.5 },
      'whose list is an object': { [list]: { 0: layer('a') } },
      'whose list is a text': { [list]: 'a' },
      'whose annotations are a list': { annotations: ['a'] },
      'whose annotations are a text': { annotations: 'a' },
      'with an annotation that is a number': { annotations: { a: 1 } },
      'with an artifactType that is a number': { artifactType: 1 },
      ...Object.fromEntries(
        otherLists.map((field) => [`with ${field}`, { [field]: field === 'config' ? config : [child] }]),
      ),
      ...Object.fromEntries(otherLists.map((field) => [`with ${field} that is null`, { [field]: null }])),
    }
    for (const [how, fields] of Object.entries(bad)) {
      it(`is refused ${how}`, () => {
        expectRefused({ ...good, ...fields })
      })
    }

    for (const [how, descriptor] of Object.entries(strangeDescriptors)) {
      it(`is refused with an entry ${how}`, () => {
        expectRefused({ ...good, [list]: [descriptor] })
        if (descriptor !== null) expectRefused({ ...good, subject: descriptor })
      })
    }

    it('is refused when its Content-Type is that of any other', () => {
      const others = Object.values(mediaTypes).filter((type) => type !== good['mediaType'])
      for (const type of others) expectRefused(good, type)
    })

    it('is the same with its Content-Type, with parameters, in capitals, as JSON, and without one', () => {
      const type = String(good['mediaType'])
      const headers = [type, `${type}; charset=utf-8`, type.toUpperCase(), 'application/json', '', undefined]
      for (const contentType of headers) expect(read(good, contentType)).toEqual(read(good))
      expect(read({ ...good, mediaType: undefined }, type)).toEqual(read(good))
    })

    it('is refused when it is not UTF-8, or begins with a byte order mark', () => {
      const text = JSON.stringify({ ...good, note: 'a' })
      expect(() => readManifest(bytesOf(`\ufeff${text}`), undefined)).toThrow(refusal)
      const broken = bytesOf(text)
      broken[text.lastIndexOf('a')] = 0xff
      expect(() => readManifest(broken, undefined)).toThrow(refusal)
    })
  })
}

describe('an image', () => {
  it('needs its config and its layers', () => {
    expect(read(image)).toMatchObject({
      blobs: [digestOf('c'), digestOf('a'), digestOf('b')],
      optionalBlobs: [],
      children: [],
    })
  })

  for (const [how, descriptor] of Object.entries({ ...strangeDescriptors, 'that is absent': undefined })) {
    it(`is refused with a config ${how}`, () => {
      expectRefused({ ...image, config: descriptor })
    })
  }

  const elsewhere: Record<string, Fields> = {
    'has urls': { urls: ['https://example.com'] },
    'is not distributable': { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' },
    'is foreign': { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
  }
  for (const [why, fields] of Object.entries(elsewhere)) {
    it(`does not need a layer that ${why}, and needs its config all the same`, () => {
      expect(read({ ...image, layers: [layer('a', fields), layer('b')] })).toMatchObject({
        blobs: [digestOf('c'), digestOf('b')],
        optionalBlobs: [digestOf('a')],
      })
      expect(read({ ...image, config: { ...config, ...fields } }).blobs).toContain(digestOf('c'))
    })
  }

  it('needs a layer whose urls are empty or null', () => {
    for (const urls of [[], null]) {
      expect(read({ ...image, layers: [layer('a', { urls })] })).toMatchObject({
        blobs: [digestOf('c'), digestOf('a')],
        optionalBlobs: [],
      })
    }
  })

  it('names each blob once', () => {
    expect(read({ ...image, layers: [layer('a'), layer('a'), layer('c')] }).blobs).toEqual([
      digestOf('c'),
      digestOf('a'),
    ])
  })

  it('is of its artifactType, or else of the type of its config', () => {
    expect(read(image).artifactType).toBe(configType)
    expect(read({ ...image, artifactType: '' }).artifactType).toBe(configType)
    expect(read({ ...image, artifactType: 'application/x.test' }).artifactType).toBe('application/x.test')
    expect(read({ ...image, config: { ...config, mediaType: '' } }).artifactType).toBeUndefined()
  })
})

describe('an index', () => {
  it('needs the manifests that it lists, of whatever type a manifest has, and those without a type', () => {
    for (const mediaType of [...Object.values(mediaTypes), undefined]) {
      expect(read({ ...index, manifests: [layer('d', { mediaType })] })).toMatchObject({
        children: [digestOf('d')],
        blobs: [],
        optionalBlobs: [],
      })
    }
  })

  it('needs as blobs what is no manifest by its type, whatever urls it has', () => {
    const entry = layer('a', { urls: ['https://example.com'] })
    expect(read({ ...index, manifests: [entry, child] })).toMatchObject({
      children: [digestOf('d')],
      blobs: [digestOf('a')],
      optionalBlobs: [],
    })
  })

  it('is of its artifactType alone', () => {
    expect(read(index).artifactType).toBeUndefined()
    expect(read({ ...index, artifactType: 'application/x.test' }).artifactType).toBe('application/x.test')
  })
})

describe('an artifact', () => {
  it('needs its blobs, and is about its subject', () => {
    expect(read({ ...artifact, subject })).toMatchObject({
      mediaType: mediaTypes.artifact,
      artifactType: 'application/x.test',
      subject: digestOf('e'),
      blobs: [digestOf('a')],
      optionalBlobs: [],
      children: [],
    })
  })
})

describe('a manifest without a media type', () => {
  it('is known by its shape', () => {
    expect(read({ ...index, mediaType: undefined }).mediaType).toBe(mediaTypes.index)
    expect(read({ ...image, mediaType: undefined }).mediaType).toBe(mediaTypes.image)
    expect(read({ ...image, mediaType: undefined }, 'application/json').mediaType).toBe(mediaTypes.image)
  })

  it('is refused when its shape is that of both', () => {
    expectRefused({ ...image, ...index, mediaType: undefined })
  })

  it('is refused when its Content-Type is none of a manifest', () => {
    for (const type of ['application/octet-stream', 'text/plain', configType]) {
      expectRefused({ ...image, mediaType: undefined }, type)
    }
  })
})

describe('keys that clients would take for others', () => {
  const strange: Record<string, Fields> = {
    'of the manifest': { ...image, LAYERS: [] },
    'of its config': { ...image, config: { ...config, Digest: digestOf('a') } },
    'of a layer': { ...image, layers: [{ ...layer('a'), Size: 2 }] },
    'of its subject': { ...image, subject: { ...subject, DIGEST: digestOf('a') } },
    'of an entry of an index': { ...index, manifests: [{ ...child, MediaType: 'a/b' }] },
    'of a blob of an artifact': { ...artifact, blobs: [{ ...layer('a'), URLs: [] }] },
    'of a platform': { ...index, manifests: [{ ...child, platform: { OS: 'linux' } }] },
  }
  for (const [where, fields] of Object.entries(strange)) {
    it(`are refused as keys ${where}`, () => {
      expectRefused(fields)
    })
  }
})
