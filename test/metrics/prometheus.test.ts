/** The text formats, as those who parse them know them. */
import { expect, it } from 'vitest'
import { prometheusText } from '../../src/metrics/prometheus.ts'
import { stubStatus } from '../../src/metrics/stub-status.ts'

it('the text of Prometheus escapes labels and helps, and ends each line', () => {
  const text = prometheusText([
    { name: 'a_total', type: 'counter', help: 'one\nline \\', samples: [{ labels: { x: 'q"\\\n' }, value: 1 }] },
    { name: 'b', type: 'gauge', help: 'b', samples: [{ value: 0.5 }] },
  ])
  expect(text).toBe(
    [
      '# HELP a_total one\\nline \\\\',
      '# TYPE a_total counter',
      'a_total{x="q\\"\\\\\\n"} 1',
      '# HELP b b',
      '# TYPE b gauge',
      'b 0.5',
      '',
    ].join('\n'),
  )
})

it('the status of nginx has its trailing spaces', () => {
  expect(stubStatus({ active: 2, requests: 250 })).toBe(
    'Active connections: 2 \nserver accepts handled requests\n 250 250 250 \nReading: 0 Writing: 2 Waiting: 0 \n',
  )
})
