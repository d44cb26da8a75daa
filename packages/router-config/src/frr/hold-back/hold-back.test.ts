import { engineChangeKinds, type Eviction } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { coverRest, isCovered } from '@meshrs/network';
import { address, asn, prefix } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { intents } from '../../route-server/frr/intents.test-data.ts';
import { withOverlay } from '../../route-server/frr/overlay.ts';
import { toFrrConfig } from '../../route-server/frr/to-frr-config.ts';
import { carryOutOnModel, configOf, modelOf } from '../command-model.test-data.ts';
import { emptyFrrConfig, type FrrConfig } from '../config.ts';
import { omit } from '../omit.ts';
import { afterSteps, planChanges, type PlannedChange, type PlannedCommand } from '../plan-changes.ts';
import { toFrrLine } from '../words.ts';
import { holdBack } from './hold-back.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Mesh and client groups out of one set of names: a group of one configuration is another kind of group in the next. */
const named = fc.oneof(
  intents,
  intents.map((intent) => {
    const { meshGroups, clientGroups } = intent;
    return {
      ...intent,
      meshGroups: meshGroups.map((group, index) => ({ ...group, name: `GROUP-${String(index)}` })),
      clientGroups: clientGroups.map((group, index) => ({
        ...group,
        name: `GROUP-${String(index + meshGroups.length)}`,
      })),
    };
  }),
);

/** With what the agent adds: a drain, somebody kept out, somebody pinned. */
const configs: fc.Arbitrary<FrrConfig> = fc
  .record({
    intent: named,
    isGracefulShutdown: fc.boolean(),
    closedWith: fc.option(fc.constant(toFrrLine('drained')), { nil: undefined }),
    isEvicting: fc.boolean(),
    isPinning: fc.boolean(),
  })
  .map(({ intent, isGracefulShutdown, closedWith, isEvicting, isPinning }) => {
    const config = toFrrConfig(intent);
    const [group] = intent.clientGroups;
    return withOverlay(config, {
      drain: { isGracefulShutdown, ...(closedWith !== undefined && { closedWith }) },
      evictions: isEvicting ? [evictionOf('192.168.70.1')] : [],
      pins: isPinning && group ? [{ address: address('192.168.3.3'), group: group.name }] : [],
    });
  });

interface Step {
  readonly step: PlannedChange;
  /** What runs before it. */
  readonly before: FrrConfig;
  readonly context: PlannedCommand['context'];
  readonly line: string;
}

/** One of the commands of a plan, as if bgpd had rejected it. */
function rejectOne(running: FrrConfig, wanted: FrrConfig, choose: number): Step | undefined {
  const steps = planChanges(running, wanted);
  const kinds = [...new Set(steps.map(({ change }) => change.kind))];
  const kind = kinds[choose % Math.max(kinds.length, 1)];
  const lines = steps.flatMap((step, index) =>
    step.commands
      .filter(({ mayBeRejected }) => step.change.kind === kind && mayBeRejected !== true)
      .map(({ context, text: line }) => ({ step, context, line, before: afterSteps(running, steps.slice(0, index)) })),
  );
  return lines[Math.floor(choose / Math.max(kinds.length, 1)) % Math.max(lines.length, 1)];
}

const namesIn = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name);

/** The groups that have to do with the change: their own, or their filters', or their members'. */
function groupsOf({ step: { change }, before }: Step, wanted: FrrConfig): ReadonlySet<string | undefined> {
  const { kind, group, subject = '' } = change;
  const uses = (config: FrrConfig) => {
    const maps = new Set<string | undefined>([
      subject,
      ...config.routeMaps
        .filter((map) => [map.matchAsPath, map.refusedLargeCommunities].some((list) => list === subject))
        .map(({ name }) => name),
    ]);
    return namesIn(
      config.router?.groups.filter(({ family }) => maps.has(family?.routeMapIn) || maps.has(family?.routeMapOut)),
    );
  };
  if (kind.startsWith('filter-')) return new Set([...uses(before), ...uses(wanted)]);
  const own = before.router?.neighbors.find((neighbor) => neighbor.address === subject)?.group;
  return new Set([group, ...(own === undefined ? [] : [own])]);
}

