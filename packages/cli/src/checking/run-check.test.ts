import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runBuild } from '../building/run-build.ts';
import {
  buildableCases,
  scratchRepository,
  tools,
  writeCustom,
  type ScratchRepository,
} from '../../test/support/scratch-repository.ts';
import type { ValidationTools } from '../tools/validation-tools.ts';
import { buildFolder } from '../kustomize/build-overlay.ts';
import { problemCodes } from '../problems/problem-codes.ts';
import { runCheck, type CheckReport } from './run-check.ts';

describe('what a build gives', () => {
  test.each(buildableCases())('%s passes every validator', async (name) => {
    const repository = await built(name);

    const report = await check(repository);

    expect(report.problems.filter(({ code }) => code !== 'schema-missing')).toEqual([]);
    expect(report.ok).toBe(true);
    for (const { objects, junit } of report.argoCd) {
      expect(Object.keys(junit)).toEqual(expect.arrayContaining(['argocd-3.2', 'argocd-3.5']));
      for (const versions of [/-3\.2$|-1\.35$/, /-3\.5$|-1\.36$/]) {
        const reports = Object.entries(junit).filter(([about]) => versions.test(about));
        const validated = reports.flatMap(([, xml]) => xml.match(/<testcase /g) ?? []);
        expect(validated).toHaveLength(objects);
      }
    }
    const [verdict] = report.verdicts;
    const validated = (verdict?.generated.length ?? 0) + (verdict?.custom.length ?? 0);
    expect(validated).toBeGreaterThan(9);
    expect(Object.keys(verdict?.junit ?? {})).toEqual(['1.35', '1.36']);
    for (const junit of Object.values(verdict?.junit ?? {})) expect(junit.match(/<testcase /g)).toHaveLength(validated);
  });

  test("objects of the user are validated and counted, each by its name; a waiver's reason is told", async () => {
    const repository = scratchRepository();
    writeCustom(repository, {
      'service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: metrics
  namespace: meshrr
  annotations:
    waive.meshrs.dev/port-name-exists: the port is of a container that is put into the pod
spec:
  selector: { app: meshrr-evpnrs, side: a }
  ports: [{ port: 9100, targetPort: exporter }]
`,
    });
    await runBuild({ repository: repository.path, tools });

    const report = await check(repository);

    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.verdicts[0]).toMatchObject({
      custom: ['Service meshrr/metrics'],
      waived: [{ rule: 'port-name-exists', reason: 'the port is of a container that is put into the pod' }],
    });
  });
});

test('the NetworkPolicy of docs/operations.md selects every route server, and passes every validator', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const [, file = '', text = ''] = /```yaml\n# overlays\/dci\/custom\/(agents-\S+)\n([^`]*?)```/.exec(page) ?? [];
  const repository = scratchRepository();
  writeCustom(repository, { [file]: text });
  await runBuild({ repository: repository.path, tools });

  const report = await check(repository);

  expect(report).toMatchObject({ ok: true, problems: [] });
  expect(report.verdicts[0]?.custom).toEqual(['NetworkPolicy meshrr/agents-by-api-server']);
  const built = await buildFolder({ path: tools.kustomizeOfArgoCd }, repository.path, 'overlays/dci');
  if (!built.ok) throw new Error(built.error);
  const objects = parseAllDocuments(built.yaml).map((each) => each.toJS() as BuiltObject);
  const policy = objects.find(({ metadata }) => metadata.name === 'agents-by-api-server');
  const sets = objects.filter(({ kind }) => kind === 'StatefulSet');
  expect(sets.map(({ metadata }) => metadata.name)).toEqual(['routeserver-a', 'routeserver-b']);
  for (const { spec } of sets) {
    expect(spec?.template?.metadata.labels).toMatchObject(
      policy?.spec?.podSelector?.matchLabels ?? { none: 'selected' },
    );
  }
});

interface BuiltObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly podSelector?: { readonly matchLabels: object };
    readonly template?: { readonly metadata: { readonly labels: object } };
  };
}

/** What each validator refuses: the sample, and the codes and places of what is said. */
interface BrokenSample {
  readonly name: string;
  /** Before the build. */
  readonly custom?: (repository: ScratchRepository) => void;
  /** After it. */
  readonly spoil?: (repository: ScratchRepository) => void;
  readonly tools?: (repository: ScratchRepository) => Partial<ValidationTools>;
  readonly expected: readonly (readonly [code: string, where: string])[];
}

const samples: readonly BrokenSample[] = [
  {
    name: 'kustomize: a component with a file that is not there',
    custom: (repository) => {
      writeCustom(repository, { 'a.yaml': configMap });
    },
    spoil: (repository) => {
      repository.remove('overlays/dci/custom/a.yaml');
    },
    expected: [['kustomize-failed', 'overlays/dci']],
  },
  {
    name: 'two kustomizes: one that adds a line',
    tools: (repository) => ({
      kustomizeOfArgoCd: script(repository, `"${tools.kustomizeOfArgoCd}" "$@" && echo '# other'`),
    }),
    expected: [
      ['kustomize-differs', 'overlays/dci'],
      ['kustomize-differs', 'clusters/dci'],
      ['kustomize-differs', 'clusters/dci/interlock'],
    ],
  },
  {
    name: 'kubeconform: a field that Kubernetes does not know, on both versions',
    custom: (repository) => {
      writeCustom(repository, {}, patch('StatefulSet', 'routeserver-a', '/spec/replica', '2'));
    },
    expected: [
      ['schema-invalid', 'overlays/dci: StatefulSet meshrr/routeserver-a'],
      ['schema-invalid', 'overlays/dci: StatefulSet meshrr/routeserver-a'],
      ['lint/changed-fields', 'overlays/dci: StatefulSet meshrr/routeserver-a'],
    ],
  },
  {
    name: 'kubeconform and the rules: a Secret',
    custom: (repository) => {
      writeCustom(repository, {
        'secret.yaml':
          'apiVersion: v1\nkind: Secret\nmetadata: { name: key, namespace: meshrr }\nstringData: { a: b }\n',
      });
    },
    expected: [
      ['schema-invalid', 'overlays/dci: Secret meshrr/key'],
      ['schema-invalid', 'overlays/dci: Secret meshrr/key'],
      ['lint/no-secret', 'overlays/dci: Secret meshrr/key'],
    ],
  },
  {
    name: 'the count: a kubeconform that forgets an object',
    tools: (repository) => ({
      kubeconform: script(repository, `"${tools.kubeconform}" "$@" | grep -v 'IPAddressPool@'`),
    }),
    expected: [
      ['resource-count', 'overlays/dci'],
      ['resource-count', 'overlays/dci'],
    ],
  },
  {
    name: 'kubeconform: a field that Argo CD does not know, on both versions',
    spoil: (repository) => {
      repository.edit('clusters/dci/bootstrap.yaml', 'retry:', 'retries:');
    },
    expected: [
      ['not-built', 'clusters/dci/bootstrap.yaml'],
      ['schema-invalid', 'clusters/dci: Application.argoproj.io argocd/meshrs-root-dci'],
      ['schema-invalid', 'clusters/dci: Application.argoproj.io argocd/meshrs-root-dci'],
    ],
  },
  {
    name: 'kustomize: an Application that is not there',
    spoil: (repository) => {
      repository.remove('clusters/dci/apps/metallb.yaml');
    },
    expected: [
      ['not-built', 'clusters/dci/apps/metallb.yaml'],
      ['kustomize-failed', 'clusters/dci'],
    ],
  },
  {
    name: 'the rules: an object of a side in no turn',
    custom: (repository) => {
      writeCustom(
        repository,
        {},
        `patches:
  - target: { kind: StatefulSet, name: routeserver-b }
    patch: |-
      - op: remove
        path: /metadata/annotations/argocd.argoproj.io~1sync-wave
`,
      );
    },
    expected: [['lint/sync-order', 'overlays/dci: StatefulSet meshrr/routeserver-b']],
  },
  {
    name: 'the rules: a budget that holds nobody, waived in vain',
    custom: (repository) => {
      writeCustom(
        repository,
        {},
        `patches:
  - target: { kind: PodDisruptionBudget, name: meshrr-evpnrs }
    patch: |-
      - op: replace
        path: /spec/minAvailable
        value: 0
      - op: add
        path: /metadata/annotations/waive.meshrs.dev~1kept-fields
        value: we know
`,
      );
    },
    expected: [
      ['lint/kept-fields', 'overlays/dci: PodDisruptionBudget meshrr/meshrr-evpnrs'],
      ['lint/waiver', 'overlays/dci: PodDisruptionBudget meshrr/meshrr-evpnrs'],
    ],
  },
  {
    name: 'a kind without a schema, and not listed in the topology, is said aloud',
    custom: (repository) => {
      writeCustom(repository, {
        'class.yaml': 'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: { name: high }\nvalue: 1\n',
      });
    },
    expected: [
      ['schema-missing', 'overlays/dci: PriorityClass.scheduling.k8s.io high'],
      ['lint/project-permits', 'overlays/dci: PriorityClass.scheduling.k8s.io high'],
    ],
  },
  {
    name: 'the rules: multihop patched away',
    custom: (repository) => {
      writeCustom(
        repository,
        {},
        `patches:
  - target: { kind: BGPPeer, name: routeserver-a-fabric }
    patch: |-
      - op: remove
        path: /spec/ebgpMultiHop
`,
      );
    },
    expected: [
      ['lint/ebgp-multihop', 'overlays/dci: BGPPeer metallb/routeserver-a-fabric'],
      ['lint/kept-fields', 'overlays/dci: BGPPeer metallb/routeserver-a-fabric'],
    ],
  },
  {
    name: 'a patch whose target matches nothing, beside one that does something',
    custom: (repository) => {
      writeCustom(
        repository,
        {},
        patch('StatefulSet', 'routeserver-a', '/metadata/annotations/team', 'x') +
          patch('StatefulSet', 'routeserver-z', '/metadata/annotations/team', 'x').replace('patches:\n', ''),
      );
    },
    expected: [['patch-without-effect', 'overlays/dci/custom/kustomization.yaml: patches[1]']],
  },
  {
    name: 'a replacement that says what is there already',
    custom: (repository) => {
      writeCustom(
        repository,
        {},
        `replacements:
  - source: { kind: Service, name: routeserver-a, fieldPath: metadata.namespace }
    targets:
      - select: { kind: StatefulSet, name: routeserver-a }
        fieldPaths: [metadata.namespace]
`,
      );
    },
    expected: [['patch-without-effect', 'overlays/dci/custom/kustomization.yaml: replacements[0]']],
  },
  {
    name: 'a transformer that renames',
    custom: (repository) => {
      writeCustom(repository, { 'a.yaml': configMap }, 'nameSuffix: "-x"\n');
    },
    expected: expect.arrayContaining([
      ['custom-transformer', 'overlays/dci/custom/kustomization.yaml'],
      ['lint/address-pool-exists', 'overlays/dci: Service meshrr/routeserver-a-x'],
    ]) as BrokenSample['expected'],
  },
  {
    name: 'a custom folder without a kustomization',
    spoil: (repository) => {
      repository.write('overlays/dci/custom/a.yaml', configMap);
    },
    expected: [['custom-not-component', 'overlays/dci/custom']],
  },
  {
    name: 'a custom folder that is no component',
    custom: (repository) => {
      writeCustom(repository, { 'a.yaml': configMap });
    },
    spoil: (repository) => {
      repository.edit('overlays/dci/custom/kustomization.yaml', 'kind: Component', 'kind: Kustomization');
    },
    expected: [
      ['custom-not-component', 'overlays/dci/custom/kustomization.yaml'],
      ['kustomize-failed', 'overlays/dci'],
    ],
  },
  {
    name: 'a file edited by hand, one missing, one of nobody',
    spoil: (repository) => {
      repository.edit('overlays/dci/a/service.yaml', '# Generated', '# Edited');
      repository.remove('generated.json');
      repository.write('overlays/dci/a/mine.yaml', 'mine: true\n');
    },
    expected: [
      ['not-built', 'overlays/dci/a/service.yaml'],
      ['not-built', 'generated.json'],
      ['unknown-file', 'overlays/dci/a/mine.yaml'],
    ],
  },
  {
    name: 'a topology that was not built',
    spoil: (repository) => {
      repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');
    },
    expected: [
      ['not-built', 'clusters/dci/interlock/policy-foreign-announcements.yaml'],
      ['not-built', 'clusters/dci/interlock/policy-foreign-services.yaml'],
      ['not-built', 'overlays/dci/b/bgp-advertisement.yaml'],
      ['not-built', 'overlays/dci/b/bgp-peer-routeserver-b-fabric.yaml'],
      ['not-built', 'overlays/dci/b/gate.yaml'],
      ['not-built', 'overlays/dci/b/ip-address-pool.yaml'],
      ['not-built', 'overlays/dci/b/network-policy.yaml'],
      ['not-built', 'overlays/dci/b/service.yaml'],
      ['not-built', 'overlays/dci/b/settings.yaml'],
      ['not-built', 'overlays/dci/b/stateful-set-routeserver-b.yaml'],
      ['not-built', 'overlays/dci/removal-gate.yaml'],
      ['not-built', 'routers/dci/dc1-leaf1.junos.conf'],
      ['not-built', 'routers/dci/dc2-border1.junos.conf'],
      ['not-built', 'routers/dci/dc2-leaf1.frr.conf'],
      ['not-built', 'routers/dci/README.md'],
      ['not-built', 'generated.json'],
      ['lint/gate-arguments', 'overlays/dci: Pod meshrr/meshrr-evpnrs-removal-gate'],
      ['lint/gate-arguments', 'overlays/dci: Pod meshrr/routeserver-b-gate'],
    ],
  },
  {
    name: 'a build that died',
    spoil: (repository) => {
      repository.write('.cache/meshrs/journal/operations.json', '[]');
    },
    expected: [['build-interrupted', 'generated.json']],
  },
];

describe('a broken sample is refused', () => {
  test.each(samples)('$name', async ({ custom, spoil, tools: others, expected }) => {
    const repository = scratchRepository();
    custom?.(repository);
    await runBuild({ repository: repository.path, tools });
    spoil?.(repository);

    const report = await check(repository, { tools: { ...tools, ...others?.(repository) } });

    expect(report.problems.map(({ code, where }) => [code, where])).toEqual(expected);
    const hasErrors = report.problems.some(({ severity }) => severity === 'error');
    expect(report.ok).toBe(!hasErrors);
    for (const { code } of report.problems) expect(problemCodes).toHaveProperty([code]);
  });

  test('a commit to come that disturbs both sides', async () => {
    const repository = await built('frr');
    repository.commit();
    repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  persistence: {}');
    await runBuild({ repository: repository.path, tools, allowBothSides: true });

    expect((await check(repository)).problems.map(({ code }) => code)).toEqual(['both-sides']);
    expect(await check(repository, { allowRemoval: true })).toMatchObject({ ok: false });
    expect(await check(repository, { allowBothSides: true })).toMatchObject({ ok: true, problems: [] });
  });

  test('a commit to come where what is committed cannot be built', async () => {
    const repository = await built('frr');
    repository.edit('overlays/dci/a/kustomization.yaml', 'settings.yaml', 'gone.yaml');
    repository.commit();
    repository.edit('overlays/dci/a/kustomization.yaml', 'gone.yaml', 'settings.yaml');

    const report = await check(repository);

    expect(report.ok).toBe(false);
    expect(report.problems.map(({ code, where }) => [code, where])).toEqual([
      ['committed-tree-broken', 'overlays/dci at HEAD'],
    ]);
    expect(await check(repository, { allowBothSides: true })).toMatchObject({ ok: true, problems: [] });
  });
});

test("kubeconform's reports are written, each under its cluster, product and version", async () => {
  const repository = await built('frr');
  const folder = join(repository.path, '.cache/reports');

  await check(repository, { junitFolder: folder });

  const reports = [
    ...['dci-1.35.xml', 'dci-1.36.xml', 'dci-argocd-3.2.xml', 'dci-argocd-3.5.xml'],
    ...['dci-interlock-1.35.xml', 'dci-interlock-1.36.xml'],
  ];
  expect(readdirSync(folder).sort()).toEqual(reports);
  for (const name of reports) {
    const kind = /argocd|interlock/.exec(name)?.[0] ?? 'side';
    const text = readFileSync(join(folder, name), 'utf8');
    const has = ['Application@', 'ValidatingAdmissionPolicy@', 'StatefulSet@'].map((one) => text.includes(one));
    expect([name, ...has]).toEqual([name, kind === 'argocd', kind === 'interlock', kind === 'side']);
  }
});

describe('a remembered verdict', () => {
  /** What a verdict depends on; each is changed while all else stays. */
  const changes: readonly {
    readonly name: string;
    readonly change: (repository: ScratchRepository, own: ValidationTools) => string | undefined;
  }[] = [
    {
      name: "a byte of the user's component",
      change: (repository) => {
        repository.edit('overlays/dci/custom/a.yaml', 'note: mine', 'note: mime');
        return undefined;
      },
    },
    {
      name: 'a generated file',
      change: (repository) => {
        repository.edit('overlays/dci/a/service.yaml', 'port: 179', 'port: 1179');
        return undefined;
      },
    },
    {
      name: 'a file of the base',
      change: (repository) => {
        repository.edit('base/dci/mesh-service.yaml', 'port: 179', 'port: 1179');
        return undefined;
      },
    },
    {
      name: 'what the topology means',
      change: (repository) => {
        repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  app: other');
        return undefined;
      },
    },
    {
      name: 'a schema',
      change: (_, { schemas }) => {
        const path = join(schemas, 'kubernetes/1.36/service-v1.json');
        writeFileSync(path, `${readFileSync(path, 'utf8')} `);
        return undefined;
      },
    },
    ...(['kustomize', 'kustomizeOfArgoCd', 'kubeconform'] as const).map((name) => ({
      name,
      change: (_: ScratchRepository, own: ValidationTools) => {
        writeFileSync(own[name], `${readFileSync(own[name], 'utf8')}\n# another one`);
        return undefined;
      },
    })),
    { name: 'the program with its rules', change: () => 'another program' },
  ];

  test('comes back without any tool being called, as long as nothing has changed', async () => {
    const { repository, own, calls } = await remembered();

    const again = await check(repository, { tools: own, programIdentity: 'program' });

    expect(again).toMatchObject({ ok: true, verdicts: [{ custom: ['ConfigMap meshrr/note'] }] });
    expect(calls()).toBe(0);
  });

  test.each(changes)('does not outlive a change of $name', async ({ change }) => {
    const { repository, own, calls } = await remembered();

    const programIdentity = change(repository, own) ?? 'program';
    await check(repository, { tools: own, programIdentity });

    expect(calls()).toBeGreaterThan(0);
  });

  test('is not kept for a component that reads what stands elsewhere', async () => {
    const { repository, own, calls } = await remembered((scratch) => {
      scratch.write('overlays/shared/b.yaml', configMap.replace('note', 'shared'));
      scratch.write('overlays/shared/kustomization.yaml', 'resources: [b.yaml]\n');
      scratch.edit(
        'overlays/dci/custom/kustomization.yaml',
        'resources: [a.yaml]',
        'resources: [a.yaml, ../../shared]',
      );
    });

    repository.edit('overlays/shared/b.yaml', 'mine', 'yours');
    await check(repository, { tools: own, programIdentity: 'program' });

    expect(calls()).toBeGreaterThan(0);
  });

  /** A repository that was checked once, with tools of its own that count their calls from then on. */
  async function remembered(prepare?: (repository: ScratchRepository) => void) {
    const repository = scratchRepository();
    writeCustom(repository, { 'a.yaml': configMap });
    prepare?.(repository);
    await runBuild({ repository: repository.path, tools });
    const log = join(repository.path, '.cache/calls');
    const counting = (path: string): string => script(repository, `echo x >> '${log}'; exec "${path}" "$@"`);
    const schemas = join(repository.path, '.cache/schemas');
    cpSync(tools.schemas, schemas, { recursive: true });
    const own: ValidationTools = {
      kustomize: counting(tools.kustomize),
      kustomizeOfArgoCd: counting(tools.kustomizeOfArgoCd),
      kubeconform: counting(tools.kubeconform),
      schemas,
    };
    const first = await check(repository, { tools: own, programIdentity: 'program' });
    expect(first.problems).toEqual([]);
    writeFileSync(log, '');
    return { repository, own, calls: () => readFileSync(log, 'utf8').length };
  }
});

async function built(name: string): Promise<ScratchRepository> {
  const repository = scratchRepository(name);
  expect(await runBuild({ repository: repository.path, tools })).toMatchObject({ ok: true });
  return repository;
}

function check(
  repository: ScratchRepository,
  options: Partial<Parameters<typeof runCheck>[0]> = {},
): Promise<CheckReport> {
  return runCheck({ repository: repository.path, tools, ...options });
}

let scripts = 0;

/** A program of a few lines of shell. */
function script(repository: ScratchRepository, body: string): string {
  scripts += 1;
  const path = join(repository.path, '.cache', `tool-${String(scripts)}`);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function patch(kind: string, name: string, path: string, value: string): string {
  return `patches:
  - target: { kind: ${kind}, name: ${name} }
    patch: |-
      - op: add
        path: ${path}
        value: ${value}
`;
}

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: { name: note, namespace: meshrr }
data: { note: mine }
`;
