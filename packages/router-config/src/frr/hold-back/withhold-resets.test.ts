import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asn, prefix } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { intents } from '../../route-server/frr/intents.test-data.ts';
import { toFrrConfig } from '../../route-server/frr/to-frr-config.ts';
import { afterSteps, planChanges, type PlannedChange } from '../plan-changes.ts';
import { withholdResets } from './withhold-resets.ts';

vi.setConfig({ testTimeout: 60_000 });

const all = () => () => true;
const configOf = (changes: Parameters<typeof clientGroup>[0], mesh: readonly string[] = ['10.42.0.1']) =>
  toFrrConfig(routeServer(1, { meshGroups: [meshGroup([...mesh])], clientGroups: [clientGroup(changes)] }));
const linesOf = (steps: readonly PlannedChange[]) => steps.flatMap(({ commands }) => commands.map(({ text }) => text));

describe('withholdResets', () => {
  it('leaves no change that has to wait, and nothing where nothing has to', () => {
    fc.assert(
      fc.property(intents, intents, (one, other) => {
        const [running, wanted] = [toFrrConfig(one), toFrrConfig(other)];
        const { target, withheld } = withholdResets(running, wanted, all);
        expect(planChanges(running, target).filter(({ resets }) => resets.kind !== 'none')).toEqual([]);
        const resetting = planChanges(running, wanted).filter(({ resets }) => resets.kind !== 'none');
        expect(withheld.length > 0).toBe(resetting.length > 0);
        expect(withholdResets(running, wanted, () => () => false)).toEqual({ target: wanted, withheld: [] });
      }),
      { numRuns: 300 },
    );
  });

  it('leads, from where it left off, to what is wanted', () => {
    fc.assert(
      fc.property(intents, intents, (one, other) => {
        const [running, wanted] = [toFrrConfig(one), toFrrConfig(other)];
        const { target } = withholdResets(running, wanted, all);
        const then = planChanges(target, wanted);
        expect(planChanges(afterSteps(target, then), wanted)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('lets mesh neighbors come, and what resets nobody, while the TTL of the clients waits', () => {
    const running = configOf({});
    const wanted = configOf(
      {
        distance: { kind: 'multihop', ttl: 3 },
        timers: { keepaliveSeconds: 20, holdSeconds: 60 },
        prefixes: [prefix('192.168.0.0/16'), prefix('172.16.0.0/12')],
      },
      ['10.42.0.1', '10.42.0.2'],
    );
    const { target, withheld } = withholdResets(running, wanted, all);

    expect(withheld.map(({ step: { resets } }) => resets)).toEqual([
      { kind: 'group', group: 'MESHRR-CLIENTS', because: ['TTL'] },
    ]);
    expect(linesOf(planChanges(running, target))).toEqual([
      'neighbor MESHRR-CLIENTS timers 20 60',
      'neighbor 10.42.0.2 peer-group MESHRR-CORE',
      'bgp listen range 172.16.0.0/12 peer-group MESHRR-CLIENTS',
    ]);
    expect(linesOf(planChanges(target, wanted))).toEqual(['neighbor MESHRR-CLIENTS ebgp-multihop 3']);
  });

  it.each([
    ['a client of another AS', { neighbors: [declared('leaf', '192.168.1.1', 65002)] }, ['neighbor']],
    ['a client that is declared no more', {}, ['neighbor']],
    [
      'a range that is gone',
      { prefixes: [prefix('10.0.0.0/8')], neighbors: [declared('leaf', '192.168.1.1', 65001)] },
      ['range'],
    ],
    [
      'a group of another name',
      { name: 'OTHERS', neighbors: [declared('leaf', '192.168.1.1', 65001)] },
      ['range', 'neighbor', 'group'],
    ],
    ['a lower limit', { maximumPrefixes: 5, neighbors: [declared('leaf', '192.168.1.1', 65001)] }, ['group']],
  ])('keeps %s waiting, and lets another range come', (_, changes, resets) => {
    const running = configOf({ neighbors: [declared('leaf', '192.168.1.1', 65001)] });
    const more = 'prefixes' in changes ? changes.prefixes : [prefix('192.168.0.0/16')];
    const wanted = configOf({ ...changes, prefixes: [...more, prefix('203.0.113.0/24')] }, ['10.42.0.1', '10.42.0.2']);
    const { target, withheld } = withholdResets(running, wanted, all);

    expect(withheld.map(({ step: { resets } }) => resets.kind)).toEqual(expect.arrayContaining(resets));
    const lines = linesOf(planChanges(running, target));
    expect(lines).toContain('neighbor 10.42.0.2 peer-group MESHRR-CORE');
    expect(lines.some((line) => line.startsWith('bgp listen range 203.0.113.0/24 peer-group'))).toBe(true);
  });

  it('keeps only the client waiting that is meant', () => {
    const both = (one: number, other: number) =>
      configOf({ neighbors: [declared('x', '192.168.1.1', one), declared('y', '192.168.1.2', other)] });
    const [running, wanted] = [both(65001, 65002), both(65003, 65004)];
    const { target, withheld } = withholdResets(
      running,
      wanted,
      () =>
        ({ change }) =>
          change.subject === '192.168.1.2',
    );

    expect(withheld.map(({ step: { change } }) => change.subject)).toEqual(['192.168.1.2']);
    expect(target.router?.neighbors.find((one) => one.address === address('192.168.1.2'))?.remoteAs).toBe(asn('65002'));
    expect(target.router?.neighbors.find((one) => one.address === address('192.168.1.1'))?.remoteAs).toBe(asn('65003'));
  });

  it('keeps all waiting where the router itself is another', () => {
    const running = configOf({});
    const wanted = toFrrConfig(routeServer(1, { asn: asn('64999') }));
    expect(withholdResets(running, wanted, all).target).toEqual(running);
  });

  it('is quick with a thousand clients that change', () => {
    const of = (second: number) =>
      configOf({
        neighbors: Array.from({ length: 1000 }, (_, index) =>
          declared(`c${String(index)}`, `192.168.${String(index >> 8)}.${String(index & 255)}`, second),
        ),
      });
    const [running, wanted] = [of(65001), of(65002)];
    const from = performance.now();
    const { withheld } = withholdResets(running, wanted, all);
    expect(withheld).toHaveLength(1000);
    expect(performance.now() - from).toBeLessThan(5000);
  });
});
