import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { milliseconds, type Benchmark } from '@meshrs/bench';
import { labels, ports } from '@meshrs/contract';
import { nothingRemembered } from '@meshrs/gate';
import { addressAt, rangeOf, type IpAddress } from '@meshrs/network';
import { prefix } from '@meshrs/network/test-data';
import { createFleetReader } from '../src/fleet/fleet-reader.ts';
import { look } from '../src/gate/look.ts';
import { askAll } from '../src/hold/ask-all.ts';
import { findAbsentClients } from '../src/readiness/absent-clients.ts';

/** Agents that take a connection and say nothing: how long the first look of those takes who ask them all. */
const count = 500;
const runs = 3;
const signal = new AbortController().signal;
const range = rangeOf(prefix('127.77.0.0/16'));
const addresses: readonly IpAddress[] = Array.from({ length: count }, (_, index) => BigInt(index + 1)).flatMap(
  (offset) => addressAt(range, offset) ?? [],
);

let standing: Promise<Stand> | undefined;

interface Stand {
  readonly remove: () => Promise<void>;
}

async function makeSilent(): Promise<Stand> {
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    addresses.map(async (host): Promise<Server> => {
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      });
      server.listen(ports.agent, host);
      await once(server, 'listening');
      return server;
    }),
  );
  return {
    remove: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
}

const pods = addresses.map((podIP, index) => ({
  metadata: {
    ...{ name: `routeserver-b-${String(index)}`, uid: String(index), labels: { [labels.side]: 'b' } },
    ownerReferences: [{ kind: 'StatefulSet', name: 'routeserver-b', controller: true }],
  },
  status: { podIP },
}));

/** A StatefulSet, or a ConfigMap, of which nothing is known. */
const anyObject = { metadata: { name: 'x' }, spec: {}, data: {} };

export const benchmarks: readonly Benchmark[] = [
  of('the first question of a drain by hand', () =>
    askAll(addresses, {
      agents: createFleetReader(),
      ...{ said: new Map(), silent: new Set(), listening: new Set<string>(), now: () => performance.now(), signal },
    }),
  ),
  of('the first look of an agent that waits for clients', () =>
    findAbsentClients({
      ...{ routeServers: addresses, about: 'all', memory: nothingRemembered, agents: createFleetReader(), signal },
      ownSessions: () => Promise.resolve([]),
    }),
  ),
  {
    ...of('a look of a gate', async () => {
      const sides = [{ name: 'b', statefulSets: ['routeserver-b'], settings: 'routeserver-b-settings' }];
      const seen = await look(
        {
          getDated: (path) =>
            Promise.resolve({ value: path.includes('/pods?') ? { items: pods } : anyObject, dateMs: 0 }),
          close: () => undefined,
        },
        'meshrr',
        { next: 'b', timeoutSeconds: 60, selector: 'app=x', allowMissing: [], sides },
        { agents: createFleetReader(), memory: nothingRemembered, signal },
      );
      if (seen.routeServers.length !== count) throw new Error('The gate does not see them all.');
    }),
    tearDown: async () => {
      const ending = await standing;
      standing = undefined;
      await ending?.remove();
    },
  },
];

function of(figure: string, work: () => Promise<unknown>): Benchmark {
  return {
    ...{ name: `${String(count)} agents that are silent: ${figure}`, unit: 's', wanted: '≤ 10 s', runs },
    sample: async () => {
      standing ??= makeSilent();
      await standing;
      return (await milliseconds(work)) / 1000;
    },
  };
}
