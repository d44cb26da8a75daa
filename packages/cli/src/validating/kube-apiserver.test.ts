import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseNames, scratchRepositoryWithTree, tools } from '../../test/support/scratch-repository.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { startKubeApiserver, type ApiObject, type KubeApiserver } from './kube-apiserver.test-support.ts';
import { runTool } from '../tools/run-tool.ts';

/** Kubernetes itself validates: its own validation, defaulting and admission, of the version that the lab runs. */
let api: KubeApiserver;

beforeAll(async () => {
  api = await startKubeApiserver();
});

afterAll(async () => {
  await api.stop();
});

describe('kube-apiserver takes', () => {
  test.each(caseNames())('every object of %s, strictly and without a warning', async (name) => {
    const objects = await builtObjects(name);
    await makeNamespaces(objects);

    for (const object of objects) {
      const answer = await api.apply(object, { dryRun: true });

      expect({ ...answer, body: answer.status > 201 ? answer.body : undefined }, nameOf(object)).toEqual({
        status: expect.toSatisfy((status: number) => status === 200 || status === 201) as number,
        warnings: [],
        body: undefined,
      });
    }
  });

  test.each(caseNames())('the pods of %s in their namespace', async (name) => {
    const objects = await builtObjects(name);
    await makeNamespaces(objects);

    for (const pod of podsOf(objects)) {
      const { status, warnings, body } = await api.createPod(namespaceOf(objects), pod);

      expect({ status, warnings }, JSON.stringify(body)).toEqual({ status: 201, warnings: [] });
    }
  });

  test.each(caseNames())('the gates of %s, in a restricted namespace with any engine', async (name) => {
    const objects = await builtObjects(name);
    await makeNamespaces(objects);
    await api.apply(restricted);
    await api.apply({
      ...find(objects, 'ServiceAccount', /-gate$/),
      metadata: { ...find(objects, 'ServiceAccount', /-gate$/).metadata, namespace: 'restricted' },
    });

    const gates = objects.filter(({ kind }) => kind === 'Pod');
    expect(gates.length).toBeGreaterThan(1);
    for (const gate of gates) {
      const { status, warnings, body } = await api.createPod('restricted', {
        ...gate,
        metadata: { ...gate.metadata, namespace: 'restricted' },
      });

      expect({ status, warnings }, JSON.stringify(body)).toEqual({ status: 201, warnings: [] });
    }
  });

  const taken = new Set<string>();
  describe.each(['3.2', '3.5'] as const)('as Argo CD %s has its kinds', (version) => {
    test('every Application, project, setting and part of the interlock of every case', async () => {
      await api.installArgoCd(version);
      await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
      await api.installTurns();
      for (const name of caseNames()) {
        const objects = argoCdObjects(name);
        expect(objects.map(({ kind }) => kind)).toContain('Application');
        for (const object of objects) {
          // Most of the interlock is the same for fleets of one shape, and none of it is of Argo CD: once is enough.
          const key = `${object.apiVersion.startsWith('argoproj.io/') ? version : ''} ${JSON.stringify(object)}`;
          if (taken.has(key)) continue;
          taken.add(key);
          const { status, warnings, body } = await api.apply(object, { dryRun: true });

          expect({ status, warnings }, `${name}: ${JSON.stringify(body)}`).toEqual({
            status: expect.toSatisfy((code: number) => code === 200 || code === 201) as number,
            warnings: [],
          });
        }
      }
    });

    test('not a field that it does not know', async () => {
      await api.installArgoCd(version);
      const application = find(argoCdObjects('frr'), 'Application');

      const answer = await api.apply({ ...application, spec: { ...application.spec, wave: 1 } }, { dryRun: true });

      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(answer.body)).toContain('.spec.wave: field not declared in schema');
    });
  });

  test('FRR in a namespace that enforces "restricted"', async () => {
    const objects = await builtObjects('frr');

    expect(objects.find(({ kind }) => kind === 'Namespace')?.metadata).toMatchObject({
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
  });
});

describe('kube-apiserver refuses', () => {
  test('a field that it does not know', async () => {
    const objects = await builtObjects('frr');
    await makeNamespaces(objects);
    const set = find(objects, 'StatefulSet');

    const answer = await api.apply({ ...set, spec: { ...set.spec, replica: 2 } }, { dryRun: true });

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer.body)).toContain('.spec.replica: field not declared in schema');
  });

  test('a BGPPeer with an AS in asdot', async () => {
    const objects = await builtObjects('frr');
    await makeNamespaces(objects);
    const peer = find(objects, 'BGPPeer');

    const answer = await api.apply({ ...peer, spec: { ...peer.spec, myASN: '65000.3' } }, { dryRun: true });

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer.body)).toContain('spec.myASN');
  });

  test('a pod of FRR with one privilege more, in its restricted namespace', async () => {
    const objects = await builtObjects('frr');
    await makeNamespaces(objects);
    const [pod] = podsOf(objects);

    const answer = await api.createPod(namespaceOf(objects), withPrivilege(pod));

    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain('violates PodSecurity');
  });

  test('a pod of cRPD in a restricted namespace', async () => {
    await makeNamespaces(await builtObjects('frr'));
    const [pod] = podsOf(await builtObjects('crpd'));

    expect((await api.createPod('meshrr', pod)).status).toBe(403);
  });

  test('nothing in silence: a StatefulSet whose pods the namespace would refuse comes with a warning', async () => {
    const objects = await builtObjects('frr');
    await makeNamespaces(objects);

    const { warnings } = await api.apply(withPrivilege(find(objects, 'StatefulSet')) as ApiObject, { dryRun: true });

    expect(warnings.join()).toContain('would violate PodSecurity');
  });
});

