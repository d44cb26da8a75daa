import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterFacts } from '@meshrs/manifests';
import { countedMemory } from '../../test/support/counted-memory.ts';
import { countedProgram } from '../../test/support/counted-program.ts';
import { topologyOf } from '../../test/support/scratch-repository.ts';
import { scratch } from '../../test/support/scratch.ts';
import { renderTopologies, type Rendered } from '../generating/render-topologies.ts';
import { validateArgoCd } from './validate-argo-cd.ts';
import { validateCluster } from './validate-cluster.ts';
import type { Validators } from './validators.ts';

/** What a verdict depends on; one thing is another one the second time. */
interface Inputs {
  readonly files: Readonly<Record<string, string>>;
  readonly facts: ClusterFacts;
  readonly identity: string;
  readonly kustomize: string;
  readonly kustomizeOfArgoCd: string;
  readonly kubeconform: string;
  readonly schemas: string;
}

let rendered: Rendered;
let first: Inputs;
beforeAll(() => {
  rendered = renderTopologies([{ file: 'topologies/dci.yaml', text: topologyOf('frr') }], []);
  const [facts] = rendered.clusters;
  if (!facts) throw new Error('the topology gives no cluster');
  first = {
    files: {
      ...Object.fromEntries(rendered.files.map(({ path, text }) => [path, text])),
      'overlays/dci/custom/kustomization.yaml': 'kind: Component\nresources: [a.yaml]\n',
      'overlays/dci/custom/a.yaml': 'kind: ConfigMap\n',
    },
    facts,
    identity: 'identity',
    kustomize: 'kustomize',
    kustomizeOfArgoCd: 'kustomize of Argo CD',
    kubeconform: 'kubeconform',
    schemas: 'schemas',
  };
});

const report = '<testsuites><testsuite><testcase classname="ConfigMap@v1" name="x"/></testsuite></testsuites>';

/**
 * Validates twice and tells how often all of it was validated the second time. The programs say the same whatever they are
 * given, so that a verdict is made anew only for what stands in its key.
 */
async function callsWith(
  validate: typeof validateCluster | typeof validateArgoCd,
  change: Partial<Inputs>,
  before = first,
): Promise<number> {
  const repository = scratch();
  const kustomize = countedProgram(
    repository,
    'kustomize',
    "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: x }\\n'",
  );
  const kubeconform = countedProgram(repository, 'kubeconform', `echo '${report}'`);
  const cache = countedMemory();
  const run = (inputs: Inputs): Promise<unknown> => {
    const set = { version: '1', name: 'One 1', locations: [] };
    const validators: Validators = {
      kustomize: { path: kustomize.path, fingerprint: inputs.kustomize },
      kustomizeOfArgoCd: { path: kustomize.path, fingerprint: inputs.kustomizeOfArgoCd },
      kubeconform: { path: kubeconform.path, fingerprint: inputs.kubeconform },
      schemas: { kubernetes: [set], argoCd: [set], fingerprint: inputs.schemas },
      identity: inputs.identity,
    };
    const tree = new Map(Object.entries(inputs.files).map(([path, text]) => [path, Buffer.from(text)]));
    return validate(repository, { root: repository, tree }, inputs.facts, validators, cache);
  };
  const one = await run(before);
  const callsOfAll = kubeconform.calls();
  expect(callsOfAll).toBeGreaterThan(0);
  const other = await run({ ...before, ...change });
  if (Object.keys(change).length === 0) expect(other).toEqual(one);
  return kubeconform.calls() / callsOfAll - 1;
}

describe('the verdict on an overlay', () => {
  it('is remembered as long as nothing has changed', async () => {
    expect(await callsWith(validateCluster, {})).toBe(0);
  });

  it.each(['identity', 'kustomize', 'kustomizeOfArgoCd', 'kubeconform', 'schemas'] as const)(
    'does not outlive another %s, though the build is the same',
    async (name) => {
      expect(await callsWith(validateCluster, { [name]: 'another' })).toBe(1);
    },
  );

  it.each(['base/dci/namespace.yaml', 'overlays/dci/a/service.yaml', 'overlays/dci/custom/a.yaml'])(
    'does not outlive a change of %s, though the build is the same',
    async (path) => {
      expect(first.files).toHaveProperty([path]);
      expect(await callsWith(validateCluster, { files: { ...first.files, [path]: 'another: file\n' } })).toBe(1);
    },
  );

  it('does not outlive other facts of the topology', async () => {
    const facts = { ...first.facts, generated: first.facts.generated.slice(1) };
    expect(await callsWith(validateCluster, { facts })).toBe(1);
  });

  it('is not remembered for a component that reads elsewhere', async () => {
    const files = {
      ...first.files,
      'overlays/dci/custom/kustomization.yaml': 'kind: Component\nresources: [../../../shared]\n',
    };
    expect(await callsWith(validateCluster, {}, { ...first, files })).toBe(1);
  });
});

describe('the verdict on clusters/', () => {
  it('is remembered as long as nothing has changed, whatever else the repository holds', async () => {
    expect(await callsWith(validateArgoCd, {})).toBe(0);
    expect(await callsWith(validateArgoCd, { files: { ...first.files, 'base/dci/namespace.yaml': '' } })).toBe(0);
  });

  it.each(['identity', 'kustomize', 'kustomizeOfArgoCd', 'kubeconform', 'schemas'] as const)(
    'does not outlive another %s',
    async (name) => {
      expect(await callsWith(validateArgoCd, { [name]: 'another' })).toBe(1);
    },
  );

  it.each(['clusters/dci/bootstrap.yaml', 'clusters/dci/apps/metallb.yaml', 'clusters/dci/interlock/turn.yaml'])(
    'does not outlive a change of %s',
    async (path) => {
      expect(first.files).toHaveProperty([path]);
      const text = `${first.files[path] ?? ''}\n`;
      expect(await callsWith(validateArgoCd, { files: { ...first.files, [path]: text } })).toBe(1);
    },
  );
});
