import { describe, expect, test } from 'vitest';
import { coreAsn, fabricLinks, nodeRoutes, rangesBehindCore } from './fabric-plan.ts';
import { nodesOf, planLab } from './lab-plan.ts';
import { chooseRanges } from './ranges.ts';
import { dci } from './topologies.test-data.ts';

const twoRouters = dci((text) =>
  text
    .replace(
      '  anycastLoopbacks:\n',
      '  anycastLoopbacks:\n    second: { address: 192.168.255.9, routerAsn: "65000.2", metallbAsn: "65000.3" }\n',
    )
    .replace(
      '  dc2-border1:\n',
      '  dc1-border2: { system: junos, loopbacks: [192.168.1.4], anycast: second }\n  dc2-border1:\n',
    )
    .replace(
      '        nodeAddresses: [172.16.1.13/31]\n',
      '        nodeAddresses: [172.16.1.13/31]\n      - router: dc1-border2\n        routerPort: ge-0/0/2\n        routerAddresses: [172.16.3.12/31]\n        nodePort: eth2\n        nodeAddresses: [172.16.3.13/31]\n',
    ),
);

function planOf(topology = dci()) {
  const result = planLab('dci', topology, chooseRanges(topology));
  if (!('plan' in result)) throw new Error(JSON.stringify(result.obstacles));
  return result.plan;
}

describe('nodeRoutes', () => {
  test('leads to the anycast address and the clients over the fabric link', () => {
    const plan = planOf();
    const [node] = nodesOf(plan);
    if (!node) throw new Error('no node');
    expect(nodeRoutes(node, plan.routers, dci(), rangesBehindCore(dci(), []))).toEqual([
      { to: '192.168.255.0', via: ['172.16.1.12'] },
      { to: '192.168.0.0/16', via: ['172.16.1.12'] },
    ]);
  });

  test('of a node with two routers leads to each anycast address over its own router, to clients over both', () => {
    const plan = planOf(twoRouters);
    const [node] = nodesOf(plan);
    if (!node) throw new Error('no node');
    expect(nodeRoutes(node, plan.routers, twoRouters, rangesBehindCore(twoRouters, []))).toEqual([
      { to: '192.168.255.9', via: ['172.16.3.12'] },
      { to: '192.168.255.0', via: ['172.16.1.12'] },
      { to: '192.168.0.0/16', via: ['172.16.1.12', '172.16.3.12'] },
    ]);
  });
});

test('the ports of a router are numbered, since Linux takes no "/" in names', () => {
  expect(
    fabricLinks(nodesOf(planOf())).map(({ router, routerInterface, routerPort }) => [
      router,
      routerInterface,
      routerPort,
    ]),
  ).toEqual([
    ['dc1-border1', 'p1', 'ge-0/0/2'],
    ['dc1-border1', 'p2', 'ge-0/0/3'],
    ['dc2-border1', 'p1', 'ge-0/0/2'],
    ['dc2-border1', 'p2', 'ge-0/0/3'],
  ]);
});

test("the core has an AS that is nobody else's", () => {
  expect(coreAsn(dci())).toBe(4294967294);
  expect(coreAsn(dci((text) => text.replace('routerAsn: "65000.2"', 'routerAsn: "4294967294"')))).toBe(4294967293);
});
