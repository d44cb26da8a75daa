import { agentPaths, ports, type BgpSession } from '@meshrs/contract';
import { address as at } from '@meshrs/network/test-data';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { waitFor } from '@meshrs/test-kit/wait';
import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { answersOf } from '../../test/scale/fake-agent.ts';
import { createClientWatch } from './client-watch.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const client = '192.0.2.1';
const session: BgpSession = {
  ...{ address: at(client), kind: 'range-client', state: 'established', uptimeSeconds: 1 },
  ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 3, receivedPrefixes: 20, sentPrefixes: 1 },
  endOfRib: { received: true, sent: true },
};

/** A watch beside one agent that has one client, and as many addresses of it as are asked for. */
async function watch(options: { readonly everyMs: number; readonly count?: number }) {
  const address = anyLoopbackAddress();
  const answers = answersOf({
    ...{ address, pod: 'rs-1', settingsRevision: 'x' },
    clients: [{ firstAddress: client, firstAsn: 65001, count: 1 }],
  });
  const world = { sessions: [] as readonly BgpSession[], nowMs: 0, asked: [] as string[], looks: 0 };
  const server = createServer((request, response) => {
    world.asked.push(`${request.url ?? ''} ${request.headers['if-none-match'] === undefined ? 'whole' : 'if new'}`);
    void answers[agentPaths.clients]?.(request.headers['if-none-match']).then(({ status, body, tag, fields }) => {
      response.writeHead(status, { ...(tag !== undefined && { etag: tag }), ...fields }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(ports.agent, address, resolve));
  const stopping = new AbortController();
  cleanups.push(() => {
    stopping.abort();
    server.close();
    server.closeAllConnections();
  });
  const made = createClientWatch({
    isWaiting: () => true,
    routeServers: () => Array.from({ length: options.count ?? 1 }, () => at(address)),
    ownSessions: () => Promise.resolve(world.sessions),
    lastSessions: () => world.sessions,
    onLook: () => {
      world.looks += 1;
    },
    everyMs: options.everyMs,
    now: () => world.nowMs,
    signal: stopping.signal,
  });
  made.request();
  await looksBecome(world, 1);
  return { watch: made, world };
}

function looksBecome(world: { readonly looks: number }, count: number): Promise<unknown> {
  return waitFor(
    `look ${String(count)}`,
    () => world.looks,
    (looks) => looks === count,
    10_000,
  );
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 150));

it('looks again at once when those that were missing are here, and not before', async () => {
  const { watch: watching, world } = await watch({ everyMs: 60_000 });
  expect(watching.absent()).toEqual([client]);

  world.nowMs = 20_000;
  watching.request();
  await soon();
  expect(world.looks).toBe(1);

  world.sessions = [session];
  watching.request();
  await looksBecome(world, 2);
  expect(watching.absent()).toEqual([]);
  // Who has nothing new says that, and no more.
  expect(world.asked).toEqual(['/clients whole', '/clients if new']);
});

it('does not look again so soon while a third of the time is not over', async () => {
  const { watch: watching, world } = await watch({ everyMs: 60_000 });
  world.sessions = [session];
  world.nowMs = 19_000;
  watching.request();
  await soon();
  expect(world.looks).toBe(1);
});

it('looks less often the more route servers there are', async () => {
  const { watch: watching, world } = await watch({ everyMs: 1, count: 30 });
  world.sessions = [session];
  // A third of 30 times 40 ms is 400 ms.
  world.nowMs = 399;
  watching.request();
  await soon();
  expect(world.looks).toBe(1);
  world.nowMs = 400;
  watching.request();
  await looksBecome(world, 2);
});

it('forgets what it was told once nobody waits', async () => {
  const { watch: watching, world } = await watch({ everyMs: 1 });
  watching.forget();
  expect(watching.absent()).toBeUndefined();
  watching.request();
  await waitFor(
    'a whole answer',
    () => world.asked.slice(1),
    (asked) => asked.includes('/clients whole'),
    10_000,
  );
});
