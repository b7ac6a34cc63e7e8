/** The routes of monitoring systems: Prometheus with a login, and nginx's status page without one. */
import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { listConsumers } from '../db/events/consumers.ts'
import { countJobs } from '../db/jobs/job-lists.ts'
import { databaseBytes } from '../db/size.ts'
import { currentReadOnly } from '../replicas/read-only.ts'
import { clusterViewNow } from '../replicas/view-cache.ts'
import type { AppEnv } from '../routes/app-context.ts'
import { freshClusterView } from '../routes/majority.ts'
import { defineRoute } from '../routes/shared/route-access.ts'
import { apiRouter } from '../routes/shared/router.ts'
import { refusals } from '../routes/shared/schemas.ts'
import { counters } from './counters.ts'
import { listEventCounts } from './event-counts-store.ts'
import { eventMetrics } from './event-metrics.ts'
import { metricOf, prometheusText, prometheusType, registryMetrics } from './prometheus.ts'
import { connectionsIn, stubStatus } from './stub-status.ts'

export const api = apiRouter()

const getMetricsRoute = defineRoute({
  access: { administratorsMay: 'see the metrics' },
  method: 'get',
  path: '/admin/metrics',
  tags: ['admin'],
  summary: 'Get metrics in the Prometheus text format',
  description: 'For system administrators.',
  responses: {
    200: { description: 'the metrics', content: { 'text/plain': { schema: z.string() } } },
    ...refusals(401, 403, 503),
  },
})

api.openapi(getMetricsRoute, async function getMetrics(c) {
  const context = c.get('context')
  const { db, now } = context
  const [view, mode, jobs, bytes, events, consumers, readings] = await Promise.all([
    freshClusterView(c),
    currentReadOnly(db, now),
    countJobs(db, [...c.get('jobTypes').keys()]),
    databaseBytes(db),
    listEventCounts(db),
    listConsumers(db),
    Promise.all(c.get('readings').map((read) => read(context))),
  ])
  // What this isolate has counted is reported when its view of the cluster is renewed.
  c.executionCtx.waitUntil(clusterViewNow(c.get('context')).then(() => undefined))
  const all = [
    ...registryMetrics(view, mode.on, jobs, bytes),
    ...eventMetrics(events, consumers),
    ...readings.flat().map(metricOf),
  ]
  return c.text(prometheusText(all), 200, { 'Content-Type': prometheusType })
})

export const open = new Hono<AppEnv>()

open.get('/nginx_status', async function getNginxStatus(c) {
  const view = await clusterViewNow(c.get('context'))
  c.header('Cache-Control', 'no-store')
  return c.text(stubStatus(connectionsIn(view, counters, c.env.REPLICAS)))
})
