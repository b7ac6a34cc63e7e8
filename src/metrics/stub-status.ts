/** nginx's `stub_status`, byte for byte, as those who watched DTR's front end parse it. */

export interface Connections {
  /** Requests under way: connections are not the registry's, but of the platform in front of it. */
  readonly active: number
  readonly requests: number
}

export function stubStatus({ active, requests }: Connections): string {
  return [
    `Active connections: ${active} `,
    'server accepts handled requests',
    ` ${requests} ${requests} ${requests} `,
    `Reading: 0 Writing: ${active} Waiting: 0 `,
    '',
  ].join('\n')
}
