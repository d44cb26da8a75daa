import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGuardedCluster, type Answer, type GuardedCluster } from './guarded-cluster.ts';
import { turns } from './rows.ts';

let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster();
});
afterAll(async () => {
  await cluster.stop();
});

const pods = '/api/v1/namespaces/meshrr/pods';
const get = (path: string): Promise<Answer> => cluster.send({ as: 'admin', method: 'GET', path });

test('with everything closed a StatefulSet makes a pod anew that is gone, and a namespace ends whose deletion was let through', async () => {
  // There is no kubelet that would end those on nodes.
  await cluster.send({ as: 'manager', method: 'DELETE', path: `${pods}?gracePeriodSeconds=0` });
  await cluster.open(turns.closed);
  const names =
    'statefulset-controller,endpointslice-controller,serviceaccount-controller,namespace-controller,garbage-collector-controller,pod-garbage-collector-controller';
  const manager = cluster.runControllers(names, { ownAccounts: true });

  const { body } = await waitFor(
    'the pod is there again',
    () => get(`${pods}/routeserver-b-0`),
    ({ status }) => status === 200,
    60_000,
    100,
  );

  const made = body as { metadata: { ownerReferences: unknown; managedFields: readonly { manager: string }[] } };
  expect(made.metadata.ownerReferences).toMatchObject([{ kind: 'StatefulSet', name: 'routeserver-b' }]);
  await waitFor(
    'the controllers have written what they alone write: endpoints of no pod that is gone, and a revision',
    async () => ({
      slice: await get('/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices/routeserver-b-x7k2p'),
      revisions: await get('/apis/apps/v1/namespaces/meshrr/controllerrevisions?labelSelector=side%3Db'),
    }),
    ({ slice, revisions }) => {
      const { endpoints } = slice.body as { endpoints?: readonly unknown[] | null };
      const { items } = revisions.body as { items: readonly { metadata: { name: string } }[] };
      return (endpoints ?? []).length === 0 && items.some(({ metadata }) => !metadata.name.endsWith('-6d8f9c7b54'));
    },
    60_000,
    100,
  );
  expect(await cluster.send({ as: 'admin', method: 'DELETE', path: `${pods}/routeserver-b-0` })).toMatchObject({
    status: 403,
  });
  await cluster.open(turns.all);
  expect(await cluster.send({ as: 'admin', method: 'DELETE', path: '/api/v1/namespaces/meshrr' })).toMatchObject({
    status: 200,
  });
  await cluster.open(turns.closed);
  await waitFor(
    'the namespace is gone',
    () => get('/api/v1/namespaces/meshrr'),
    ({ status }) => status === 404,
    60_000,
    200,
  );
  await manager.end();
});
