import type { BgpSession } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { address } from '@meshrs/network/test-data';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { withholdChanges } from '../src/frr/withhold-changes.ts';
import { createPendingChanges } from '../src/hold/pending-changes.ts';
import { keepHeapSmall } from '../src/small-heap.ts';

/*
 * A process of its own, started by many-clients.bench.ts: so many declared clients with sessions have another AS in one commit. Writes what it
 * took of CPU, in milliseconds, and its resident memory at the most, in MiB.
 */
keepHeapSmall();

const count = Number(process.argv[2]);
const at = (index: number) => `10.0.${String((index >> 8) & 255)}.${String(index & 255)}`;
const configOf = (firstAsn: number) =>
  toFrrConfig(
    routeServer(1, {
      clientGroups: [
        clientGroup({
          prefixes: [],
          neighbors: Array.from({ length: count }, (_, index) =>
            declared(`c${String(index)}`, at(index + 1), firstAsn + index),
          ),
        }),
      ],
    }),
  );
const sessions = Array.from({ length: count }, (_, index): BgpSession => ({
  ...{ address: address(at(index + 1)), group: 'MESHRR-CLIENTS', kind: 'declared-client', state: 'established' },
  ...{ uptimeSeconds: 100, establishedCount: 1, droppedCount: 0, receivedMessages: 5 },
  ...{ receivedPrefixes: 1, sentPrefixes: 1, endOfRib: { received: true, sent: true } },
}));
const [running, wanted] = [configOf(70_000), configOf(80_000)];
const before = process.cpuUsage();
const changes = createPendingChanges({ holdMs: () => 120_000, now: () => performance.now() });
const { pending } = withholdChanges(running, wanted, sessions, changes.mayEnd);
const { user, system } = process.cpuUsage(before);
if (pending.length !== count) throw new Error(`${String(pending.length)} of ${String(count)} changes wait.`);
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, mostMiB: process.resourceUsage().maxRSS / 1024 }));
