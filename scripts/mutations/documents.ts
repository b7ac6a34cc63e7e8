/** Manifests as documents: what is refused, and what is read of them. */
import { plantedIn } from './mutation.ts'

export const documents = [
  ...plantedIn(
    'src/registry/manifest-document.ts',
    ['test/registry/manifest-document.test.ts'],
    [
      {
        breaks: 'urls that are empty make a layer optional',
        find: '(urls !== null && urls !== undefined && urls.length > 0)',
        replace: '(urls !== null && urls !== undefined)',
      },
      {
        breaks: 'a layer with urls is needed',
        find: '(urls !== null && urls !== undefined && urls.length > 0) ||\n    ',
        replace: '',
      },
      {
        breaks: 'a layer that is not distributable is needed',
        find: "    mediaType?.includes('.nondistributable.') === true ||\n",
        replace: '',
      },
      {
        breaks: 'a foreign layer is needed',
        find: "=== true ||\n    mediaType?.includes('.rootfs.foreign.') === true",
        replace: '=== true',
      },
      {
        breaks: 'an image may have manifests',
        find: '[mediaTypes.image, fieldsOfIndexes]',
        replace: '[mediaTypes.image, []]',
      },
      {
        breaks: 'a Docker image may have manifests',
        find: '[mediaTypes.dockerImage, fieldsOfIndexes]',
        replace: '[mediaTypes.dockerImage, []]',
      },
      {
        breaks: 'an index may have a config',
        find: '[mediaTypes.index, fieldsOfImages]',
        replace: '[mediaTypes.index, []]',
      },
      {
        breaks: 'a Docker list may have layers',
        find: '[mediaTypes.dockerList, fieldsOfImages]',
        replace: '[mediaTypes.dockerList, []]',
      },
      {
        breaks: 'an artifact may have manifests',
        find: '[...fieldsOfImages, ...fieldsOfIndexes]]',
        replace: 'fieldsOfImages]',
      },
      {
        breaks: 'an index may have layers',
        find: "const fieldsOfImages = ['config', 'layers']",
        replace: "const fieldsOfImages = ['config']",
      },
      {
        breaks: 'the header and the mediaType may differ',
        find: 'known !== undefined && field !== undefined && known !== field',
        replace: 'known !== undefined && field === undefined && known === field',
      },
      {
        breaks: 'the mediaType goes before the header',
        find: 'return known ?? field ?? fallback',
        replace: 'return field ?? fallback',
      },
      {
        breaks: 'the header is compared with its parameters',
        find: "contentType?.split(';')[0]?.trim().toLowerCase()",
        replace: 'contentType?.trim().toLowerCase()',
      },
      {
        breaks: 'the header is compared in its case',
        find: '.trim().toLowerCase()\n  const known',
        replace: '.trim()\n  const known',
      },
      {
        breaks: 'JSON is a type of manifest',
        find: "header === undefined || header === '' || header === 'application/json'",
        replace: "header === undefined || header === ''",
      },
      {
        breaks: 'whatever has no type is an image',
        find: "'manifests' in json ? mediaTypes.index : mediaTypes.image",
        replace: 'mediaTypes.image',
      },
      {
        breaks: 'manifests of schema 1 are taken',
        find: 'schemaVersion: z.literal(2, {',
        replace: 'schemaVersion: z.union([z.literal(1), z.literal(2)], {',
      },
      { breaks: 'a descriptor may have a negative size', find: 'z.int().min(0)', replace: 'z.int()' },
      { breaks: 'a descriptor may have half a byte', find: 'z.int().min(0)', replace: 'z.number().min(0)' },
      { breaks: 'a descriptor may have no size', find: 'z.int().min(0)', replace: 'z.int().min(0).optional()' },
      {
        breaks: 'a descriptor may have any digest',
        find: 'z.string().refine(isDigest, {',
        replace: 'z.string().refine((text): text is Digest => text.length > 0, {',
      },
      {
        breaks: 'a descriptor may have whatever urls',
        find: 'urls: z.array(url).nullish()',
        replace: 'urls: z.array(z.any()).nullish()',
      },
      {
        breaks: 'a subject is not checked',
        find: 'subject: descriptor.nullish(),',
        replace: 'subject: descriptor.partial().nullish().catch(null) as unknown as typeof descriptor,',
      },
      { breaks: 'a subject is lost', find: 'subject: fields.subject?.digest,', replace: 'subject: undefined,' },
      {
        breaks: 'the subject of an artifact is lost',
        find: '...describe(mediaType, check(artifact, json)),\n',
        replace: '...describe(mediaType, check(artifact, json)),\n        subject: undefined,\n',
      },
      {
        breaks: 'annotations may be no texts',
        find: 'const annotations = z.record(z.string(), z.string()).nullish()',
        replace: 'const annotations = z.record(z.string(), z.any()).nullish()',
      },
      {
        breaks: 'a config is not needed',
        find: 'blobs: digestsOf([config, ...own])',
        replace: 'blobs: digestsOf(own)',
      },
      {
        breaks: 'layers are not needed',
        find: 'blobs: digestsOf([config, ...own])',
        replace: 'blobs: digestsOf([config])',
      },
      {
        breaks: 'optional layers are forgotten',
        find: 'optionalBlobs: digestsOf(foreign)',
        replace: 'optionalBlobs: []',
      },
      {
        breaks: 'an index entry without a type is a blob',
        find: 'type === undefined || manifestTypes.includes(type)',
        replace: 'type !== undefined && manifestTypes.includes(type)',
      },
      {
        breaks: 'an index entry of whatever type is a manifest',
        find: 'type === undefined || manifestTypes.includes(type)',
        replace: 'type !== null',
      },
      { breaks: 'blobs of an index are not needed', find: 'blobs: digestsOf(blobs),', replace: 'blobs: [],' },
      {
        breaks: 'manifests of an index are not needed',
        find: 'children: digestsOf(children),',
        replace: 'children: [],',
      },
      {
        breaks: 'blobs of an artifact are not needed',
        find: "blobs: digestsOf(descriptorsIn(json, 'blobs'))",
        replace: "blobs: descriptorsIn(json, 'blobs').length < 0 ? digestsOf([]) : []",
      },
      {
        breaks: 'an image has no type but its artifactType',
        find: 'nonEmpty(fields.artifactType) ?? nonEmpty(config.mediaType)',
        replace: 'nonEmpty(fields.artifactType)',
      },
      {
        breaks: 'the type of an image is that of its config',
        find: 'nonEmpty(fields.artifactType) ?? nonEmpty(config.mediaType)',
        replace: 'nonEmpty(config.mediaType)',
      },
      {
        breaks: 'text that is no UTF-8 is mended',
        find: "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })",
        replace: "new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })",
      },
      {
        breaks: 'a byte order mark is dropped',
        find: "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })",
        replace: "new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })",
      },
      {
        breaks: 'keys of a manifest may look like others',
        find: "  refuseMistakable(json, manifestKeys, { in: 'manifest' })\n",
        replace: '',
      },
      {
        breaks: 'keys of a descriptor may look like others',
        find: "  refuseMistakable(named, descriptorKeys, { in: 'descriptor', field })\n",
        replace: '',
      },
      {
        breaks: 'keys of a platform may look like others',
        find: "  if (isObject(platform)) refuseMistakable(platform, platformKeys, { in: 'platform', field })\n",
        replace: '',
      },
      {
        breaks: 'keys of a subject may look like others',
        find: "['config', 'subject', 'layers', 'manifests', 'blobs']) {",
        replace: "['config', 'layers', 'manifests', 'blobs']) {",
      },
      {
        breaks: 'keys of a config may look like others',
        find: "['config', 'subject', 'layers', 'manifests', 'blobs']) {",
        replace: "['subject', 'layers', 'manifests', 'blobs']) {",
      },
      {
        breaks: "keys of an artifact's blobs may look like others",
        find: "['config', 'subject', 'layers', 'manifests', 'blobs']) {",
        replace: "['config', 'subject', 'layers', 'manifests']) {",
      },
      {
        breaks: 'a list that is an object is empty',
        find: "  if (!Array.isArray(list)) throw invalid({ kind: 'not-a-list', field })\n",
        replace: '  if (!Array.isArray(list)) return []\n',
      },
      {
        breaks: 'a list that is null is refused',
        find: 'json[field] ?? []',
        replace: 'json[field] === undefined ? [] : json[field]',
        tests: ['test/routes/v2/manifests.test.ts'],
      },
      {
        breaks: 'a manifest may have twice as many descriptors',
        find: 'list.length > mostDescriptors',
        replace: 'list.length > 2 * mostDescriptors',
        tests: ['test/limits.test.ts'],
      },
      {
        breaks: 'a manifest may have twice as many annotations',
        find: 'Object.keys(noted).length > mostAnnotations',
        replace: 'Object.keys(noted).length > 2 * mostAnnotations',
        tests: ['test/limits.test.ts'],
      },
      {
        breaks: 'a descriptor may have twice as many urls',
        find: 'urls.length <= mostUrls',
        replace: 'urls.length <= 2 * mostUrls',
        tests: ['test/limits.test.ts'],
      },
    ],
  ),
]
