import type { ReadinessReason } from './status/status.ts';

/** Why a route server is not ready (`readiness.reasons` of /status), each in a few words. */
export const readinessReasons = {
  'engine-gone': 'its engine does not answer',
  'settings-not-applied': 'its engine has not been given its settings yet',
  'peers-not-known': 'the source of a mesh group has not said yet who its peers are',
  'mesh-not-converged': 'peers of the mesh have not sent all their routes yet; they are waited for a minute at most',
  'clients-not-known': 'other route servers have not told yet which clients they have',
  'clients-not-back': 'clients that other route servers have are not back here yet',
  'clients-lost': 'clients that it had are with another side alone',
  draining: 'a drain of it was asked for by hand, or is on its way; no session of a client has ended by it yet',
  drained: 'it is drained, or on its way there, or clients are let in again after a drain',
} as const satisfies Readonly<Record<ReadinessReason['kind'], string>>;
