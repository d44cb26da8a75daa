import { readdirSync } from 'node:fs';
import type { AgentStatus } from '@meshrs/contract';
import { parseAddress } from '@meshrs/network';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { machineClock } from '../../src/async/clock.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log/log.ts';

/*
 * The agent's HTTP in a process of its own: `node serve.ts ADDRESS SESSIONS`, with so many sessions in /status. It tells its
 * parent when it listens, and at each message what memory it has and how often it made an answer.
 */
const [, , address = '', sessions] = process.argv;
const made = { status: 0, lines: 0 };
const list = Array.from({ length: Number(sessions) }, (_, index) => ({
  address: parseAddress(`10.0.${String(index >> 8)}.${String(index & 255)}`) ?? servingStatus.agent.address,
  group: 'MESHRR-CLIENTS',
  kind: 'range-client' as const,
  state: 'established' as const,
  uptimeSeconds: index,
  establishedCount: 1,
  droppedCount: 0,
  receivedMessages: index,
  receivedPrefixes: 100,
  sentPrefixes: 100,
  endOfRib: { received: true, sent: true },
  lastResetReason: 'Waiting for peer OPEN (n/a)',
}));
const status: AgentStatus = { ...servingStatus, sessions: { kind: 'read', ageMs: 0, list, passedOver: [] } };
const metrics = createMetrics();
void startHttpServer({
  inside: undefined,
  address,
  log: createLog({ write: () => (made.lines += 1), secrets: [], base: {} }),
  clock: machineClock,
  readiness: () => status.readiness,
  updateReadiness: () => undefined,
  status: () => {
    made.status += 1;
    return Promise.resolve(status);
  },
  away: () => [],
  changes: () => 0,
  metrics,
  droppedLogLines: () => 0,
}).then(() => process.send?.('listens'));
process.on('message', () => {
  void metrics.render(status, 0).then((text) => {
    const refused = text.split('\n').filter((line) => /^meshrs_http_refused_total.* [1-9]/.test(line));
    const files = readdirSync('/proc/self/fd').length;
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / 1000;
    process.send?.({ residentMiB: process.memoryUsage.rss() / 2 ** 20, files, cpuMs, ...made, refused });
  });
});
process.on('disconnect', () => process.exit());
