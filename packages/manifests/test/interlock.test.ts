import { describe, expect, test } from 'vitest';
import { interlockApps, interlockObjects, type KubernetesObject } from '../src/index.ts';
import { interlockKinds } from '../src/argo-cd/allowed-kinds.ts';
import { caseNames, topologyOf } from './support/cases.ts';

test('its Application heals itself, asks before it prunes, and its project allows its kinds and no other', () => {
  const [project, application] = interlockApps(scopeOf('frr')).map(({ object }) => object);
  const objects = interlockObjects(scopeOf('frr')).map(({ object }) => object);

  expect(application).toMatchObject({
    metadata: { name: 'meshrs-interlock-dci' },
    spec: { source: { path: 'clusters/dci/interlock' }, syncPolicy: { automated: { prune: true, selfHeal: true } } },
  });
  expect(project).toMatchObject({
    spec: { clusterResourceWhitelist: [...interlockKinds].sort(byKind), namespaceResourceWhitelist: [] },
  });
  const allowed = interlockKinds.map(({ group, kind }) => `${group} ${kind}`);
  for (const object of objects) {
    expect(allowed).toContain(`${object.apiVersion.split('/')[0] ?? ''} ${object.kind}`);
    expect(object.metadata.namespace).toBeUndefined();
    if (object.kind.startsWith('ClusterRole')) continue;
    expect(object.metadata.annotations?.['argocd.argoproj.io/sync-options']).toMatch(/^Delete=confirm,Prune=confirm/);
  }
});

test('what reads the turn comes after it, and what binds comes last', () => {
  const wave = ({ metadata }: KubernetesObject): number =>
    Number(metadata.annotations?.['argocd.argoproj.io/sync-wave']);
  const objects = interlockObjects(scopeOf('frr')).map(({ object }) => object);
  const waves = (kind: string): number[] => [...new Set(objects.filter((object) => object.kind === kind).map(wave))];

  const order = [
    'CustomResourceDefinition',
    'Turn',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ].map(waves);

  expect(order).toEqual([[0], [1], [2], [3]]);
});

test('two fleets of a cluster share no object but the kind', () => {
  const names = (namespace: string): string[] => {
    const scope = scopeOf('frr');
    const topology = { ...scope.topology, routeServers: { ...scope.topology.routeServers, namespace } };
    return interlockObjects({ ...scope, topology }).map(({ object }) => `${object.kind} ${object.metadata.name}`);
  };
  const others = new Set(names('other'));

  expect(names('meshrr').filter((name) => others.has(name))).toEqual(['CustomResourceDefinition turns.meshrs.dev']);
});

describe('evictions of MetalLB’s pods', () => {
  const conditionOf = (name: string): string | undefined =>
    interlockObjects(scopeOf(name))
      .map(({ object }) => object)
      .filter((object): object is Policy => object.kind === 'ValidatingAdmissionPolicy')
      .find(({ metadata }) => metadata.name.startsWith('speaker-evictions.'))
      ?.spec.matchConditions.find(({ name: condition }) => condition === 'of-a-speaker')?.expression;
  const isMeant = (name: string): boolean => {
    const pattern = /matches\('(?<pattern>[^']+)'\)/.exec(conditionOf('frr') ?? '')?.groups?.['pattern'];
    return new RegExp(pattern ?? 'nothing').test(name);
  };

  test.each(['metallb-speaker-x7k2p', 'metallb-frr-k8s-0b7dq'])('are refused: %s', (name) => {
    expect(isMeant(name)).toBe(true);
  });

  test.each([
    'metallb-controller-6f4b-x7k2p',
    'metallb-frr-k8s-webhook-server-6f4b-x7k2p',
    'metallb-frr-k8s-statuscleaner-6f4b-x7k2p',
    'my-metallb-speaker-x7k2p',
  ])('are no concern: %s', (name) => {
    expect(isMeant(name)).toBe(false);
  });
});

