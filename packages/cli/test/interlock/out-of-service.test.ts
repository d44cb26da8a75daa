import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause, startGuardedCluster, type Answer, type GuardedCluster } from './guarded-cluster.ts';
import { turns } from './rows.ts';

let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster();
});
afterAll(async () => {
  await cluster.stop();
});

const node = '/api/v1/nodes/dc2-node1';
const pod = '/api/v1/namespaces/meshrr/pods/routeserver-b-0';
const outOfService = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' };

async function taint(...taints: readonly object[]): Promise<void> {
  const { message } = await cluster.send({ as: 'admin', method: 'PATCH', path: node, body: { spec: { taints } } });
  expect(message).toBe('');
}

async function isLeft(): Promise<boolean> {
  const { status, body } = await cluster.send({ as: 'admin', method: 'GET', path: pod });
  const { metadata } = body as { metadata: { deletionTimestamp?: string; ownerReferences?: readonly unknown[] } };
  return status === 200 && metadata.deletionTimestamp === undefined;
}

test('the taint of a machine that is off ends its pod where the side is open before, and does nothing while it is closed', async () => {
  const conditions = [
    {
      ...{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: '' },
      ...{ lastHeartbeatTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' },
    },
  ];
  const silent: Answer = await cluster.send({
    ...{ as: 'manager', method: 'PATCH', path: `${node}/status`, body: { status: { conditions } } },
  });
  expect(silent.message).toBe('');
  await cluster.open(turns.closed);
  // By the controller of DaemonSets the one of taints has its index of pods.
  const names =
    'taint-eviction-controller,pod-garbage-collector-controller,serviceaccount-controller,daemonset-controller';
  const manager = cluster.runControllers(names, { ownAccounts: true });
  await pause(5);

  await taint(outOfService);
  await waitFor(
    'the deletion is refused',
    () => Promise.resolve(manager.output()),
    (output) => output.includes('Pod routeserver-b-0 of side b cannot be deleted by'),
    30_000,
    200,
  );
  expect(await isLeft()).toBe(true);
  // What the controller was refused it does not ask again.
  await cluster.open(turns.b);
  await pause(12);
  expect(await isLeft()).toBe(true);

  await taint();
  await pause(3);
  await taint(outOfService);
  await waitFor('the pod ends', isLeft, (left) => !left, 60_000, 200);
  await manager.end();
});
