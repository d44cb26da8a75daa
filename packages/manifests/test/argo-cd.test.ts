import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { formatKind, generatedKinds } from '../src/argo-cd/allowed-kinds.ts';
import { apiGroup } from '../src/built/object-id.ts';
import {
  clusterFacts,
  clusterObjects,
  renderManifests,
  revisionsOfBuild,
  type KubernetesObject,
} from '../src/index.ts';
import { objectsOf, type Editable } from './support/built.ts';
import { caseNames, casesFolder, readText, topologyOf } from './support/cases.ts';

test('the project allows the kinds that some topology generates, and no other', () => {
  const generated = new Set(
    caseNames()
      .flatMap(objectsOf)
      .map(({ apiVersion, kind }) => formatKind({ group: apiGroup(apiVersion), kind })),
  );

  expect([...generatedKinds.cluster, ...generatedKinds.namespaced].map(formatKind).sort()).toEqual(
    [...generated].sort(),
  );
});

test('a cluster that has its MetalLB from elsewhere gets no Application and no project for it', () => {
  const objects = applied('metallb:\n', 'metallb:\n  chart: { install: false }\n');

  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'AppProject meshrs-interlock-dci',
    'Application meshrs-interlock-dci',
    'AppProject meshrs-route-servers-dci',
    'Application meshrs-route-servers-dci',
  ]);
});

test('a cluster with a name in Argo CD is reached by it; Argo CD applies its own objects where it runs', () => {
  const objects = applied('      sides: [a, b]\n', '      sides: [a, b]\n      destination: far\n');

  expect(objects.map(({ spec }) => destinationsOf(spec))).toEqual([
    [{ name: 'far', namespace: 'default' }],
    [{ name: 'far', namespace: 'default' }],
    [{ name: 'far', namespace: 'metallb' }],
    [{ name: 'far', namespace: 'metallb' }],
    [
      { name: 'far', namespace: 'meshrr' },
      { name: 'far', namespace: 'metallb' },
    ],
    [{ name: 'far', namespace: 'meshrr' }],
  ]);
});

test('clients that may be missing are named by their addresses, each once, and the time is what the topology says', () => {
  const gate = objectsOfText((text) =>
    text.replace(/(gitops:\n)/, '$1  gate: { seconds: 600, allowMissing: [dc2-leaf1, 192.168.2.11, 192.168.9.9] }\n'),
  ).find(({ metadata }) => metadata.name === 'routeserver-b-gate');

  expect(gate).toMatchObject({ spec: { activeDeadlineSeconds: 2100 } });
  expect(argumentsOf(gate)).toEqual(
    expect.arrayContaining(['--timeout=600', '--let-through=192.168.2.11', '--let-through=192.168.9.9']),
  );
  expect(argumentsOf(gate).filter((text) => text.startsWith('--let-through'))).toHaveLength(2);
});

test('every gate opens one turn, for as long as its side may take, and what ends a sync closes that', () => {
  const args = (edit: (text: string) => string, name: string) =>
    argumentsOf(objectsOfText(edit).find(({ metadata }) => metadata.name === name)).filter((text) =>
      /^--(turn|open-for)=/.test(text),
    );
  const turn = '--turn=meshrr-evpnrs.meshrr';
  expect(args((text) => text, 'routeserver-a-gate')).toEqual([turn, '--open-for=1337']);
  expect(args((text) => text, 'routeserver-b-gate')).toEqual([turn, '--open-for=1337']);
  const ofOthers = (text: string): string => text.replace(/(metallb:\n)/, '$1  chart: { install: false }\n');
  // Without MetalLB's pods on three nodes and those of no side.
  expect(args(ofOthers, 'routeserver-a-gate')).toEqual([turn, '--open-for=557']);
  expect(args((text) => text, 'meshrr-evpnrs-begin-turn')).toEqual([turn]);
  expect(args((text) => text, 'meshrr-evpnrs-close-turn')).toEqual([turn]);
  const hook = objectsOfText((text) => text).find(({ metadata }) => metadata.name === 'meshrr-evpnrs-close-turn');
  expect(hook).toMatchObject({ metadata: { annotations: { 'argocd.argoproj.io/hook': 'PostSync' } } });
});

test('what a sync before left open is closed before anything that only a closed turn lets change', () => {
  const objects = objectsOfText((text) => text);
  const wave = (kind: string, name: string): number =>
    Number(
      objects.find((object) => object.kind === kind && object.metadata.name === name)?.metadata.annotations?.[
        'argocd.argoproj.io/sync-wave'
      ],
    );
  const closing = wave('Pod', 'meshrr-evpnrs-begin-turn');
  for (const kind of ['ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy'])
    expect(wave(kind, 'meshrr-evpnrs-gate'), kind).toBeLessThan(closing);
  expect(wave('Namespace', 'meshrr')).toBeLessThan(closing);
  expect(wave('PodDisruptionBudget', 'meshrr-evpnrs')).toBeGreaterThan(closing);
  expect(wave('Pod', 'routeserver-a-gate')).toBeGreaterThan(wave('PodDisruptionBudget', 'meshrr-evpnrs'));
});

