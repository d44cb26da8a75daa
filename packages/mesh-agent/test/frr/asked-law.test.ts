import type { ClientGroupIntent, RouteServerIntent, UnboundedAttribute } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { overlaps, rangeOf, type IpAddress } from '@meshrs/network';
import { address, prefix } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { supportOf } from '../../src/engines.ts';
import type { SpeakerStatus } from './bgp-speaker.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';

/**
 * A law, with a real bgpd and any settings one after the other: no session of a client ends by the agent without a question about
 * that client, and none of those that the answer keeps; and bgpd takes all that it is told.
 */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** The same in each run of all tests; by another one it is searched on. */
const seed = Number(process.env['MESHRS_LAW_SEED'] ?? 1);

const clients = [
  { at: address('192.168.1.1'), asn: 65001, routes: 3 },
  { at: address('192.168.1.2'), asn: 65002, routes: 12 },
  { at: address('192.168.1.17'), asn: 65003, routes: 3 },
  { at: address('192.168.2.1'), asn: 65004, routes: 3 },
  { at: address('2001:db8:100::1'), asn: 65005, routes: 0 },
  { at: address('192.168.9.9'), asn: 65006, routes: 3 },
];
const prefixes = [
  ...['192.168.1.0/27', '192.168.1.0/28', '192.168.1.16/28', '192.168.1.0/24', '192.168.1.1/32', '192.168.1.17/32'],
  ...['192.168.2.0/28', '192.168.2.0/24', '192.168.8.0/21', '192.168.9.9/32', '192.168.0.0/16'],
  ...['2001:db8:100::/125', '2001:db8:100::/120', '2001:db8:100::1/128', '192.168.77.0/30'],
].map((each) => prefix(each));

interface Step {
  readonly intent: RouteServerIntent;
  /** What those who are asked say. */
  readonly mayEnd: boolean;
  /** Another agent takes over afterwards. */
  readonly isAgentNew: boolean;
}

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

test('no session of a client ends by the agent without a question', async () => {
  const [first, ...steps] = fc.sample(anyStep(), { seed, numRuns: 25 });
  if (!first) return expect.unreachable('there are some');
  const bgpd = await lab.startBgpd(1, supportOf('frr').initialConfiguration(first.intent));
  let under = engineOf(bgpd);
  await under.engine.apply(first.intent, soon());
  await lab.startClients(clients.map((each) => clientAt(bgpd, each)));
  await sleep(1000);
  const story = [`seed ${String(seed)}`, told(first)];
  for (const step of steps) {
    story.push(told(step));
    await watched(story, () => applyStep(under, step));
    if (!step.isAgentNew) continue;
    await under.engine.close();
    under = engineOf(bgpd);
    await under.engine.connect(soon());
    story.push('another agent');
    await watched(story, () => applyStep(under, { ...step, mayEnd: false }));
  }
  await under.engine.close();
  await bgpd.kill();
});

/** Who may have lost its session by it, and who said so. */
async function applyStep(under: EngineUnderTest, { intent, mayEnd }: Step): Promise<ReadonlySet<IpAddress>> {
  const letGo = new Set<IpAddress>();
  await under.engine.apply(intent, soon(), undefined, {
    mayEnd: (change) => {
      if (mayEnd) for (const each of change.clients) letGo.add(each);
      return mayEnd;
    },
    begin: () => undefined,
    onDecided: () => undefined,
    onEnd: () => undefined,
  });
  for (let look = 0; look < 3; look += 1) {
    const { evicted, held, rejected } = await under.engine.guard({ routerIds: [] }, soon());
    expect(rejected).toBeUndefined();
    // They break a limit.
    for (const each of [...evicted, ...held]) letGo.add(each.address);
  }
  await sleep(250);
  return letGo;
}

async function watched(story: readonly string[], work: () => Promise<ReadonlySet<IpAddress>>): Promise<void> {
  const before = await statuses();
  const letGo = await work();
  const after = await statuses();
  const lost = clients.flatMap(({ at }) => {
    const [was, is] = [before[at], after[at]];
    if (!was?.isEstablished || !is || is.dropCount === was.dropCount || letGo.has(at)) return [];
    // bgpd itself ends who sends too much.
    const { code, subcode } = is.notifications.at(-1) ?? {};
    return code === 6 && subcode === 1 ? [] : [at];
  });
  expect(lost, [story[0], ...story.slice(1).slice(-4)].join('\n')).toEqual([]);
}

function statuses(): Promise<Readonly<Record<string, SpeakerStatus>>> {
  return lab.ask({ kind: 'status', addresses: clients.map(({ at }) => at) });
}

function clientAt(bgpd: Bgpd, { at, asn, routes }: (typeof clients)[number]) {
  const to = at.includes(':') ? `2001:db8:99::${bgpd.address.split('.').at(-1) ?? ''}` : bgpd.address;
  return client(at, asn, to, { routes, retryMs: 200 });
}

function told({ intent, mayEnd, isAgentNew }: Step): string {
  const groups = intent.clientGroups.map(
    (group) =>
      `${group.name} [${group.prefixes.join(' ')}] declared ${group.neighbors.map((each) => each.address).join(' ')}, at most ${String(group.maximumPrefixes)}, ${JSON.stringify(group.distance)}, passes ${String(group.passedAttributes)}`,
  );
  return `${mayEnd ? 'all may go' : 'all stay'}${isAgentNew ? ', then another agent' : ''}: ${groups.join('; ')}`;
}

function anyStep(): fc.Arbitrary<Step> {
  const often = fc.integer({ min: 0, max: 9 });
  return fc.record({
    intent: anyIntent(),
    mayEnd: often.map((value) => value < 4),
    isAgentNew: often.map((value) => value < 1),
  });
}

function anyIntent(): fc.Arbitrary<RouteServerIntent> {
  const rest = fc.record(
    {
      maximumPrefixes: fc.constantFrom(10, 20, 100),
      distance: fc.constantFrom({ kind: 'multihop', ttl: 20 } as const, { kind: 'multihop', ttl: 10 } as const),
      timers: fc.constant({ keepaliveSeconds: 20, holdSeconds: 60 }),
      passedAttributes: fc.constantFrom<readonly UnboundedAttribute[]>(
        ['tunnel-encapsulation'],
        ['tunnel-encapsulation', 'ipv6-extended-communities'],
      ),
    },
    { requiredKeys: [] },
  );
  const places = fc.array(fc.constantFrom<0 | 1 | 2>(0, 0, 1, 2), { minLength: 6, maxLength: 6 });
  return fc
    .tuple(fc.shuffledSubarray(prefixes, { minLength: 1 }), fc.nat(), places, rest, rest)
    .map(([chosen, cut, declaredIn, one, two]) => {
      const apart = chosen.filter((each, index) =>
        chosen.slice(0, index).every((other) => !overlaps(rangeOf(each), rangeOf(other))),
      );
      const first = 1 + (cut % apart.length);
      const group = (name: string, number: 1 | 2, own: typeof apart, others: Partial<ClientGroupIntent>) =>
        clientGroup({
          ...{ name, prefixes: own },
          neighbors: clients
            .filter((_, index) => declaredIn[index] === number)
            .map(({ at, asn }) => declared(`c${String(asn)}`, at, asn)),
          ...others,
        });
      const groups = [group('ONE', 1, apart.slice(0, first), one), group('TWO', 2, apart.slice(first), two)];
      return routeServer(1, { meshGroups: [], clientGroups: groups });
    });
}
