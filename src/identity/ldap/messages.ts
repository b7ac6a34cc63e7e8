/** Messages of a directory (RFC 4511), read with the library. */
import { MessageParser, PagedResultsControl, type BindRequest, type MessageResponse, type SearchRequest } from 'ldapts'
import { entriesOfDirectoryPage } from '../../limits.ts'

export type Request = BindRequest | SearchRequest

/** Parses a whole message, which may answer one of the questions. @throws what the library throws for one that is malformed */
export function parsed(bytes: Uint8Array, questions: ReadonlyMap<string, { message: Request }>): MessageResponse {
  const parser = new MessageParser()
  const messages: MessageResponse[] = []
  const errors: Error[] = []
  parser.on('message', (message) => messages.push(message))
  parser.on('error', (error) => errors.push(error))
  parser.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), new Map(questions))
  const [message] = messages
  if (message === undefined) throw errors[0] ?? new Error('the directory sent half a message')
  return message
}

/** Returns where the next page begins; undefined for an answer without pages, and after the last one. */
export function cookieOf({ controls = [] }: MessageResponse): Buffer | undefined {
  const page = controls.find((control) => control instanceof PagedResultsControl)
  const cookie = page?.value?.cookie
  return cookie?.length === 0 ? undefined : cookie
}

/** Asks for the page of entries that begins at a place; for the first one without it (RFC 2696). */
export const pageFrom = (cookie: Buffer | undefined): PagedResultsControl =>
  new PagedResultsControl({ value: { size: entriesOfDirectoryPage, ...(cookie === undefined ? {} : { cookie }) } })
