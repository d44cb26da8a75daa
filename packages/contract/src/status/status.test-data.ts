import { address } from '@meshrs/network/test-data';
import type { AgentStatus } from './status.ts';

const at = '2026-11-22T00:00:00.000Z';

/** What an agent writes whose route server serves and has no session yet. */
export const servingStatus: AgentStatus = {
  formatVersion: 2,
  agent: {
    version: 'test',
    startedAt: at,
    now: at,
    pod: 'routeserver-a-0',
    podRevision: '77aa',
    address: address('10.0.0.1'),
    routerId: address('192.168.255.11'),
    logLevel: 'info',
  },
  settings: { file: '/opt/meshrr/conf/meshrr.conf.yml', revision: 'new', readAt: at },
  engine: {
    kind: 'frr',
    isConnected: true,
    since: '2026-11-21T00:00:00.000Z',
    forMs: 86_400_000,
    version: '10.7.1',
    restartCount: 0,
    isApplied: true,
    unknownLines: [],
    unknownLineCount: 0,
    notUnderstood: [],
  },
  readiness: { isReady: true, since: at, reasons: [] },
  drain: { phase: 'serving' },
  groups: [],
  sessions: { kind: 'read', ageMs: 0, list: [], passedOver: [] },
  evictions: [],
  pins: [],
};
