import { parseAddress, parseAsn } from '@meshrs/network';
import type { RouteServerIntent } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { readCase } from './read-case.ts';
import { renderRouteServer } from '../src/route-server/render-route-server.ts';

describe('renderRouteServer', () => {
  it('does not depend on the order of groups, neighbors and prefixes', () => {
    const intent = readCase('ipv6');
    const turned: RouteServerIntent = {
      ...intent,
      meshGroups: intent.meshGroups
        .map((group) => ({ ...group, neighbors: group.neighbors.toReversed() }))
        .toReversed(),
      clientGroups: intent.clientGroups.map((group) => ({
        ...group,
        prefixes: group.prefixes.toReversed(),
        asns: group.asns.toReversed(),
      })),
    };

    expect(renderRouteServer(turned, 'frr')).toBe(renderRouteServer(intent, 'frr'));
  });

  it('gives an address that several groups name to the first of them', () => {
    const intent = readCase('declared-clients');
    const [core] = intent.meshGroups;
    const address = intent.clientGroups[0]?.neighbors[0]?.address;
    if (!core || address === undefined) throw new Error('the case has both');
    const shared = { ...core, neighbors: [address] };

    const text = renderRouteServer({ ...intent, meshGroups: [shared, { ...shared, name: 'OTHER' }] }, 'frr');

    const lines = text.split('\n').filter((line) => line.includes(` ${address} `));
    expect(lines).toEqual([` neighbor ${address} peer-group ${core.name}`]);
  });

  it.each(['GROUP\n bgp shutdown', 'a b', '!'])('refuses the group name %j rather than render it', (name) => {
    const intent = readCase('dci-default');
    const changed = { ...intent, clientGroups: intent.clientGroups.map((group) => ({ ...group, name })) };

    expect(() => renderRouteServer(changed, 'frr')).toThrow('cannot stand in an FRR configuration');
  });

  it('lets no name of a declared client become a command', () => {
    const intent = readCase('declared-clients');
    const [address, asn] = [parseAddress('192.0.2.1'), parseAsn('65001')];
    if (address === undefined || asn === undefined) throw new Error('constants are right');
    const neighbors = [{ name: 'x\n no neighbor 192.0.2.1', address, asn }];
    const changed = { ...intent, clientGroups: intent.clientGroups.map((group) => ({ ...group, neighbors })) };

    expect(renderRouteServer(changed, 'frr')).toContain('\n neighbor 192.0.2.1 description x no neighbor 192.0.2.1\n');
  });
});
