import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import { sightOf } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { address, prefix } from '@meshrs/network/test-data';
import type { FrrConfig } from '@meshrs/router-config/frr';
import { pinnedIn } from '@meshrs/router-config/route-server/frr';
import { describe, expect, it } from 'vitest';
import { createClosingRecord } from '../engine/closing-record.ts';
import { createPinKeeper } from '../engine/pin-keeper.ts';
import { knownForMs, mostListed } from '../engine/recent-clients.ts';
import { desiredConfig, renderIntent } from './desired-config.ts';
import { rangesToRun } from './ranges-to-run.ts';
import { createStartFile } from './start-file.ts';

const intent = routeServer(1, {
  meshGroups: [],
  clientGroups: [clientGroup({ maximumPrefixes: 1000, prefixes: [prefix('10.0.0.0/8')] })],
});
const asked = { intent, config: renderIntent(intent) };
const sight = sightOf(intent);

/** A bgpd with an agent, by their configurations alone. */
function start() {
  const world = { nowMs: 0, running: asked.config };
  let written: FrrConfig = asked.config;
  const runs = {
    save: (toStart: (running: FrrConfig) => FrrConfig) => {
      written = toStart(world.running);
      return Promise.resolve();
    },
  };
  const agent = () => {
    const file = createStartFile(runs, () => world.nowMs);
    const pins = createPinKeeper({ maximum: 1000, record: createClosingRecord() });
    const meet = () => {
      pins.takeOver(pinnedIn(world.running.router), world.nowMs);
      pins.review(sight, rangesToRun(world.running, asked.config), world.nowMs);
      const drain = { isGracefulShutdown: false };
      world.running = desiredConfig(world.running, file.knowing({ asked, evictions: [], pins: pins.list(), drain }));
    };
    meet();
    return {
      file,
      meet,
      look: (established: readonly IpAddress[]) => {
        const peers = established.map((each) => ({ address: each, state: 'established' as const }));
        file.seeing({ peers, routerIds: new Map(), range: { neighbors: [], limit: 5000 } });
      },
    };
  };
  return {
    world,
    agent,
    /** bgpd ends, and starts with its file. */
    restart: async ({ file, meet }: ReturnType<typeof agent>) => {
      await file.save();
      world.running = written;
      meet();
    },
    neighbors: () => (world.running.router?.neighbors ?? []).map((each) => each.address),
  };
}

const of = (round: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    address(`10.${String(round)}.${String(index >> 8)}.${String(index & 255)}`),
  );

describe('the neighbors that a bgpd is started with', () => {
  it('are no more than are listed, however often it ends, and those who came last', async () => {
    const { world, agent, restart, neighbors } = start();
    const one = agent();
    for (let round = 1; round <= 5; round++) {
      for (const each of of(round, 1000)) one.file.began(each);
      await restart(one);
      expect(neighbors().length).toBeLessThanOrEqual(mostListed);
      expect(new Set(neighbors())).toEqual(new Set(of(round, 1000)));
      world.nowMs += 600_000;
    }
  });

  it('are known to the agent after this one for a time, and go when they have not come', async () => {
    const { world, agent, restart, neighbors } = start();
    const one = agent();
    for (const each of of(1, 10)) one.file.began(each);
    await restart(one);
    const next = agent();
    await restart(next);
    expect(neighbors()).toHaveLength(10);
    const [back] = of(1, 1);
    if (!back) return expect.unreachable('there is one');
    world.nowMs += knownForMs;
    // One is up, as a neighbor; the others never came again.
    next.look([back]);
    world.nowMs += 1;
    next.look([back]);
    await restart(next);
    expect(neighbors()).toEqual([back]);
  });

  it('stay where an agent does not know yet who was there', async () => {
    const { agent, restart, neighbors } = start();
    const one = agent();
    one.file.began(address('10.1.0.1'));
    await restart(one);
    await restart(one);
    expect(neighbors()).toEqual(['10.1.0.1']);
  });
});