describe('what is held back', () => {
  it('is planned no more, and what goes on is what bgpd takes', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(configs, configs, fc.nat(), (running, wanted, choose) => {
        const found = rejectOne(running, wanted, choose);
        if (!found) return;
        const { step, before, line } = found;
        const target = holdBack(before, wanted, { change: step.change, line });
        if (!target) {
          expect(step.change).toMatchObject({
            kind: 'global-changed',
            subject: expect.stringMatching(/^(router|asn)$/) as string,
          });
          return;
        }
        kinds.add(step.change.kind);
        const rest = planChanges(before, target);
        const again = rest.flatMap(({ commands }) => commands).filter(({ text }) => text === line);
        expect(again.filter(({ context }) => isDeepStrictEqual(context, found.context))).toEqual([]);
        expect(planChanges(configOf(carryOutOnModel(modelOf(before), rest)), target)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect([...kinds].sort()).toEqual(engineChangeKinds.filter((kind) => kind !== 'client-evicted').sort());
  });

  it('is what depends on it, and nothing else', () => {
    fc.assert(
      fc.property(configs, configs, fc.nat(), (running, wanted, choose) => {
        const found = rejectOne(running, wanted, choose);
        const target = found && holdBack(found.before, wanted, { change: found.step.change, line: found.line });
        if (!target) return;
        const { kind, subject } = found.step.change;
        const groups = groupsOf(found, wanted);
        const isOther = ({ group }: { readonly group?: string }) => !groups.has(group);
        const others = wanted.router?.neighbors.filter((one) => isOther(one) && one.address !== subject) ?? [];
        expect(target.router?.neighbors ?? []).toEqual(expect.arrayContaining([...others]));
        const otherGroups = wanted.router?.groups.filter(({ name }) => !groups.has(name)) ?? [];
        expect(target.router?.groups ?? []).toEqual(expect.arrayContaining([...otherGroups]));
        const free = wanted.router?.ranges.filter(isOther) ?? [];
        const isRange = kind.startsWith('range-');
        const freed = isRange
          ? coverRest(
              free.map(({ prefix }) => prefix),
              [prefix(subject ?? '')],
            )
          : free.map(({ prefix }) => prefix);
        const there = target.router?.ranges.filter(isOther).map(({ prefix }) => prefix) ?? [];
        for (const one of freed) expect(isCovered(one, there)).toBe(true);
        const filters = [...wanted.asPathLists, ...wanted.largeCommunityLists, ...wanted.routeMaps].filter(
          ({ name }) => name !== subject,
        );
        const isOfSubject = (filter: (typeof filters)[number]) =>
          ('matchAsPath' in filter && filter.matchAsPath === subject) ||
          ('refusedLargeCommunities' in filter && filter.refusedLargeCommunities === subject);
        expect([...target.asPathLists, ...target.largeCommunityLists, ...target.routeMaps]).toEqual(
          expect.arrayContaining(filters.filter((filter) => !isOfSubject(filter))),
        );
        if (kind === 'global-changed' || !wanted.router) return;
        expect(target.router).toMatchObject(omit(wanted.router, 'groups', 'neighbors', 'ranges'));
      }),
      { numRuns: 300 },
    );
  });

  it('touches nothing that runs as it is wanted', () => {
    fc.assert(
      fc.property(configs, configs, fc.nat(), (running, wanted, choose) => {
        const found = rejectOne(running, wanted, choose);
        const target = found && holdBack(found.before, wanted, { change: found.step.change, line: found.line });
        if (!target) return;
        const { before } = found;
        const stays = (list: (config: FrrConfig) => readonly object[]) => {
          const isIn = (config: FrrConfig, one: object) => list(config).some((other) => isDeepStrictEqual(one, other));
          expect(list(before).filter((one) => isIn(wanted, one) && !isIn(target, one))).toEqual([]);
        };
        stays(({ asPathLists }) => asPathLists);
        stays(({ routeMaps }) => routeMaps);
        stays(({ router }) => router?.groups ?? []);
        stays(({ router }) => router?.neighbors ?? []);
      }),
      { numRuns: 300 },
    );
  });

  it('is, of any set of lines that bgpd never takes, each asked once, and all else is there in the end', () => {
    fc.assert(
      fc.property(configs, configs, fc.nat(6), fc.nat(6), (running, wanted, modulus, rest) => {
        const isRejected = (line: string) =>
          modulus > 0 && Buffer.from(line).reduce((sum, byte) => (sum * 31 + byte) % 9973, 7) % (modulus + 1) === rest;
        const asked = new Set<string>();
        let current = running;
        let target: FrrConfig | undefined = wanted;
        for (;;) {
          const steps: readonly PlannedChange[] = planChanges(current, target);
          const index = steps.findIndex(({ commands }) => commands.some(({ text }) => isRejected(text)));
          if (index === -1) break;
          current = afterSteps(current, steps.slice(0, index));
          const { change, commands } = steps[index] ?? expect.unreachable();
          const { context, text: line } = commands.find(({ text }) => isRejected(text)) ?? expect.unreachable();
          expect(asked).not.toContain(JSON.stringify([context, line]));
          asked.add(JSON.stringify([context, line]));
          target = holdBack(current, target, { change, line });
          if (!target) return;
        }
        expect(planChanges(configOf(carryOutOnModel(modelOf(current), planChanges(current, target))), target)).toEqual(
          [],
        );
      }),
      { numRuns: 300 },
    );
  });

  const mesh = meshGroup(['10.42.0.1']);
  const wanted = toFrrConfig(
    routeServer(1, {
      meshGroups: [mesh, meshGroup(['10.42.0.9'], { name: 'OTHER' })],
      clientGroups: [
        clientGroup({
          prefixes: [prefix('192.168.0.0/16'), prefix('172.16.0.0/12')],
          neighbors: [declared('dc1-leaf1', '198.51.100.9', 65009)],
        }),
      ],
    }),
  );
  const running = toFrrConfig(routeServer(1, { meshGroups: [mesh], clientGroups: [clientGroup()] }));

  it('of an overlapping range is that range alone', () => {
    const target = holdBack(running, wanted, {
      change: { kind: 'range-added', group: 'MESHRR-CLIENTS', subject: '172.16.0.0/12', resets: 'none' },
      line: 'bgp listen range 172.16.0.0/12 peer-group MESHRR-CLIENTS',
    });

    expect(target).toEqual({
      ...wanted,
      router: { ...wanted.router, ranges: wanted.router?.ranges.filter((range) => range.prefix !== '172.16.0.0/12') },
    });
  });

  it('of a group that does not come is the group with its members', () => {
    const target = holdBack(running, wanted, {
      change: { kind: 'group-added', group: 'OTHER', resets: 'none' },
      line: 'neighbor OTHER peer-group',
    });

    expect(target?.router?.groups.map(({ name }) => name)).toEqual(['MESHRR-CLIENTS', 'MESHRR-CORE']);
    expect(target?.router?.neighbors.map(({ address: at }) => at)).toEqual(['10.42.0.1', '198.51.100.9']);
  });

  const changed = (line: string) =>
    holdBack(running, wanted, { change: { kind: 'group-changed', group: 'MESHRR-CLIENTS', resets: 'group' }, line });
  const clientsOf = (config: FrrConfig | undefined) =>
    config?.router?.groups.find(({ name }) => name === 'MESHRR-CLIENTS') ?? expect.unreachable('the group is there');

  it('of a group that does not change is what it is: its new members come all the same', () => {
    const target = changed('address-family l2vpn evpn');

    expect(target?.router?.ranges).toEqual(wanted.router?.ranges);
    expect(target?.router?.neighbors).toEqual(wanted.router?.neighbors);
    expect(clientsOf(target)).toEqual(clientsOf(running));
  });

  it('of a group is the statement that was rejected, and no other: it can be closed by a drain', () => {
    const drained = withOverlay(
      toFrrConfig(routeServer(1, { meshGroups: [mesh], clientGroups: [clientGroup({ maximumPrefixes: 2 ** 32 })] })),
      { drain: { isGracefulShutdown: true, closedWith: toFrrLine('bye') }, evictions: [], pins: [] },
    );
    const { shutdown } = clientsOf(drained);
    const [step] = planChanges(running, drained).filter(({ change }) => change.kind === 'group-changed');
    const line = step?.commands.find(({ text }) => text.includes('maximum-prefix'))?.text ?? expect.unreachable();

    const target = holdBack(running, drained, { change: step?.change ?? expect.unreachable(), line });

    expect(clientsOf(target)).toEqual({ ...clientsOf(running), shutdown });
    expect(target?.router).toMatchObject({ isGracefulShutdown: true });
  });

  it('of a router is the statement that was rejected, and no other', () => {
    const next = routeServer(2, { name: 'routeserver-1', meshGroups: [mesh], clientGroups: [clientGroup()] });
    const drained = withOverlay(toFrrConfig(next), { drain: { isGracefulShutdown: true }, evictions: [], pins: [] });
    const target = holdBack(running, drained, {
      change: { kind: 'global-changed', subject: 'router settings', resets: 'all' },
      line: `bgp router-id ${next.routerId}`,
    });
    expect(target?.router).toEqual({ ...running.router, isGracefulShutdown: true });
  });

  it('of a limit of a client’s own is the lower one of its group, which would close its session', () => {
    const clients = (limit: number, own?: number) =>
      toFrrConfig(
        routeServer(1, {
          clientGroups: [
            clientGroup({ maximumPrefixes: limit, neighbors: [declared('dc1-leaf1', '198.51.100.9', 65009, own)] }),
          ],
        }),
      );
    const [before, after] = [clients(1000), clients(10, 5000)];
    const [step] = planChanges(before, after);
    const target = holdBack(before, after, {
      change: step?.change ?? expect.unreachable(),
      line: step?.commands[0]?.text ?? '',
    });
    expect(step?.change.kind).toBe('neighbor-changed');
    expect(target).toEqual(before);
  });

  it('of a listen range that does not go are its addresses in another group: all beside them go over', () => {
    const [one, other] = [clientGroup(), clientGroup({ name: 'OTHER', asns: [] })];
    const of = (prefixes: readonly string[], others: readonly string[]) =>
      toFrrConfig(
        routeServer(1, {
          clientGroups: [
            { ...one, prefixes: prefixes.map(prefix) },
            { ...other, prefixes: others.map(prefix) },
          ],
        }),
      );
    const [before, after] = [of(['192.168.1.0/24'], []), of(['172.16.0.0/12'], ['192.168.0.0/22'])];
    const target = holdBack(before, after, {
      change: { kind: 'range-removed', group: one.name, subject: '192.168.1.0/24', resets: 'group' },
      line: `no bgp listen range 192.168.1.0/24 peer-group ${one.name}`,
    });
    expect(target?.router?.ranges.map(({ prefix: at, group }) => `${at} ${group}`)).toEqual([
      `172.16.0.0/12 ${one.name}`,
      '192.168.0.0/24 OTHER',
      `192.168.1.0/24 ${one.name}`,
      '192.168.2.0/23 OTHER',
    ]);
  });

  it('of a neighbor that does not go is that it stays', () => {
    const subject = address('10.42.0.1');
    const gone = toFrrConfig(routeServer(1, { meshGroups: [meshGroup([])], clientGroups: [clientGroup()] }));
    const target = holdBack(running, gone, {
      change: { kind: 'neighbor-removed', group: 'MESHRR-CORE', subject, resets: 'neighbor' },
      line: `no neighbor ${subject}`,
    });

    expect(target?.router?.neighbors.map(({ address: at }) => at)).toEqual([subject]);
  });

  it.each(['router', 'asn'])('of the router itself (%s) is all', (subject) => {
    expect(
      holdBack(emptyFrrConfig, wanted, { change: { kind: 'global-changed', subject, resets: 'all' }, line: '' }),
    ).toBeUndefined();
  });

  it.each(['daemon settings', 'router settings'])('of %s is nothing else', (subject) => {
    const renamed = toFrrConfig(routeServer(2, { name: 'renamed', clientGroups: [clientGroup()] }));
    const target = holdBack(running, renamed, { change: { kind: 'global-changed', subject, resets: 'all' }, line: '' });

    expect(target?.router?.groups).toEqual(renamed.router?.groups);
    if (subject === 'daemon settings') expect(target?.hostname).toBe(running.hostname);
    else expect(target?.router?.routerId).toBe(running.router?.routerId);
  });

  it('of a filter is what would use it', () => {
    const name = wanted.asPathLists[0]?.name ?? expect.unreachable('the client group has a list of AS');
    const target = holdBack(emptyFrrConfig, wanted, {
      change: { kind: 'filter-added', subject: name, resets: 'none' },
      line: '',
    });

    expect(target?.asPathLists.map((list) => list.name)).not.toContain(name);
    expect(target?.router?.groups.map((group) => group.name)).toEqual(['MESHRR-CORE', 'OTHER']);
    expect(target?.router?.ranges).toEqual([]);
  });
});

function evictionOf(at: string): Eviction {
  return { address: address(at), remoteAsn: asn(64999), reason: 'as-not-allowed', count: 1, since: 0, until: 1 };
}
