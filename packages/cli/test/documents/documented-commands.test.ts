import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { turnPath } from '@meshrs/contract';
import { createScratch } from '@meshrs/test-kit/scratch';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  definitionsOf,
  pathOf,
  startGuardedCluster,
  type GuardedCluster,
  type User,
} from '../interlock/guarded-cluster.ts';
import { turns, type TurnState } from '../interlock/rows.ts';
import { codeBlocks, isCommands, type CodeBlock } from './code-blocks.ts';

/*
 * What docs/operations.md tells people to type is typed here, as it stands there, at a real API server with the interlock. Each of its
 * blocks is in the table below: what it does there, which other test does the same, or what it needs that no test has.
 */

const repository = join(import.meta.dirname, '../../../..');
const page = 'docs/operations.md';

interface Run {
  /** As whom, and while what is open. The manager is stopped by no policy: so it is before there are any. */
  readonly as: User;
  readonly turn: TurnState;
  readonly outcome: 'done' | 'refused';
  /** What is not there when somebody types it, or is still there: as YAML of objects to make, and paths to delete. */
  readonly make?: string;
  readonly without?: readonly string[];
  /** Words of the block that are other ones in the test's cluster. */
  readonly words?: Readonly<Record<string, string>>;
  /** Afterwards the object at this path has this text in it. */
  readonly leaves?: readonly [path: string, text: string];
}

type Case = { readonly runs: readonly Run[] } | { readonly doneBy: string } | { readonly needs: string };

const secrets = '/api/v1/namespaces/metallb/secrets';
const manager = { as: 'manager', turn: 'closed', outcome: 'done' } as const;
const budget = '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/meshrr-evpnrs';
const roles = '/apis/rbac.authorization.k8s.io/v1';

