/** Content trust: a Notary v1 server, and one policy for every kind of signature. */
import * as z from 'zod'
import { defineCapability } from '../capability.ts'
import { simpleJobType } from '../jobs/job-type.ts'
import { lazily } from '../util/lazy.ts'
import { bridgeAction, bridgeSlice, makeBridgeJob } from './bridge/job.ts'
import { registryKeyObject } from './bridge/registry-key-store.ts'
import {
  delegateAction,
  delegateAlerts,
  delegateEvents,
  delegateSlice,
  makeDelegateJob,
} from './bridge/delegate-job.ts'
import { bridgeFailures } from './bridge/failures.ts'
import { trustFacet } from './facet.ts'
import { trustFailures } from './failures.ts'
import { trustRows } from './repository-rows-store.ts'
import { trimChangefeed } from './notary/changes-retention.ts'
import { keyAlerts, keysInDanger, makeResealJob, resealAction, resealSlice } from './notary/reseal.ts'
import { trustReadings } from './numbers.ts'
import { judge } from './policy/decision.ts'
import { policyFailures } from './policy/failures.ts'
import { publicKeyObject } from './policy/key-store.ts'
import { signaturePolicyObject } from './policy/policy-store.ts'
import { signerIdentityObject, trustRootObject } from './policy/signer-store.ts'
import { trustDataObject } from './rescue/events-store.ts'
import { rescueFailures } from './rescue/failures.ts'
import { trustSettings } from './settings.ts'
import { factsAction, factsSlice, makeFactsJob } from './signatures/facts-job.ts'
import { admit, notePush } from './signatures/note-push.ts'
import { describeTags, publishedAmong } from './signatures/shown.ts'
import { trustTables } from './tables.ts'

const loadReturn = lazily(() => import('./rescue/repository-return.ts'))

export const trust = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['signature policies', 'signers', 'trust data', 'registry key'],
  objectTypes: [
    signaturePolicyObject,
    publicKeyObject,
    signerIdentityObject,
    trustRootObject,
    registryKeyObject,
    trustDataObject,
  ],
  failures: { ...trustFailures, ...bridgeFailures, ...policyFailures, ...rescueFailures },
  settings: trustSettings,
  tables: trustTables,
  facet: trustFacet,
  contentTrust: { admit, judge, notePush, describeTags, publishedAmong },
  repositoryRows: trustRows,
  repositoryReturn: async () => (await loadReturn()).returnTrustData,
  alerts: async (context) => [...(await keyAlerts(context)), ...(await delegateAlerts(context))],
  sealed: async (context) => (await keysInDanger(context)).needPrevious,
  consumers: { trust_delegate: delegateEvents },
  tasks: [trimChangefeed],
  readings: trustReadings,
  jobTypes: {
    [resealAction]: {
      ...simpleJobType({
        parameters: z.strictObject({}),
        deletes: 'nothing',
        exclusionKey: resealAction,
        isExclusive: true,
        run: resealSlice,
      }),
      makeDueJobs: makeResealJob,
    },
    [bridgeAction]: {
      ...simpleJobType({
        parameters: z.strictObject({}),
        deletes: 'content',
        exclusionKey: bridgeAction,
        isExclusive: true,
        run: bridgeSlice,
      }),
      makeDueJobs: makeBridgeJob,
    },
    [factsAction]: {
      ...simpleJobType({
        parameters: z.strictObject({}),
        deletes: 'nothing',
        exclusionKey: factsAction,
        isExclusive: true,
        run: factsSlice,
      }),
      makeDueJobs: makeFactsJob,
    },
    [delegateAction]: {
      ...simpleJobType({
        parameters: z.strictObject({}),
        deletes: 'nothing',
        exclusionKey: delegateAction,
        isExclusive: true,
        run: delegateSlice,
      }),
      makeDueJobs: makeDelegateJob,
    },
  },
})
