import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chartValues } from '@meshrs/manifests';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseBuild } from '../kustomize/parse-build.ts';
import { openCluster } from '../status/cluster-api.ts';
import {
  moduleFolder,
  startKubeApiserver,
  type ApiObject,
  type KubeApiserver,
} from '../validating/kube-apiserver.test-support.ts';
import { decideRows } from './decide-rows.ts';
import { wantedWith } from './facts.test-support.ts';
import { gatherFacts } from './gather.ts';
import type { Wanted } from './wanted.ts';

/** MetalLB and Argo CD as they themselves are installed: what preflight knows them by must be in their own manifests. */
let api: KubeApiserver;
let metallbFolder: string;

beforeAll(async () => {
  api = await startKubeApiserver();
  metallbFolder = await moduleFolder('metallb/0.16');
  for (const name of ['argocd', 'metallb', 'metallb-system']) {
    await made({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
});
afterAll(async () => {
  await api.stop();
});

async function made(value: ApiObject): Promise<void> {
  const answer = await api.apply(value);
  if (answer.status > 201) throw new Error(`${value.kind} ${value.metadata.name}: ${JSON.stringify(answer.body)}`);
}

async function wordsOf(check: string, wanted: Wanted): Promise<readonly string[]> {
  const cluster = openCluster({ kubeconfig: api.writeKubeconfig('admin'), context: undefined, env: {} });
  const rows = decideRows(await gatherFacts(cluster, wanted), wanted);
  return rows.filter((row) => row.check === check).map(({ state, seen }) => `${state}: ${seen}`);
}

async function chartOf(backend: 'frr-k8s' | 'frr' | 'native'): Promise<readonly ApiObject[]> {
  const args = [
    'template',
    'metallb',
    join(metallbFolder, 'charts/metallb'),
    '--namespace',
    'metallb',
    '--values',
    '-',
  ];
  const child = promisify(execFile)(locateTool('helm'), args, { cwd: tmpdir(), maxBuffer: 2 ** 26 });
  child.child.stdin?.end(JSON.stringify(chartValues(backend, 'revision')));
  return parseBuild((await child).stdout) as ApiObject[];
}

function manifestsOf(backend: 'frr-k8s' | 'frr' | 'native'): readonly ApiObject[] {
  const file = join(metallbFolder, `config/manifests/metallb-${backend}.yaml`);
  return parseBuild(readFileSync(file, 'utf8')) as ApiObject[];
}

/** Has the workloads of MetalLB there while something is looked at. */
async function withMetallb(objects: readonly ApiObject[], look: () => Promise<void>): Promise<void> {
  const workloads = objects.filter(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment');
  for (const each of workloads) await made(each);
  try {
    await look();
  } finally {
    for (const { kind, metadata } of workloads) {
      const path = `/apis/apps/v1/namespaces/${metadata.namespace ?? ''}/${kind.toLowerCase()}s/${metadata.name}`;
      await api.request('DELETE', path);
    }
  }
}

function given(backend: 'frr-k8s' | 'frr' | 'native', namespace: string): Wanted {
  return wantedWith((topology) => ({
    ...topology,
    metallb: { ...topology.metallb, backend, namespace, chart: { ...topology.metallb.chart, install: false } },
  }));
}

describe.each(['frr-k8s', 'frr', 'native'] as const)('MetalLB 0.16.2 with the backend %s', (backend) => {
  const other = backend === 'native' ? 'frr' : 'native';

  test("of the chart is known, by version and backend, and is not Argo CD's", async () => {
    await withMetallb(await chartOf(backend), async () => {
      expect(await wordsOf('metallb', given(backend, 'metallb'))).toEqual(['ok: MetalLB is v0.16.2']);
      expect(await wordsOf('metallb', given(other, 'metallb'))).toEqual([
        'ok: MetalLB is v0.16.2',
        `fail: MetalLB's BGP implementation is ${backend}, and the topology says ${other}`,
      ]);
      expect(await wordsOf('metallb', wantedWith())).toEqual([
        "fail: the cluster has a MetalLB that is not meshrs-metallb-dci's: DaemonSet metallb/metallb-speaker (Helm)",
      ]);
    });
  });

  test('of its own manifests is known', async () => {
    await withMetallb(manifestsOf(backend), async () => {
      expect(await wordsOf('metallb', given(backend, 'metallb-system'))).toEqual(['ok: MetalLB is v0.16.2']);
      expect(await wordsOf('metallb', given(backend, 'metallb'))).toEqual([
        'ok: MetalLB is v0.16.2',
        'fail: MetalLB runs in namespace metallb-system, and reads no pools and peers of metallb',
      ]);
    });
  });
});

test("the FRR-K8s of MetalLB's manifests alone is known", async () => {
  const isFrrK8s = ({ metadata }: ApiObject): boolean => metadata.name.startsWith('frr-k8s');
  await withMetallb(manifestsOf('frr-k8s').filter(isFrrK8s), async () => {
    expect(await wordsOf('metallb', wantedWith())).toEqual([
      "fail: the cluster has an FRR-K8s that is not meshrs-metallb-dci's: DaemonSet metallb-system/frr-k8s-daemon (kustomize)",
    ]);
  });
});

test('Argo CD 3.2.11 of its install.yaml is known, and may make what is generated', async () => {
  const file = join(await moduleFolder('argocd/3.2'), 'manifests/install.yaml');
  const isController = ({ metadata }: ApiObject): boolean => metadata.name === 'argocd-application-controller';
  const all = parseBuild(readFileSync(file, 'utf8')) as ApiObject[];
  for (const object of all.filter((each) => isController(each) && each.kind !== 'NetworkPolicy')) {
    const isClusterWide = object.kind.startsWith('Cluster');
    await made({ ...object, metadata: { ...object.metadata, ...(!isClusterWide && { namespace: 'argocd' }) } });
  }
  expect(await wordsOf('argo-cd', wantedWith())).toEqual(['ok: Argo CD is v3.2.11']);
  // Its own ConfigMaps are not there: what is told is that, and not that its controller does not read them.
  expect(await wordsOf('argo-cd-controller', wantedWith())).toEqual([]);
  await expect
    .poll(() => wordsOf('argo-cd-rights', wantedWith()), { timeout: 60_000 })
    .toEqual(['ok: its application controller may make what is generated, and write the turn']);
  const settings = all.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'argocd-cm');
  for (const each of settings) await made({ ...each, metadata: { ...each.metadata, namespace: 'argocd' } });
  expect(settings).toHaveLength(1);
  expect(await wordsOf('argo-cd-filters', wantedWith())).toEqual(['ok: Argo CD sees every kind that is generated']);
});