/** By a block's first line, as far as that tells it apart. */
const cases: Readonly<Record<string, Case>> = {
  'kubectl label node meshrr-kube1': {
    runs: [{ ...manager, leaves: ['/api/v1/nodes/meshrr-kube4', '"side":"b"'] }],
  },
  'ip route add': { needs: 'a node' },
  'scripts/image agent': { needs: "a registry; the lab's images are made by the same command" },
  'kubectl create namespace metallb': {
    // The cluster has this namespace already: the same in one that is not there.
    runs: [
      {
        ...manager,
        words: { 'create namespace metallb': 'create namespace metallb-before', '-n metallb ': '-n metallb-before ' },
        leaves: ['/api/v1/namespaces/metallb-before/secrets/metallb-bgp-a', '"password":"b25lIHNlY3JldA=="'],
      },
    ],
  },
  'kubectl apply --server-side --field-manager=meshrs -f clusters/dci/argocd/': {
    runs: [
      {
        ...manager,
        make: `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: argocd-application-controller, namespace: argocd }
spec:
  serviceName: argocd-application-controller
  selector: { matchLabels: { app: argocd } }
  template: { metadata: { labels: { app: argocd } }, spec: { containers: [{ name: c, image: c }] } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm, namespace: argocd }
data: { url: https://argocd.example.com }
`,
        leaves: ['/api/v1/namespaces/argocd/configmaps/argocd-cm', '"url":"https://argocd.example.com"'],
      },
    ],
  },
  'kubectl apply --server-side --field-manager=meshrs -f clusters/dci/bootstrap.yaml': {
    runs: [
      {
        ...manager,
        leaves: [
          '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/meshrs-root-dci',
          '"path":"clusters/dci/apps"',
        ],
      },
    ],
  },
  'of() { kubectl': { doneBy: 'packages/cli/test/effects/acts.test.ts' },
  'pnpm meshrs status dci                                        # every client': {
    runs: [
      { as: 'admin', turn: 'closed', outcome: 'refused' },
      { as: 'admin', turn: 'b', outcome: 'done' },
    ],
  },
  'argocd app terminate-op meshrs-route-servers-dci': { needs: 'an Argo CD' },
  'kubectl -n argocd delete application': { doneBy: 'packages/cli/test/interlock/fleet-removal.test.ts' },
  'kubectl -n meshrr delete statefulset -l': { doneBy: 'packages/cli/test/interlock/fleet-removal.test.ts' },
  'kubectl delete validatingadmissionpolicybinding': { doneBy: 'packages/cli/test/interlock/fleet-removal.test.ts' },
  'kubectl -n metallb delete pod --field-selector': { needs: "pods with the labels of MetalLB's chart" },
  'kubectl label namespace monitoring': {
    runs: [
      {
        as: 'admin',
        turn: 'closed',
        outcome: 'done',
        make: '{ apiVersion: v1, kind: Namespace, metadata: { name: monitoring } }',
      },
    ],
  },
  'kubectl -n meshrr port-forward': { needs: 'a kubelet' },
  'kubectl -n meshrr get pods -l meshrs.dev/role=gate': { needs: 'a kubelet' },
  'pnpm meshrs status dci': { doneBy: 'packages/cli/src/status/status.test.ts' },
  "pnpm meshrs open a dci --force --reason 'meshrr-kube1 is dead'": {
    doneBy: 'packages/cli/test/opening/open.test.ts',
  },
  'kubectl taint node meshrr-kube1': {
    runs: [
      {
        as: 'admin',
        turn: 'a',
        outcome: 'done',
        leaves: ['/api/v1/nodes/meshrr-kube1', '"node.kubernetes.io/out-of-service"'],
      },
    ],
  },
  'kubectl delete node meshrr-kube1': {
    runs: [
      { as: 'admin', turn: 'closed', outcome: 'refused' },
      { as: 'admin', turn: 'a', outcome: 'done' },
    ],
  },
  'kubectl -n meshrr exec routeserver-a-0 -c meshrr -- mesh-agent drain': { needs: 'a kubelet' },
  'kubectl -n meshrr exec routeserver-a-0 -c frr -- vtysh': { needs: 'a kubelet' },
  'pnpm meshrs open b dci --reason': { doneBy: 'packages/cli/test/opening/open.test.ts' },
  'pnpm meshrs open --both --force dci': { doneBy: 'packages/cli/test/opening/open.test.ts' },
  'kubectl create clusterrolebinding meshrs-open': {
    runs: [
      {
        as: 'admin',
        turn: 'closed',
        outcome: 'done',
        leaves: [`${roles}/clusterrolebindings/meshrs-open-all`, '"network-leads"'],
      },
    ],
  },
  "kubectl -n meshrr get pdb meshrr-evpnrs -o jsonpath='{.spec.minAvailable}'": {
    runs: [{ as: 'admin', turn: 'closed', outcome: 'done', leaves: [budget, '"minAvailable":"100%"'] }],
  },
  'kubectl patch turn': {
    runs: [
      {
        ...{ as: 'admin', turn: 'closed', outcome: 'done' },
        words: { 'meshrr-kube3': 'dc2-node1', '2026-11-27T09:30:00Z': inHalfAnHour() },
        leaves: [turnPath('meshrr-evpnrs.meshrr'), '"open":"none"'],
      },
    ],
  },
  'kubectl -n meshrr patch pdb meshrr-evpnrs': {
    // The budget of this fleet.
    runs: [
      { ...{ as: 'admin', turn: 'b', outcome: 'refused' }, words: { '50%': '66%' } },
      {
        ...{ as: 'admin', turn: 'closed', outcome: 'done' },
        words: { '50%': '66%' },
        leaves: [budget, '"minAvailable":"66%"'],
      },
    ],
  },
  "pnpm meshrs open a dci --reason 'a new BGP password'": {
    runs: [
      { as: 'alice', turn: 'closed', outcome: 'refused' },
      { as: 'alice', turn: 'a', outcome: 'refused' },
      {
        as: 'alice',
        turn: 'aByPerson',
        outcome: 'done',
        leaves: [`${secrets}/metallb-bgp-a`, '"password":"b25lIHNlY3JldA=="'],
      },
    ],
  },
  'for side in a b; do': {
    // While one Secret serves both sides, the new ones are no names of the commit's, and nobody guards them.
    runs: [
      {
        ...manager,
        without: [`${secrets}/metallb-bgp-a`, `${secrets}/metallb-bgp-b`],
        leaves: [`${secrets}/metallb-bgp-b`, '"password":"b25l"'],
      },
    ],
  },
};

function inHalfAnHour(): string {
  return new Date(Date.now() + 30 * 60_000).toISOString().replace(/\.\d+/, '');
}

let cluster: GuardedCluster;
const scratch = createScratch();
beforeAll(async () => {
  cluster = await startGuardedCluster();
  for (const object of await definitionsOf('manifests/crds/{application,appproject}-crd.yaml', 'argocd/3.2')) {
    await cluster.make(pathOf(object), object);
  }
  for (const at of [1, 2, 3, 4]) {
    // As a kubelet does: of a node that an apply made of nothing but its name nobody keeps managedFields.
    const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: `meshrr-kube${String(at)}` } };
    const { status, message } = await cluster.send({ as: 'manager', method: 'POST', path: '/api/v1/nodes', body });
    expect(status, message).toBe(201);
  }
});
afterAll(async () => {
  await cluster.stop();
  scratch.remove();
});

const blocks = codeBlocks(page);
const commands = blocks.filter(isCommands);

