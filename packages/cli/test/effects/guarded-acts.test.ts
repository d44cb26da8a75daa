import { compareBuilt, type Act } from '@meshrs/impact';
import type { KubernetesObject } from '@meshrs/manifests';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pathOf, startGuardedCluster, type GuardedCluster } from '../interlock/guarded-cluster.ts';
import { turns } from '../interlock/rows.ts';
import { typeCommand } from '../support/typed-command.ts';

/*
 * What a build prints for an object that has to be deleted is typed here as it is printed, at an API server with the whole
 * interlock: refused until the side is open of which that is said, and done then.
 */

let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster();
});
afterAll(async () => {
  await cluster.stop();
});

const type = (command: string) => typeCommand(command, cluster.kubeconfig('alice'));

/** Of the object of this name that changes so. */
function actsOf(kind: string, name: string, fields: object, before: object = {}): readonly Act[] {
  const changed = (more: object) =>
    cluster.objects.map((object) =>
      object.kind === kind && object.metadata.name === name ? merged(merged(object, before), more) : object,
    );
  const { acts } = compareBuilt(changed({}), changed(fields));
  return acts;
}

function merged(object: KubernetesObject, fields: object): KubernetesObject {
  const { spec } = object as { readonly spec?: object };
  const { spec: more, ...others } = fields as { readonly spec?: object };
  return { ...object, ...others, ...(more && { spec: { ...spec, ...more } }) };
}

async function expectRefused(command: string): Promise<void> {
  const { code, out } = await type(command);
  expect([code === 0, out.includes('denied request')], out).toEqual([false, true]);
}

const isThere = async (path: string): Promise<boolean> =>
  (await cluster.send({ as: 'manager', method: 'GET', path })).status === 200;
const pathTo = (kind: string, name: string): string =>
  pathOf(cluster.objects.find((each) => each.kind === kind && each.metadata.name === name) ?? expect.unreachable(name));

test.each([
  ['StatefulSet', 'routeserver-b', { spec: { podManagementPolicy: 'OrderedReady' } }, {}],
  ['ConfigMap', 'routeserver-b-settings', { binaryData: { x: 'eA==' } }, { immutable: true }],
  ['Service', 'routeserver-b', { spec: { clusterIP: '10.96.7.8' } }, { spec: { clusterIP: '10.96.7.7' } }],
])('a %s %s that nobody can change in place is deleted while its side is open', async (kind, name, fields, before) => {
  const [act] = actsOf(kind, name, fields, before);
  const [show = '', remove = '', ...others] = act?.commands ?? [];
  expect([act?.side, others]).toEqual(['b', []]);
  expect(act?.what).toContain('while side b is open');
  const path = pathTo(kind, name);
  for (const closed of ['closed', 'a'] as const) {
    await cluster.open(turns[closed]);
    await expectRefused(remove);
    expect(await isThere(path)).toBe(true);
  }
  await cluster.open(turns.b);
  expect((await type(show)).out).toMatch(/meshrr-evpnrs\.meshrr +b /);
  expect(await type(remove)).toMatchObject({ code: 0 });
  expect(await isThere(path)).toBe(false);
  await cluster.restore(path);
});

test('a ConfigMap that all sides share is deleted while all of them are open', async () => {
  const name = 'meshrr-evpnrs-fleet';
  const [act] = actsOf('ConfigMap', name, { binaryData: { x: 'eA==' } }, { immutable: true });
  const [, remove = ''] = act?.commands ?? [];
  expect(act?.what).toContain('while all sides are open');
  for (const closed of ['closed', 'a', 'b'] as const) {
    await cluster.open(turns[closed]);
    await expectRefused(remove);
  }
  await cluster.open(turns.all);
  expect(await type(remove)).toMatchObject({ code: 0 });
  expect(await isThere(pathTo('ConfigMap', name))).toBe(false);
  await cluster.restore(pathTo('ConfigMap', name));
});

test('the pods that have read it are deleted while a person has their side open', async () => {
  const acts = actsOf('ConfigMap', 'routeserver-b-settings', { binaryData: { x: 'eA==' } }, { immutable: true });
  const [open = '', remove = '', ...others] = acts.find(({ when }) => when === 'after')?.commands ?? [];
  // What it does test/opening says; here it is open by its rules.
  expect([open.startsWith('pnpm meshrs open b --reason '), others]).toEqual([true, []]);
  const folder = '/api/v1/namespaces/meshrr/pods';
  for (const closed of ['closed', 'aByPerson'] as const) {
    await cluster.open(turns[closed]);
    await expectRefused(remove);
  }
  await cluster.open(turns.byPerson);
  const removed = type(remove);
  // As their kubelet does it, when the pods have ended.
  for (const name of ['routeserver-b-0', 'routeserver-b-1']) {
    await waitFor(
      `${name} ends`,
      async () =>
        JSON.stringify((await cluster.send({ as: 'manager', method: 'GET', path: `${folder}/${name}` })).body),
      (body) => body.includes('deletionTimestamp'),
      30_000,
      50,
    );
  }
  const pods = (await cluster.send({ as: 'manager', method: 'GET', path: folder })).body as {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
  };
  const going = pods.items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [] : [metadata.name]));
  for (const name of going) {
    await cluster.send({ as: 'kubelet', method: 'DELETE', path: `${folder}/${name}?gracePeriodSeconds=0` });
  }
  expect(await removed).toMatchObject({ code: 0 });
  // Of the other side none goes.
  expect(going.filter((name) => !/-b-\d$/.test(name))).toEqual([]);
});