test('nothing of the route servers is repaired by a sync without gates; MetalLB and the root repair themselves', () => {
  const automated = applied('metallb:\n', 'metallb:\n')
    .filter(({ kind }) => kind === 'Application')
    .map(({ metadata, spec }) => [
      metadata.name,
      (spec as { syncPolicy: { automated: { selfHeal: boolean } } }).syncPolicy.automated.selfHeal,
    ]);
  expect(automated).toEqual(
    expect.arrayContaining([
      ['meshrs-route-servers-dci', false],
      ['meshrs-metallb-dci', true],
    ]),
  );
});

test("a side's revision changes with any of its objects, and with none of another side's", () => {
  const revision = (edit: (text: string) => string, side: string): string | undefined =>
    argumentsOf(objectsOfText(edit).find(({ metadata }) => metadata.name === `routeserver-${side}-gate`)).find((text) =>
      text.startsWith('--revision='),
    );
  const asIs = (text: string): string => text;
  const vip = (text: string): string => text.replace('192.168.255.2]', '192.168.255.9]');

  expect(revision(asIs, 'a')).toMatch(/^--revision=[0-9a-f]{20}$/);
  expect(revision(vip, 'b')).not.toBe(revision(asIs, 'b'));
  expect(revision(vip, 'a')).toBe(revision(asIs, 'a'));
});

test('with a component of the user no object bears a revision until it is built', () => {
  const topology = topologyOf('custom-folder');
  const { files, clusters } = renderManifests([{ file: 'topologies/dci.yaml', topology }], () => true);

  expect(files.filter(({ text }) => /--revision=|side-revision: /.test(text))).toEqual([]);
  expect(clusters.map((cluster) => clusterFacts(cluster).marked)).toEqual([[]]);
});

describe('the revision of a side with a component of the user', () => {
  const scope = { cluster: 'dci', topology: topologyOf('frr'), hasCustom: true };
  const { generatedSides } = clusterFacts(scope);
  const plain = Object.fromEntries(Object.entries(generatedSides).map(([side, { revision }]) => [side, revision]));
  const built = (...more: unknown[]): unknown[] => [...clusterObjects(scope), ...more];
  const revisions = (documents: readonly unknown[]): Record<string, string> =>
    revisionsOfBuild(documents, { generatedSides });
  const added = (wave?: string): unknown => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'mine', annotations: { ...(wave !== undefined && { 'argocd.argoproj.io/sync-wave': wave }) } },
  });

  test('is the one without it while the build has nothing else, in any order', () => {
    expect(revisions(built())).toEqual(plain);
    expect(revisions(built().reverse())).toEqual(plain);
    const keysTurned = built().map((object) => Object.fromEntries(Object.entries(object as object).reverse()));
    expect(revisions(keysTurned)).toEqual(plain);
  });

  test.each([
    ['in the turn of a', '11', ['a']],
    ['in the turn of b', '25', ['b']],
    ['before all gates', undefined, []],
    ['in the wave of a gate', '20', []],
  ])('covers an object that is added %s', (_, wave, expected) => {
    const seen = revisions(built(added(wave)));
    expect(Object.keys(seen).filter((side) => seen[side] !== plain[side])).toEqual(expected);
  });

  test.each(['StatefulSet', 'ConfigMap', 'Service', 'BGPPeer', 'IPAddressPool', 'NetworkPolicy'])(
    'covers a change of a %s of b, and leaves a as it is',
    (kind) => {
      const changed = built().map((object) => {
        const { metadata, ...rest } = object as KubernetesObject;
        const isMeant = rest.kind === kind && metadata.name.startsWith('routeserver-b');
        return isMeant
          ? { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, note: 'x' } } }
          : object;
      });
      const seen = revisions(changed);
      expect(seen['a']).toBe(plain['a']);
      expect(seen['b']).not.toBe(plain['b']);
    },
  );

  test('covers what is gone', () => {
    const without = built().filter((object) => (object as KubernetesObject).metadata.name !== 'routeserver-b');
    expect(revisions(without)).toMatchObject({ a: plain['a'] });
    expect(revisions(without)['b']).not.toBe(plain['b']);
  });

  test.each(['Namespace', 'PodDisruptionBudget', 'Role'])('leaves out a %s, which all sides share', (kind) => {
    const changed = built().map((object) =>
      (object as KubernetesObject).kind === kind ? { ...(object as object), note: 'x' } : object,
    );
    expect(revisions(changed)).toEqual(plain);
  });
});

function objectsOfText(edit: (text: string) => string): Editable[] {
  return documentsUnder(edit, /^(base|overlays)\//);
}

/** What the root Application applies, after an edit of the case `frr`. */
function applied(from: string, to: string): Editable[] {
  return documentsUnder((text) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, /^clusters\/dci\/apps\/(?!kustomization)/);
}

function documentsUnder(edit: (text: string) => string, place: RegExp): Editable[] {
  const text = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8');
  const { files } = renderManifests([{ file: 'topologies/dci.yaml', topology: readText(edit(text)) }], () => false);
  return files
    .filter(({ path }) => place.test(path) && !path.endsWith('kustomization.yaml'))
    .flatMap((file) => [...parseAllDocuments(file.text)].map((document) => document.toJS() as Editable));
}

function destinationsOf(spec: unknown): unknown[] {
  const { destination, destinations } = spec as { destination?: unknown; destinations?: unknown[] };
  return destinations ?? [destination];
}

function argumentsOf(pod: Editable | undefined): string[] {
  const { containers } = (pod?.['spec'] ?? { containers: [] }) as { containers: { args: string[] }[] };
  return containers.flatMap(({ args }) => args);
}