const restricted: ApiObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'restricted',
    ...{
      labels: Object.fromEntries(
        ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
      ),
    },
  },
};

/** Everything under clusters/ of the one cluster of a case. */
function argoCdObjects(name: string): ApiObject[] {
  const folder = join(scratchRepositoryWithTree(name).path, 'clusters');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
  return paths
    .filter((path) => !path.endsWith('kustomization.yaml'))
    .flatMap((path) => parseBuild(readFileSync(join(folder, path), 'utf8')) as ApiObject[]);
}

/** What kustomize gives for the one cluster of a case. */
async function builtObjects(name: string): Promise<ApiObject[]> {
  const repository = scratchRepositoryWithTree(name);
  const cluster = readdirSync(join(repository.path, 'overlays'))[0] ?? '';
  const { stdout } = await runTool(tools.kustomize, ['build', join(repository.path, 'overlays', cluster)]);
  return parseBuild(stdout) as ApiObject[];
}

/** For real, since pods refer to them; the rest is only tried. */
async function makeNamespaces(objects: readonly ApiObject[]): Promise<void> {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const bare = [...names].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const own = objects.filter(({ kind }) => ['Namespace', 'ServiceAccount', 'PriorityClass'].includes(kind));
  for (const object of [...bare, ...own]) {
    const { status, body } = await api.apply(object);
    if (status > 201) throw new Error(`${nameOf(object)}: ${JSON.stringify(body)}`);
  }
}

/** A pod of each StatefulSet, as its controller would make it; of its claims only the names are known. */
function podsOf(objects: readonly ApiObject[]): unknown[] {
  return objects
    .filter(({ kind }) => kind === 'StatefulSet')
    .map(({ metadata, spec }) => {
      const { template, volumeClaimTemplates = [] } = spec as {
        template: { metadata: object; spec: { volumes: object[] } };
        volumeClaimTemplates?: { metadata: { name: string } }[];
      };
      const claims = volumeClaimTemplates.map((claim) => ({
        name: claim.metadata.name,
        persistentVolumeClaim: { claimName: `${claim.metadata.name}-${metadata.name}-0` },
      }));
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...template.metadata, name: `${metadata.name}-0` },
        spec: { ...template.spec, volumes: [...template.spec.volumes, ...claims] },
      };
    });
}

function withPrivilege(object: unknown): unknown {
  return JSON.parse(
    JSON.stringify(object).replace('"allowPrivilegeEscalation":false', '"allowPrivilegeEscalation":true'),
  );
}

function namespaceOf(objects: readonly ApiObject[]): string {
  return find(objects, 'StatefulSet').metadata.namespace ?? '';
}

function find(objects: readonly ApiObject[], kind: string, name = /^/): ApiObject {
  const object = objects.find((candidate) => candidate.kind === kind && name.test(candidate.metadata.name));
  if (!object) throw new Error(`The build has no ${kind}.`);
  return object;
}

function nameOf({ kind, metadata }: ApiObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
