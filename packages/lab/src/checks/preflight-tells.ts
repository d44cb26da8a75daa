import { join } from 'node:path';
import { passwordSecretsOf } from '@meshrs/topology';
import { z } from 'zod';
import { tryRun } from '../host/run.ts';
import { waitUntil } from '../host/wait.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { listRouteServerPods, type OpenCluster } from '../open-lab/open-cluster.ts';
import { assertNone, CheckFailure, type CheckContext, type LabCheck } from './check.ts';

const rowSchema = z.object({ check: z.string(), state: z.string(), seen: z.string() });
const answerSchema = z.object({ ok: z.boolean(), rows: z.array(rowSchema) });
type Row = z.output<typeof rowSchema>;

/** A row that the table has to have: what the API tells to whoever asks it for that alone. */
interface Truth {
  readonly check: string;
  readonly state: 'ok' | 'fail';
  /** What the row names. */
  readonly names: readonly string[];
}

/** Beside `kubectl`'s own answers, so that a table which always says the same is found out. */
export const preflightTells: LabCheck = {
  name: 'preflight-tells',
  title: 'meshrs preflight says of a real cluster what is true, and finds a node whose label is gone',
  deadlineSeconds: 120,
  run: async (context) => {
    const facts: string[] = [];
    const notProven: string[] = [];
    for (const cluster of context.clusters) {
      const rows = await preflight(context, cluster);
      const truths = await truthsOf(context, cluster);
      assertNone(wrongOf(rows, truths), 'rows of the table are not true', rows.map(words));
      facts.push(
        `${cluster.plan.name}: ${String(rows.length)} rows, ${String(truths.length)} of them held against the API`,
      );
      if (context.fleet) {
        notProven.push(`${cluster.plan.name}: the interlock keeps the labels of the nodes`);
        continue;
      }
      const node = await quietNode(context, cluster);
      if (node === undefined) {
        notProven.push(
          `${cluster.plan.name}: on each node is a route server, whose clients a missing label would disturb`,
        );
        continue;
      }
      facts.push(await findsMissingLabel(context, cluster, node, rows));
    }
    return { facts, notProven };
  },
};

async function preflight({ lab, topologyFile, signal }: CheckContext, cluster: OpenCluster): Promise<readonly Row[]> {
  const { repository } = lab.paths;
  const { status, stdout, stderr } = await tryRun(
    [
      ...([join(repository, 'scripts/meshrs'), 'preflight', topologyFile] as const),
      ...[`--cluster=${cluster.plan.name}`, `--kubeconfig=${cluster.paths.kubeconfig}`, '--json'],
    ],
    { cwd: repository, signal },
  );
  if (stderr !== '') throw new CheckFailure(`meshrs preflight says: ${stderr}`);
  const { ok, rows } = answerSchema.parse(JSON.parse(stdout));
  const expected = rows.some(({ state }) => state === 'fail') ? 1 : 0;
  if (status !== expected || ok !== (expected === 0)) {
    throw new CheckFailure(`meshrs preflight ends with ${String(status)}, which its rows do not say.`, rows.map(words));
  }
  return rows;
}

const versionSchema = z.object({ gitVersion: z.string() });
const nodesSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }) })),
});
const sliceSchema = z.object({ endpoints: z.array(z.object({ addresses: z.array(z.string()) })) });

