import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { speakersRevision } from '@meshrs/contract';
import { chartKinds, chartValues, metallbChart } from '@meshrs/manifests';
import { topologyOf } from '@meshrs/manifests/test-support';
import { locateTool } from '@meshrs/tools/locate';
import { pins } from '@meshrs/tools/pins';
import { versionOf } from '@meshrs/tools/schema-version';
import { z } from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseBuild } from '../kustomize/parse-build.ts';
import { moduleFolder } from './kube-apiserver.test-support.ts';

/** MetalLB's own chart validates: what Argo CD would render of it with the generated values. */
const backends = ['frr-k8s', 'frr', 'native'] as const;
let chart: string;

beforeAll(async () => {
  chart = join(await moduleFolder('metallb/0.16'), 'charts/metallb');
});

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly updateStrategy?: unknown; readonly template?: unknown };
}

const marks = z.object({
  metadata: z.object({
    annotations: z.record(z.string(), z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
});

function revisionsOf(template: unknown): readonly (string | undefined)[] {
  const { success, data } = marks.safeParse(template);
  if (!success) return [];
  const { annotations, labels } = data.metadata;
  return [annotations?.[speakersRevision], labels?.[speakersRevision]];
}

describe.each(backends)("MetalLB's chart for the backend %s", (backend) => {
  test('rolls no DaemonSet by itself: each serves both sides', async () => {
    const sets = (await render(chartValues(backend, 'revision'))).filter(({ kind }) => kind === 'DaemonSet');

    expect(sets.map(({ metadata, spec }) => [metadata.name, spec?.updateStrategy])).toEqual([
      ...(backend === 'frr-k8s' ? [['metallb-frr-k8s', { type: 'OnDelete' }]] : []),
      ['metallb-speaker', { type: 'OnDelete' }],
    ]);
  });

  test('gives each pod of a DaemonSet the revision, as annotation or label, and no other pod', async () => {
    const objects = await render(chartValues(backend, '0b7d'));
    const marked = objects.filter(({ spec }) => JSON.stringify(revisionsOf(spec?.template)).includes('0b7d'));

    expect(marked.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      ...(backend === 'frr-k8s' ? ['DaemonSet metallb-frr-k8s'] : []),
      'DaemonSet metallb-speaker',
    ]);
  });

  test('runs FRR where the backend says', async () => {
    const text = JSON.stringify(await render(chartValues(backend, 'revision')));

    expect(text.includes('quay.io/frrouting/frr')).toBe(backend !== 'native');
    expect(text.includes('quay.io/metallb/frr-k8s')).toBe(backend === 'frr-k8s');
  });

  test('makes nothing but in its namespace, of the kinds that the project allows', async () => {
    const objects = await render(chartValues(backend, 'revision'));

    const isNamespaced = ({ metadata }: Rendered): boolean => metadata.namespace !== undefined;
    expect(kindsOf(objects.filter(isNamespaced))).toEqual(sorted(chartKinds.namespaced));
    expect(kindsOf(objects.filter((object) => !isNamespaced(object)))).toEqual(sorted(chartKinds.cluster));
    expect([...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))]).toEqual(['metallb']);
  });
});

test('without the generated values the chart would roll both sides at once', async () => {
  const sets = (await render({})).filter(({ kind }) => kind === 'DaemonSet');

  expect(sets.map(({ spec }) => spec?.updateStrategy)).toEqual([{ type: 'RollingUpdate' }, { type: 'RollingUpdate' }]);
});

test('nobody but the speakers’ account, as the interlock calls it, and frr-k8s itself write FRRConfigurations', async () => {
  const objects = (await render({ frrk8s: { enabled: true } })) as (Rendered & AccessObject)[];

  const writes = ({ rules = [] }: AccessObject): boolean =>
    rules.some(({ resources, verbs }) => resources?.includes('frrconfigurations') === true && verbs.includes('update'));
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role').filter(writes);
  const accounts = objects.flatMap(({ roleRef, subjects = [] }) =>
    roles.some(({ metadata }) => metadata.name === roleRef?.name) ? subjects.map(({ name }) => name) : [],
  );

  expect([...new Set(accounts)].sort()).toContain('metallb-speaker');
  expect(accounts.filter((name) => !['metallb-speaker', 'metallb-frr-k8s', 'frr-k8s-daemon'].includes(name))).toEqual(
    [],
  );
});

test('takes what a topology says of its pods, and rolls none of them by itself all the same', async () => {
  const { backend, chart: given, loadBalancerClass } = topologyOf('cluster-options').metallb;
  const objects = await render(chartValues(backend, 'revision', { values: given.values, loadBalancerClass }));

  const template = (name: string): string =>
    JSON.stringify(
      objects.find(({ kind, metadata }) => /^(Deployment|DaemonSet)$/.test(kind) && metadata.name === name)?.spec
        ?.template,
    );
  const all = ['metallb-controller', 'metallb-speaker', 'metallb-frr-k8s'].map(template);
  for (const each of all) {
    expect(each).toContain('"imagePullSecrets":[{"name":"mirror"}]');
    expect(each.match(/"image":"[^"]*/g)?.filter((image) => !image.includes('mirror.example.com/'))).toEqual([]);
  }
  const [controller = '', ...daemons] = all;
  expect(controller).toContain('"priorityClassName":"system-cluster-critical"');
  expect(controller).toContain('"kubernetes.io/arch":"amd64"');
  for (const each of daemons) expect(each).toContain('"key":"example.com/dedicated"');
  expect(all.filter((each) => each.includes('--lb-class=metallb.io/metallb'))).toHaveLength(2);
  expect(template('metallb-speaker')).toContain('--ignore-exclude-lb');
  expect(objects.filter(({ kind }) => kind === 'DaemonSet').map(({ spec }) => spec?.updateStrategy)).toEqual([
    { type: 'OnDelete' },
    { type: 'OnDelete' },
  ]);
});

interface AccessObject {
  readonly rules?: readonly { readonly resources?: readonly string[]; readonly verbs: readonly string[] }[];
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
}

async function render(values: object): Promise<Rendered[]> {
  const args = ['template', metallbChart, chart, '--namespace', 'metallb', '--include-crds', '--values', '-'];
  const child = promisify(execFile)(locateTool('helm'), args, { cwd: tmpdir(), maxBuffer: 2 ** 26 });
  child.child.stdin?.end(JSON.stringify(values));
  const { stdout } = await child;
  return parseBuild(stdout) as Rendered[];
}

function kindsOf(objects: readonly Rendered[]): string[] {
  return [
    ...new Set(
      objects.map(
        ({ apiVersion, kind }) => `${apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : ''}/${kind}`,
      ),
    ),
  ].sort();
}

function sorted(kinds: readonly { readonly group: string; readonly kind: string }[]): string[] {
  return kinds.map(({ group, kind }) => `${group}/${kind}`).sort();
}

// The version that is rendered is the one that is generated.
test('the chart is the one of the pinned schemas', () => {
  const pin = pins.schemaSets['metallb/0.16'];
  expect(pin && versionOf('metallb/0.16', pin, pins)).toBe('v0.16.2');
});