describe('a password Secret', () => {
  const guarding = (metallb: object): string[] => {
    const scope = scopeOf('frr');
    const topology = { ...scope.topology, metallb: { ...scope.topology.metallb, ...metallb } };
    const objects = interlockObjects({ ...scope, topology }).map(({ object }) => object);
    return objects
      .filter((object): object is Policy => object.kind === 'ValidatingAdmissionPolicy')
      .filter(({ metadata }) => metadata.name.includes('bgp-password'))
      .map(({ metadata, spec }) => {
        const named = spec.matchConditions.flatMap(
          ({ expression }) => /[[{]'[^\]}]*metallb-bgp[^\]}]*[\]}]/.exec(expression) ?? [],
        );
        return `${metadata.name.split('.')[0] ?? ''} ${named.join()}`;
      });
  };

  test.each<[string, object, string[]]>([
    [
      'of each side is its own',
      { secrets: {} },
      [
        "bgp-password {'metallb-bgp-a': 'a', 'metallb-bgp-b': 'b'}",
        "new-bgp-passwords ['metallb-bgp-a', 'metallb-bgp-b']",
      ],
    ],
    [
      'of all is of all',
      { secret: 'metallb-bgp', secrets: {} },
      ["shared-bgp-password ['metallb-bgp']", "new-bgp-passwords ['metallb-bgp']"],
    ],
    [
      'of all stays of all while the topology names it, whoever has it still',
      { secret: 'metallb-bgp', secrets: { a: 'metallb-bgp-a' } },
      [
        "bgp-password {'metallb-bgp-a': 'a'}",
        "shared-bgp-password ['metallb-bgp']",
        "new-bgp-passwords ['metallb-bgp', 'metallb-bgp-a']",
      ],
    ],
    [
      'that nobody has is of all while the topology names it',
      { secret: 'metallb-bgp', secrets: { a: 'metallb-bgp-a', b: 'metallb-bgp-b' } },
      [
        "bgp-password {'metallb-bgp-a': 'a', 'metallb-bgp-b': 'b'}",
        "shared-bgp-password ['metallb-bgp']",
        "new-bgp-passwords ['metallb-bgp', 'metallb-bgp-a', 'metallb-bgp-b']",
      ],
    ],
    [
      'that two sides name is of all',
      { secrets: { a: 'metallb-bgp-b' } },
      ["shared-bgp-password ['metallb-bgp-b']", "new-bgp-passwords ['metallb-bgp-b']"],
    ],
  ])('%s', (_, password, expected) => {
    expect(guarding({ password })).toEqual(expected);
  });

  test('of BGPPeers of all nodes is of all', () => {
    expect(guarding({ peerScope: 'global', password: { secrets: {} } })).toEqual([
      "shared-bgp-password ['metallb-bgp']",
      "new-bgp-passwords ['metallb-bgp']",
    ]);
  });
});

test('of MetalLB that others install any account of its namespace writes a node’s FRRConfiguration, from a pod', () => {
  const conditionOf = (install: boolean): string => {
    const scope = scopeOf('frr');
    const { metallb } = scope.topology;
    const topology = { ...scope.topology, metallb: { ...metallb, chart: { ...metallb.chart, install } } };
    const policies = interlockObjects({ ...scope, topology }).map(({ object }) => object) as Policy[];
    const own = policies.find(({ kind, metadata }) => kind.endsWith('Policy') && metadata.name.startsWith('frr-conf'));
    return (
      own?.spec.matchConditions.map(({ expression }) => expression).find((each) => each.includes('pod-name')) ?? ''
    );
  };

  expect(conditionOf(true)).toContain("== 'system:serviceaccount:metallb:metallb-speaker' && ");
  expect(conditionOf(false)).toContain(".startsWith('system:serviceaccount:metallb:') && ");
});

describe('every expression', () => {
  /*
   * What the expression language of Kubernetes 1.29 has, of which a cluster of 1.30 takes what is new to it
   * (apiserver/pkg/cel/environment/base.go, 0.36.3).
   */
  const words = new Set([
    ...['all', 'exists', 'filter', 'map', 'max', 'min', 'has', 'size', 'in'],
    ...['contains', 'endsWith', 'matches', 'split', 'startsWith', 'substring', 'trim'],
    ...['duration', 'timestamp', 'orValue', 'hasValue', 'or', 'none'],
    ...['group', 'resource', 'name', 'check', 'allowed'],
  ]);

  test.each(caseNames())('of %s keeps to the words that Kubernetes 1.30 has', (name) => {
    const used = expressionsOf(name).flatMap((expression) =>
      [...withoutTexts(expression).matchAll(/([A-Za-z_]+)\(/g)].map(([, word]) => word ?? ''),
    );
    expect(used.length).toBeGreaterThan(100);
    expect([...new Set(used)].filter((word) => !words.has(word))).toEqual([]);
  });

  test('of a name that could end a text has it as a value', () => {
    const topology = structuredClone(topologyOf('frr'));
    const [node] = Object.values(topology.nodes);
    const evil = { ...topology, nodes: { ["x'] == '' || true || ['\\"]: node } } as unknown as typeof topology;
    const text = JSON.stringify(interlockObjects({ cluster: 'dci', topology: evil, hasCustom: false }));
    expect(text).toContain(String.raw`'metallb-x\\'] == \\'\\' || true || [\\'\\\\': 'a'`);
  });

  test('refuses by 403 and says why in words that it can make, or in plain ones', () => {
    const policies = policiesOf('management');
    expect(policies.length).toBeGreaterThan(20);
    for (const { metadata, spec } of policies) {
      for (const { reason, message, messageExpression } of spec.validations) {
        expect(reason, metadata.name).toBe('Forbidden');
        expect(message, metadata.name).toMatch(/^[A-Z][^\n]*\.$/);
        expect(messageExpression).not.toBe('');
      }
      expect(spec.failurePolicy).toBe('Fail');
    }
  });
});

interface Policy extends KubernetesObject {
  readonly spec: {
    readonly failurePolicy: string;
    readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
    readonly variables: readonly { readonly expression: string }[];
    readonly validations: readonly {
      readonly expression: string;
      readonly reason: string;
      readonly message: string;
      readonly messageExpression: string;
    }[];
  };
}

function scopeOf(name: string) {
  const topology = topologyOf(name);
  return { cluster: Object.keys(topology.placement.clusters)[0] ?? '', topology, hasCustom: false };
}

function policiesOf(name: string): Policy[] {
  const objects = interlockObjects(scopeOf(name)).map(({ object }) => object);
  return objects.filter((object): object is Policy => object.kind === 'ValidatingAdmissionPolicy');
}

function expressionsOf(name: string): string[] {
  const policies = policiesOf(name);
  return policies.flatMap(({ spec: { matchConditions, variables, validations } }) => [
    ...[...matchConditions, ...variables, ...validations].map(({ expression }) => expression),
    ...validations.map(({ messageExpression }) => messageExpression),
  ]);
}

function withoutTexts(expression: string): string {
  return expression.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
}

function byKind(one: { group: string; kind: string }, other: { group: string; kind: string }): number {
  return `${one.group} ${one.kind}` < `${other.group} ${other.kind}` ? -1 : 1;
}
