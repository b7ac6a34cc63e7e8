/** Arbitrary paths: matching them to an endpoint costs little, however long they are. */
import { expect, it } from 'vitest'
import { problemOf, send } from '../support/client.ts'

const many = 'a/'.repeat(7000)

it.each([
  ['/v2/', 'tags/list', 'NAME_INVALID'],
  ['/v2/', 'blobs/uploads/', 'NAME_INVALID'],
  ['/api/v0/repositories/', 'tags', 'INVALID_PARAMETERS'],
  ['/', '', 'NAME_INVALID'],
])('a path of thousands of parts below %s never gets to the router', async (start, end, expected) => {
  const response = await send('GET', `${start}${many}${end}`)
  expect(response.status).toBe(414)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  const { code, message } = await problemOf(response)
  expect(code).toBe(expected)
  expect(message).toContain('longer than 2048 characters')
})

it('the longest names are found, also with each character written as %xx', async () => {
  const encoded = (text: string): string => Array.from(text, (one) => `%${one.charCodeAt(0).toString(16)}`).join('')
  const response = await send('GET', `/v2/${encoded(`acme/${'x'.repeat(250)}`)}/manifests/${encoded('x'.repeat(128))}`)
  expect(response.status).toBe(401)
})
