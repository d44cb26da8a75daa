import { expect, test } from 'vitest';
import { notificationsIn } from './gobgp-log.ts';

const log = `time=2026-11-22T15:12:18.287Z level=INFO msg="received notification" Topic=Peer Key=192.168.255.1 Code=6 Subcode=2 Communicated-Reason="meshrs: this \\"route server\\" is drained" Data=""
time=2026-11-22T15:12:18.287Z level=INFO msg="Peer Down" Topic=Peer Key=192.168.255.1 State=BGP_FSM_ESTABLISHED Reason=read-failed
`;

test('a NOTIFICATION is read with its codes and its words', () => {
  expect(notificationsIn('dc1-leaf1', log)).toEqual([
    {
      kind: 'notification',
      atMs: Date.parse('2026-11-22T15:12:18.287Z'),
      client: 'dc1-leaf1',
      neighbor: '192.168.255.1',
      code: 6,
      subcode: 2,
      message: 'meshrs: this "route server" is drained',
    },
  ]);
});
