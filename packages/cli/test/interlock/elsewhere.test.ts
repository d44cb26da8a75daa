import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  asGate,
  certificate,
  inMetallb,
  marked,
  otherCertificate,
  otherServer,
  ours,
  podsOfMetallb,
  podWith,
} from './authority-rows.ts';
import { startGuardedCluster, type GuardedCluster, type User } from './guarded-cluster.ts';
import { labelled, otherSchema, patch, post, row, turns, type Row } from './rows.ts';
import { faultsOf } from './run-rows.ts';

/*
 * A cluster to which the commits come from an Argo CD of another one, by a name that nobody knows, and whose MetalLB others have installed: the policies
 * take more for a commit and for who installs MetalLB, and no more than that.
 */
let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster({
    // Whose pods pass the level "restricted".
    of: 'frr',
    change: (text) =>
      text
        .replace('sides: [a, b]', 'sides: [a, b]\n      destination: elsewhere')
        .replace('metallb:\n', 'metallb:\n  chart: { install: false }\n'),
  });
});
afterAll(async () => {
  await cluster.stop();
});

const role = '/apis/rbac.authorization.k8s.io/v1/namespaces/meshrr/roles/meshrr-evpnrs';
const fewerRights = patch(role, { rules: [] });
const schema = otherSchema('bgppeers.metallb.io');
const schemaOfTurn = otherSchema('turns.meshrs.dev');
const pod = post('/api/v1/namespaces/metallb/pods', podWith({}));
const foreign = { says: 'writes,' };

const commits: readonly Row[] = [
  // By the name of a cloud: by the mark alone.
  row('a commit', 'closed', 'remote', marked(fewerRights, ours), 'passes'),
  row('a commit of another Application', 'closed', 'remote', marked(fewerRights, 'mine'), 'shared'),
  row('what bears no mark', 'b', 'remote', fewerRights, 'shared'),
  row('a definition, which bears none', 'closed', 'remote', schemaOfTurn, 'shared'),
  row('a definition, which bears none', 'all', 'remote', schemaOfTurn, 'passes'),
  row('a gate', 'closed', 'remote', marked(asGate, ours), 'passes'),
  // By an account of any namespace but ours.
  row('a commit', 'closed', 'ci', marked(fewerRights, ours), 'passes'),
  row('what bears no mark', 'closed', 'ci', fewerRights, 'passes'),
  row('a commit of another Application', 'closed', 'ci', marked(fewerRights, 'mine'), 'shared'),
  row('a definition', 'closed', 'ci', schemaOfTurn, 'passes'),
  ...(['argocdServer', 'likeAgent', 'gate', 'metallb'] as const).flatMap((as): Row[] => [
    row('a commit', 'closed', as, marked(fewerRights, ours), 'shared'),
    row('a commit', 'b', as, marked(fewerRights, ours), 'shared'),
  ]),
  row('a gate', 'closed', 'argocdServer', marked(asGate, ours), foreign),
  row('a gate', 'closed', 'editor', marked(asGate, ours), foreign),
];

const installers: readonly User[] = ['k3s', 'olm', 'ci', 'alice', 'argocd'];
const notInstallers: readonly User[] = ['argocdServer', 'likeAgent', 'gate'];
const ofMetallb: readonly Row[] = [
  ...installers.flatMap((as): Row[] => [
    row('another schema of MetalLB’s', 'closed', as, schema, 'passes'),
    row('another server of its conversion', 'closed', as, otherServer, 'passes'),
    row('a pod', 'closed', as, pod, 'passes'),
  ]),
  ...podsOfMetallb.map(([what, request]) => row(what, 'closed', 'k3s', request, 'passes')),
  ...notInstallers.flatMap((as): Row[] => [
    row('another schema of MetalLB’s', 'closed', as, schema, 'shared'),
    row('a pod', 'b', as, pod, inMetallb),
  ]),
  ...podsOfMetallb.map(([what, request]) => row(what, 'b', 'argocdServer', request, inMetallb)),
  ...(['k3s', 'olm', 'alice'] as const).map((as) => row('another turn', 'closed', as, schemaOfTurn, 'shared')),
  row('a pod, by an operator there', 'closed', 'metallb', pod, 'passes'),
  row('a pod, by its name alone', 'closed', 'editor', pod, inMetallb),
  row('a certificate', 'closed', 'cainjector', certificate, 'passes'),
  row('another certificate', 'a', 'cainjector', otherCertificate, 'passes'),
  row('another server of the conversion', 'closed', 'cainjector', otherServer, 'shared'),
  row('another schema', 'closed', 'cainjector', schema, 'shared'),
  row('another turn', 'b', 'cainjector', schemaOfTurn, 'shared'),
];

const ns = '/api/v1/namespaces/meshrr';
const enforce = 'pod-security.kubernetes.io/enforce';
/** The level of the fleet's own namespace is free as it is generated, and so is none. */
const levels: readonly Row[] = [
  row('another level', 'closed', 'remote', marked(labelled(ns, enforce, 'baseline'), ours), 'shared'),
  row('another level', 'closed', 'ci', labelled(ns, enforce, 'baseline'), 'shared'),
  row('another version of it', 'b', 'alice', labelled(ns, `${enforce}-version`, 'latest'), 'shared'),
  row('another version of it', 'closed', 'ci', labelled(ns, `${enforce}-version`, 'latest'), 'shared'),
  row('another version of it', 'all', 'alice', labelled(ns, `${enforce}-version`, 'latest'), 'passes'),
  row('no level', 'closed', 'alice', labelled(ns, enforce, 'privileged'), 'passes'),
];

const rows = [...levels, ...commits, ...ofMetallb];
test.each([...new Set(rows.map(({ turn }) => turn))])('while the turn is %s', async (turn) => {
  await cluster.open(turns[turn]);
  expect(
    await faultsOf(
      cluster,
      rows.filter((each) => each.turn === turn),
    ),
  ).toEqual([]);
});

test('a commit gives the namespace its level again, and nobody else does', async () => {
  await cluster.open(turns.closed);
  const give = async (as: User, level: string): Promise<number> =>
    (await cluster.send({ as, ...labelled(ns, enforce, level) })).status;
  expect(await give('alice', 'privileged')).toBe(200);
  expect(await give('alice', 'restricted')).toBe(403);
  expect(await give('argocdServer', 'restricted')).toBe(403);
  expect(await give('ci', 'baseline')).toBe(403);
  expect(await give('ci', 'restricted')).toBe(200);
});
