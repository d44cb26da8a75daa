import { expect, test } from 'vitest';
import { parseRoutes } from './routes-log.ts';

/** As iproute2 6.1 prints it. */
const text = `[2026-11-22T14:53:26.325727] 192.168.255.1 nhid 41 via 198.18.16.1 dev r1 proto bgp metric 20 
[2026-11-22T14:53:26.328740] 192.168.255.2 \\	nexthop via 198.18.16.1 dev r1 weight 1 \\	nexthop via 198.18.16.3 dev r2 weight 1 
[2026-11-22T14:53:26.331525] Deleted 192.168.255.1 nhid 41 via 198.18.16.1 dev r1 proto bgp metric 20 
[2026-11-22T14:53:26.335330] local 198.18.16.4 dev c1 table local proto kernel scope host src 198.18.16.4 
`;

test('routes that come and go are read with their time to the microsecond', () => {
  const start = Date.parse('2026-11-22T14:53:26');
  expect(
    parseRoutes(text).map((route) => ({ ...route, atMs: Math.round((route.atMs - start) * 1000) / 1000 })),
  ).toEqual([
    { atMs: 325.727, kind: 'added', prefix: '192.168.255.1', via: ['198.18.16.1'] },
    { atMs: 328.74, kind: 'added', prefix: '192.168.255.2', via: ['198.18.16.1', '198.18.16.3'] },
    { atMs: 331.525, kind: 'deleted', prefix: '192.168.255.1', via: ['198.18.16.1'] },
    { atMs: 335.33, kind: 'added', prefix: '198.18.16.4', via: [] },
  ]);
});
