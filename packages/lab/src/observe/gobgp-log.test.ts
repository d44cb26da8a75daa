import { expect, test } from 'vitest';
import { gracefulShutdownsIn, notificationsIn } from './gobgp-log.ts';

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

const updates = `time=2026-11-28T02:11:31.511Z level=DEBUG msg="received update" Topic=Peer Key=192.168.255.1 nlri=[] withdrawals=[] path_attributes="[{Origin: i} {AsPath: 4259840001 65101} {Communities: 65000:77, planned-shut} {Extcomms: [65101:100001]}]"
time=2026-11-28T02:11:31.520Z level=DEBUG msg="received update" Topic=Peer Key=192.168.255.1 nlri=[] withdrawals=[] path_attributes="[{Origin: i} {Communities: 65000:77} {Extcomms: [VXLAN]}]"
time=2026-11-28T02:11:31.530Z level=DEBUG msg="sent update" Topic=Peer Key=192.168.255.2 State=BGP_FSM_ESTABLISHED attributes="[{Communities: planned-shut}]"
`;

test('the moment of GRACEFUL_SHUTDOWN is that of the daemon which got it', () => {
  expect(gracefulShutdownsIn('dc1-leaf1', updates)).toEqual([
    {
      kind: 'graceful-shutdown',
      atMs: Date.parse('2026-11-28T02:11:31.511Z'),
      client: 'dc1-leaf1',
      neighbor: '192.168.255.1',
    },
  ]);
});