test('every block of commands is in the table, and the table has no other', () => {
  const entries = Object.keys(cases);
  expect(
    commands.filter((block) => caseOf(block) === undefined).map(({ line, text }) => `${page}:${String(line)}: ${text}`),
  ).toEqual([]);
  expect(entries.filter((entry) => !commands.some(({ text }) => text.startsWith(entry)))).toEqual([]);
  const tests = Object.values(cases).flatMap((each) => ('doneBy' in each ? [each.doneBy] : []));
  expect(tests.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});

const typed = commands.flatMap((block) => {
  const found = caseOf(block);
  return found !== undefined && 'runs' in found ? found.runs.map((run) => ({ block, run })) : [];
});

test.each(typed.map((each) => ({ ...each, name: title(each) })))('$name', async ({ block, run }) => {
  await cluster.open(turns[run.turn]);
  for (const path of run.without ?? []) await cluster.send({ as: 'manager', method: 'DELETE', path });
  for (const document of parseAllDocuments(run.make ?? '')) {
    const object = document.toJS() as Parameters<typeof pathOf>[0] | null;
    if (object !== null) await cluster.make(pathOf(object), object);
  }
  const { exitCode, said } = await type(block, run);
  if (run.outcome === 'refused') {
    expect({ exitCode, said }).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('denied request: ') as string,
    });
    return;
  }
  expect(exitCode, said).toBe(0);
  if (run.leaves === undefined) return;
  const [path, text] = run.leaves;
  const { body } = await cluster.send({ as: 'admin', method: 'GET', path });
  expect(JSON.stringify(body)).toContain(text);
});

test.each(blocks.filter(({ kind, text }) => kind === 'yaml' && text.includes('rbac')))(
  'the rights at line $line of the page are taken as they stand there',
  async ({ text }) => {
    await cluster.open(turns.closed);
    const file = join(scratch.folder, 'rights.yaml');
    writeFileSync(file, text);
    expect(await bash(`kubectl apply -f ${file}`, 'admin')).toMatchObject({ exitCode: 0 });
  },
);

test('every container and pod that the page names is one of a generated StatefulSet', () => {
  const text = readFileSync(join(repository, page), 'utf8');
  const set = parse(readFileSync(join(repository, 'overlays/dci/a/stateful-set-routeserver-a.yaml'), 'utf8')) as {
    spec: { template: { spec: Record<'containers' | 'initContainers', readonly { readonly name: string }[]> } };
  };
  const { containers, initContainers } = set.spec.template.spec;
  const names = [...containers, ...initContainers].map(({ name }) => name);
  const named = [...text.matchAll(/kubectl -n meshrr (?:exec|logs) (\S+) -c (\S+)/g)].map(([, pod, container]) => ({
    pod,
    container,
  }));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ container = '' }) => !names.includes(container))).toEqual([]);
  expect(named.filter(({ pod = '' }) => !['routeserver-a-0', 'routeserver-b-0', 'POD'].includes(pod))).toEqual([]);
});

function caseOf({ text }: CodeBlock): Case | undefined {
  const keys = Object.keys(cases).filter((entry) => text.startsWith(entry));
  const longest = keys.toSorted((one, other) => other.length - one.length)[0];
  return longest === undefined ? undefined : cases[longest];
}

function title({ block, run }: { readonly block: CodeBlock; readonly run: Run }): string {
  const [line = ''] = block.text.split('\n');
  return `line ${String(block.line)}, ${line.replace(/ +#.*/, '')}: ${run.outcome} for ${run.as} with ${run.turn}`;
}

interface Ran {
  readonly exitCode: number;
  readonly said: string;
}

async function type({ text }: CodeBlock, { as, words = {} }: Run): Promise<Ran> {
  let script = text;
  for (const [word, other] of Object.entries(words)) {
    expect(script).toContain(word);
    script = script.replaceAll(word, other);
  }
  return await bash(script, as);
}

/** As in a terminal, in the repository's folder. meshrs itself is not run: what it would open is open. */
async function bash(script: string, as: User): Promise<Ran> {
  const bin = join(scratch.folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'kubectl'),
    `#!/bin/sh\nexec ${locateTool('kubectl')} --kubeconfig=${cluster.kubeconfig(as)} "$@"\n`,
    { mode: 0o755 },
  );
  writeFileSync(join(bin, 'pnpm'), '#!/bin/sh\n[ "$1" = meshrs ]\n', { mode: 0o755 });
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  return await new Promise((resolve) => {
    const child = execFile(
      'bash',
      ['-euo', 'pipefail', '-c', script],
      { cwd: repository, env, timeout: 150_000 },
      (error, stdout, stderr) => {
        resolve({
          exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          said: stdout + stderr,
        });
      },
    );
    child.stdin?.end('one secret\n');
  });
}
