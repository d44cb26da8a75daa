import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, prefix } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { intents } from '../route-server/frr/intents.test-data.ts';
import { toFrrConfig } from '../route-server/frr/to-frr-config.ts';
import { carryOutOnModel, configOf, modelOf } from './command-model.test-data.ts';
import { emptyFrrConfig, type FrrConfig } from './config.ts';
import { holdBack } from './hold-back.ts';
import { planChanges } from './plan-changes.ts';

vi.setConfig({ testTimeout: 30_000 });

const configs = intents.map((intent) => toFrrConfig(intent));

/** What is planned when the change that is chosen was rejected: what ran before it, and what is wanted without it. */
function rejectOne(running: FrrConfig, wanted: FrrConfig, choose: number) {
  const changes = planChanges(running, wanted);
  const index = choose % Math.max(changes.length, 1);
  const rejected = changes[index];
  if (!rejected) return undefined;
  const before = changes[index - 1]?.after ?? running;
  const target = holdBack(before, wanted, rejected.change);
  return { change: rejected.change, before, target };
}

describe('what is held back', () => {
  it('is planned no more, and what goes on is what bgpd takes', () => {
    let count = 0;
    fc.assert(
      fc.property(configs, configs, fc.nat(), (running, wanted, choose) => {
        const found = rejectOne(running, wanted, choose);
        // What does not go may stand in the way of all that comes in its place: see the examples.
        if (!found?.target || found.change.kind.endsWith('-removed')) return;
        count += 1;
        const { change, before, target } = found;
        const rest = planChanges(before, target);
        expect(rest.map(({ change: each }) => nameOf(each))).not.toContain(nameOf(change));
        const model = modelOf(before);
        expect(planChanges(configOf(carryOutOnModel(model, rest)), target)).toEqual([]);
      }),
    );
    expect(count).toBeGreaterThan(20);
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
      kind: 'range-added',
      group: 'MESHRR-CLIENTS',
      subject: '172.16.0.0/12',
      resets: 'none',
    });

    expect(target).toEqual({
      ...wanted,
      router: { ...wanted.router, ranges: wanted.router?.ranges.filter((range) => range.prefix !== '172.16.0.0/12') },
    });
  });

  it('of a group that does not come is the group with its members', () => {
    const target = holdBack(running, wanted, { kind: 'group-added', group: 'OTHER', resets: 'none' });

    expect(target?.router?.groups.map(({ name }) => name)).toEqual(['MESHRR-CLIENTS', 'MESHRR-CORE']);
    expect(target?.router?.neighbors.map(({ address: at }) => at)).toEqual(['10.42.0.1', '198.51.100.9']);
  });

  it('of a group that does not change is what it is: its new members come all the same', () => {
    const target = holdBack(running, wanted, { kind: 'group-changed', group: 'MESHRR-CLIENTS', resets: 'group' });

    expect(target?.router?.ranges).toEqual(wanted.router?.ranges);
    expect(target?.router?.neighbors).toEqual(wanted.router?.neighbors);
    const before = running.router?.groups.find(({ name }) => name === 'MESHRR-CLIENTS');
    expect(target?.router?.groups.find(({ name }) => name === 'MESHRR-CLIENTS')).toEqual(before);
  });

  it('of a neighbor that does not go is that it stays', () => {
    const subject = address('10.42.0.1');
    const gone = toFrrConfig(routeServer(1, { meshGroups: [meshGroup([])], clientGroups: [clientGroup()] }));
    const target = holdBack(running, gone, {
      kind: 'neighbor-removed',
      group: 'MESHRR-CORE',
      subject,
      resets: 'neighbor',
    });

    expect(target?.router?.neighbors.map(({ address: at }) => at)).toEqual([subject]);
  });

  it.each(['router', 'asn'])('of the router itself (%s) is all', (subject) => {
    expect(holdBack(emptyFrrConfig, wanted, { kind: 'global-changed', subject, resets: 'all' })).toBeUndefined();
  });

  it.each(['hostname', 'router settings'])('of %s is nothing else', (subject) => {
    const renamed = toFrrConfig(routeServer(2, { name: 'renamed', clientGroups: [clientGroup()] }));
    const target = holdBack(running, renamed, { kind: 'global-changed', subject, resets: 'all' });

    expect(target?.router?.groups).toEqual(renamed.router?.groups);
    if (subject === 'hostname') expect(target?.hostname).toBe(running.hostname);
    else expect(target?.router?.routerId).toBe(running.router?.routerId);
  });

  it('of a filter is what would use it', () => {
    const name = wanted.asPathLists[0]?.name ?? expect.unreachable('the client group has a list of AS');
    const target = holdBack({ ...emptyFrrConfig }, wanted, { kind: 'filter-added', subject: name, resets: 'none' });

    expect(target?.asPathLists.map((list) => list.name)).not.toContain(name);
    expect(target?.router?.groups.map((group) => group.name)).toEqual(['MESHRR-CORE', 'OTHER']);
    expect(target?.router?.ranges).toEqual([]);
  });
});

function nameOf({ kind, group = '', subject = '' }: { kind: string; group?: string; subject?: string }): string {
  return [kind, group, subject].join(' ');
}
