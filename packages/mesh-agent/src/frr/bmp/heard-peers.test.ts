import { address } from '@meshrs/network/test-data';
import { expect, it } from 'vitest';
import { createHeardPeers } from './heard-peers.ts';

it('a session is known from the moment that it was heard of until its end', () => {
  let nowMs = 5000;
  const told: string[] = [];
  const peers = createHeardPeers(
    {
      onSessionsChanged: () => told.push('changed'),
      onSessionBegan: (at) => told.push(`began ${at}`),
      onSessionEnded: ({ address: at, by }) => told.push(`ended ${at} ${by}`),
    },
    () => nowMs,
  );
  const client = address('192.168.0.1');
  peers.hear([{ kind: 'peer-up', address: client, knowsGracefulRestart: false }]);
  nowMs = 9000;
  expect(peers.of(client)).toMatchObject({ heardAtMs: 5000, knowsGracefulRestart: false });
  peers.hear([
    { kind: 'peer-down', address: client, by: 'peer' },
    { kind: 'peer-up', address: client },
  ]);
  expect(peers.of(client)).toEqual({ kind: 'peer-up', address: client, heardAtMs: 9000 });
  peers.hear([{ kind: 'peer-down', address: client, by: 'engine' }]);
  expect(peers.of(client)).toBeUndefined();
  expect(told).toEqual([
    ...[`began ${client}`, 'changed', `ended ${client} peer`, `began ${client}`, 'changed'],
    ...[`ended ${client} engine`, 'changed'],
  ]);
});
