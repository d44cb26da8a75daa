import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import type { IpAddress } from '@meshrs/network';
import { address, prefix } from '@meshrs/network/test-data';
import { renderFrrConfig } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { describe, expect, it } from 'vitest';
import { scriptedVty } from '../../test/scripted-vty.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { bring } from './bring.ts';
import type { SessionReader } from './session-reader.ts';
import { createSparing } from './spare-sessions.ts';
import type { VtyAnswer } from './vty-session.ts';

/* Two groups, each with one client, and a change of each group that resets its own. */
const never = new AbortController().signal;
const other = address('192.168.2.1');
const withTtl = (ttl: number, groups = 2) =>
  toFrrConfig(
    routeServer(1, {
      meshGroups: [],
      clientGroups: Array.from({ length: groups }, (_, index) =>
        clientGroup({
          name: `G${String(index + 1)}`,
          prefixes: [prefix(`192.168.${String(index + 1)}.0/24`)],
          distance: { kind: 'multihop', ttl },
        }),
      ),
    }),
  );
const [ofOne, ofOther] = ['neighbor G1 ebgp-multihop 20', 'neighbor G2 ebgp-multihop 20'];

describe('a plan that is made again in the same attempt', () => {
  it('goes by the sessions of its own moment, where bgpd has rejected a change', async () => {
    const world = start((command) => {
      if (command !== ofOne) return {};
      world.up.add(other);
      return { status: 1, output: '% No.' };
    });
    expect(await world.bring()).toMatchObject({ code: 'command-rejected' });
    expect(world.asked).toEqual([other]);
    expect(world.session.asked).not.toContain(ofOther);
    expect(world.told).toEqual([[], [other]]);
    expect(world.spare.left()).toMatchObject([{ clients: [other] }]);
  });

  it('leaves nobody out who is gone by then', async () => {
    const world = start((command) => {
      if (command === ofOne) world.up.clear();
      return command === ofOne ? { status: 1, output: '% No.' } : {};
    });
    world.up.add(other);
    await world.bring();
    expect(world.session.asked).toContain(ofOther);
    expect(world.told).toEqual([[other], []]);
    expect(world.spare.left()).toEqual([]);
  });

  it('fails where bgpd does not say who has a session, and ends none', async () => {
    const world = start((command) => {
      world.isSilent ||= command === ofOne;
      return command === ofOne ? { status: 1, output: '% No.' } : {};
    });
    expect(await world.bring()).toMatchObject({ code: 'engine-timeout' });
    expect(world.session.asked).not.toContain(ofOther);
  });
});

describe('a plan that takes long', () => {
  it('is made again before it ends a session, and spares who has come up meanwhile', async () => {
    const world = start((command) => {
      if (command !== ofOne) return {};
      world.nowMs += 1001;
      world.up.add(other);
      return {};
    });
    expect(await world.bring()).toBeUndefined();
    expect(world.session.asked).toContain(ofOne);
    expect(world.session.asked).not.toContain(ofOther);
    expect(world.told).toEqual([[], [other]]);
  });

  it('comes to its end, however long each of its steps takes', async () => {
    const world = start(() => {
      world.nowMs += 60_000;
      return {};
    });
    expect(await world.bring()).toBeUndefined();
    expect([ofOne, ofOther].every((command) => world.session.asked.includes(command))).toBe(true);
    expect(world.looks).toBe(2);
  });

  it.each([
    // Eight steps in the second and twice the time of the look.
    { lookMs: 1000, stepMs: 400, looks: 3 },
    { lookMs: 300, stepMs: 200, looks: 3 },
    // Five seconds at most, however slow bgpd is.
    { lookMs: 20_000, stepMs: 1000, looks: 4 },
  ])(
    'is fresh for longer where each look takes $lookMs ms: $looks looks for twenty steps of $stepMs ms',
    async (slow) => {
      const world = start(
        (command) => {
          if (command.includes('ebgp-multihop')) world.nowMs += slow.stepMs;
          return {};
        },
        { groups: 20, lookMs: slow.lookMs },
      );
      expect(await world.bring()).toBeUndefined();
      expect(world.looks).toBe(slow.looks);
    },
  );

  it('looks once where it does not', async () => {
    const world = start(() => ({}));
    await world.bring();
    expect(world.looks).toBe(1);
  });
});

/** Nobody consents. */
function start(answer: (command: string) => Partial<VtyAnswer>, { groups = 2, lookMs = 0 } = {}) {
  const [before, wanted] = [withTtl(10, groups), withTtl(20, groups)];
  const session = scriptedVty((command) =>
    command === 'show running-config' ? { output: renderFrrConfig(before) } : answer(command),
  );
  const world = {
    session,
    nowMs: 0,
    looks: 0,
    isSilent: false,
    up: new Set<IpAddress>(),
    asked: [] as IpAddress[],
    told: [] as IpAddress[][],
    bring: () => {
      const on = { session, listener, spare, signal: never, config: before, changes: [], commandCount: 0 };
      return bring(wanted, on);
    },
  };
  const reader: SessionReader = {
    peers: () => {
      world.looks += 1;
      world.nowMs += lookMs;
      if (world.isSilent) return Promise.reject(silent);
      return Promise.resolve([...world.up].map(established));
    },
    details: () => Promise.resolve(() => undefined),
    begin: () => undefined,
    isWaiting: () => false,
    odd: () => [],
    passedOver: () => [],
    forget: () => undefined,
  };
  const mayEnd = ({ clients }: { readonly clients: readonly IpAddress[] }) => {
    world.asked.push(...clients);
    return clients.length === 0;
  };
  const spare = createSparing(
    { reader, session, running: before },
    undefined,
    { mayEnd, onDecided: (left) => world.told.push(left.flatMap(({ clients }) => clients)) },
    { now: () => world.nowMs, signal: never },
  );
  return Object.assign(world, { spare });
}

function established(at: IpAddress) {
  return {
    ...{ address: at, isDynamic: true, state: 'established' as const, uptimeSeconds: 60 },
    ...{ receivedPrefixes: 0, sentPrefixes: 0, establishedCount: 1, droppedCount: 0, receivedMessages: 9 },
  };
}

const listener = { ensure: () => Promise.resolve(), release: () => Promise.resolve() };
const silent = new EngineFailure('It is silent.', {
  code: 'engine-timeout',
  engine: 'frr',
  operation: 'show',
  retryable: true,
});