/** Each thing asked for by itself. */
async function truthsOf({ topology, fleet }: CheckContext, { api, plan }: OpenCluster): Promise<readonly Truth[]> {
  const { gitVersion } = versionSchema.parse(await api.get('/version'));
  const { items } = nodesSchema.parse(await api.get('/api/v1/nodes'));
  const slice = sliceSchema.parse(
    await api.get('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes'),
  );
  const servers = slice.endpoints.flatMap(({ addresses }) => addresses).length;
  const isThere = async (path: string): Promise<boolean> => (await api.get(path)) !== undefined;
  const account = await isThere('/api/v1/namespaces/kube-system/serviceaccounts/statefulset-controller');
  const argoCd = await isThere(`/api/v1/namespaces/${topology.gitops.namespace}`);
  const turns = await isThere('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/turns.meshrs.dev');
  const secrets = await Promise.all(
    [...passwordSecretsOf(topology, plan.sides)].map(async ([name]) => ({
      check: 'secrets',
      state: (await isThere(`/api/v1/namespaces/${topology.metallb.namespace}/secrets/${name}`))
        ? ('ok' as const)
        : ('fail' as const),
      names: [name],
    })),
  );
  return [
    { check: 'kubernetes', state: 'ok', names: [gitVersion] },
    { check: 'admission-policies', state: 'ok', names: [] },
    { check: 'admission-plugin', state: 'ok', names: [] },
    { check: 'controllers', state: account ? 'ok' : 'fail', names: [] },
    { check: 'api-servers', state: 'ok', names: [String(servers)] },
    ...plan.sides.map((side): Truth => {
      const ofSide = items.filter(({ metadata }) => metadata.labels[plan.nodeLabel] === side);
      return { check: `nodes-${side}`, state: 'ok', names: ofSide.map(({ metadata }) => metadata.name) };
    }),
    // Without Argo CD the lab installs the chart itself, and then nobody may bring another MetalLB.
    { check: 'metallb', state: fleet ? 'ok' : 'fail', names: [] },
    ...secrets,
    { check: 'turn', state: 'ok', names: turns ? [] : ['no fleet of meshrs'] },
    { check: 'argo-cd', state: argoCd ? 'ok' : 'fail', names: argoCd ? [] : [topology.gitops.namespace] },
    ...(argoCd ? ([{ check: 'argo-cd-rights', state: 'ok', names: [] }] as const) : []),
  ];
}

function wrongOf(rows: readonly Row[], truths: readonly Truth[]): readonly string[] {
  // An administrator of a cluster without load may read all of it.
  const unread = rows.filter(({ state }) => state === 'unknown').map((row) => `${words(row)}, and it can be read`);
  const missing = truths
    .filter((truth) => !rows.some((row) => agrees(row, truth)))
    .map(({ check, state, names }) => `there is no row "${check} ${state}: … ${names.join(', ')}"`);
  return [...unread, ...missing];
}

function agrees({ check, state, seen }: Row, truth: Truth): boolean {
  return check === truth.check && state === truth.state && truth.names.every((name) => seen.includes(name));
}

/** One of a side that has no route server now: the sessions that its label keeps announce nothing. */
async function quietNode(context: CheckContext, cluster: OpenCluster): Promise<string | undefined> {
  const used = new Set((await listRouteServerPods(context)).map(({ node }) => node));
  return Object.entries(context.topology.nodes).find(
    ([name, { side }]) => cluster.plan.sides.includes(side) && !used.has(name),
  )?.[0];
}

async function findsMissingLabel(
  context: CheckContext,
  cluster: OpenCluster,
  node: string,
  before: readonly Row[],
): Promise<string> {
  const side = context.topology.nodes[node]?.side ?? '';
  const label = (value: string): Promise<string> => kubectl(cluster, context.tools, ['label', 'node', node, value]);
  await label(`${cluster.plan.nodeLabel}-`);
  let found: readonly Row[];
  try {
    found = await preflight(context, cluster);
  } finally {
    await label(`${cluster.plan.nodeLabel}=${side}`);
  }
  const row = found.find(
    ({ check, state, seen }) => check === `nodes-${side}` && state === 'fail' && seen.includes(node),
  );
  if (!row)
    throw new CheckFailure(`Nobody says that node ${node} has no label ${cluster.plan.nodeLabel}.`, found.map(words));
  const others = before.map(words).filter((each) => !found.map(words).includes(each) && !each.startsWith('nodes'));
  assertNone(others, 'other rows are different only because a label is missing');
  await waitUntil(
    'meshrs preflight says what it said before',
    async () => (await preflight(context, cluster)).map(words).join('\n') === before.map(words).join('\n'),
    {
      ...{ deadlineMs: 30_000, signal: context.signal },
      next: `look at the labels of node ${node}: kubectl get nodes --show-labels`,
    },
  );
  return `without its label: ${words(row)}`;
}

function words({ check, state, seen }: Row): string {
  return `${check} ${state}: ${seen}`;
}
