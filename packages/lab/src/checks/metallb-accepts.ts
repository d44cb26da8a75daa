import { z } from 'zod';
import { kubectlCommand } from '../kubernetes/kubectl.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { OpenCluster } from '../open-lab/open-cluster.ts';
import { tryRun } from '../host/run.ts';
import { serviceNameOf } from '@meshrs/topology';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';

const states = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ result: z.string().default('Unknown') }).default({ result: 'Unknown' }),
    }),
  ),
});

const serviceSchema = z.object({
  status: z.object({
    loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string() })).default([]) }),
  }),
});

/** The controller and every speaker say whether they can use the configuration; the webhook must refuse a bad one. */
export const metallbAccepts: LabCheck = {
  name: 'metallb-accepts',
  title: "MetalLB's webhook, controller and speakers accept the configuration, and each Service has its VIP",
  deadlineSeconds: 60,
  run: async (context) => {
    const said = await Promise.all(context.clusters.map((cluster) => accepts(context, cluster)));
    return { facts: said.flat(), notProven: notProven(context) };
  },
};

async function accepts(context: CheckContext, cluster: OpenCluster): Promise<string[]> {
  const { topology } = context;
  const { api, plan } = cluster;
  const { namespace } = topology.metallb;
  const { items } = states.parse(await api.get(`/apis/metallb.io/v1beta1/namespaces/${namespace}/configurationstates`));
  const expected = ['controller', ...plan.nodes.map(({ name }) => `speaker-${name}`)];
  assertNone(
    expected.flatMap((name) => {
      const result = items.find(({ metadata }) => metadata.name === name)?.status.result ?? 'no state';
      return result === 'Valid' ? [] : [`${name}: ${result}`];
    }),
    'parts of MetalLB do not take the configuration',
  );
  const wrong = await Promise.all(
    plan.sides.map(async (side) => {
      const vips = topology.sides[side]?.vips ?? [];
      const service = serviceNameOf(topology, side);
      const path = `/api/v1/namespaces/${topology.routeServers.namespace}/services/${service}`;
      const seen: readonly string[] = serviceSchema
        .parse(await api.get(path))
        .status.loadBalancer.ingress.map(({ ip }) => ip);
      const isRight = seen.length === vips.length && vips.every((vip) => seen.includes(vip));
      return isRight ? [] : [`${service}: ${seen.join(', ') || 'none'} instead of ${vips.join(', ')}`];
    }),
  );
  assertNone(wrong.flat(), 'Services do not have their VIP');
  const refusal = await overlappingPool(context, cluster);
  return [`${String(expected.length)} parts say "Valid"`, `a pool that overlaps another is refused: ${refusal}`];
}

/** What the topology asks for and this lab does not have. */
function notProven({ topology, metallb: backend }: CheckContext): string[] {
  const asked = topology.metallb.backend;
  return [
    ...(asked === backend
      ? []
      : [`MetalLB's ${asked} mode, which the topology asks for: its ${backend} mode runs here (lab up --metallb)`]),
    ...(topology.metallb.bfd ? ["BFD between MetalLB and the routers: the lab's routers have none"] : []),
  ];
}

/** Asks the webhook for something that it must refuse. */
async function overlappingPool({ tools, topology }: CheckContext, cluster: LabCluster): Promise<string> {
  const [side] = cluster.plan.sides.map((name) => topology.sides[name]);
  const pool = {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'meshrs-lab-overlap', namespace: topology.metallb.namespace },
    spec: { addresses: [`${side?.vips[0] ?? ''}/32`] },
  };
  const result = await tryRun(
    kubectlCommand(cluster, tools, [
      ...['apply', '--server-side', '--dry-run=server', '--field-manager=meshrs-lab', '-f', '-'],
    ]),
    { input: JSON.stringify(pool) },
  );
  const complaint = result.stderr.trim();
  if (result.status === 0 || !/overlap/i.test(complaint)) {
    throw new CheckFailure(
      `MetalLB's webhook does not refuse a pool that overlaps another: ${complaint || 'accepted'}`,
    );
  }
  return complaint.replace(/^.*denied the request: /s, '');
}
