import { kubectlCommand } from '../kubernetes/kubectl.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { parseObjects, type RenderedObject } from '../kubernetes/objects.ts';
import { run, tryRun } from '../host/run.ts';
import { join } from 'node:path';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';

/** The objects as generated, and as the lab runs them; and one with a mistake, or the API would prove nothing. */
export const objectsAccepted: LabCheck = {
  name: 'api-accepts',
  title: 'kube-apiserver accepts every generated object, strictly, and refuses one with an unknown field',
  deadlineSeconds: 120,
  run: async (context) => {
    const facts: string[] = [];
    for (const cluster of context.clusters) facts.push(...(await acceptsAll(context, cluster)));
    const { backend } = context.topology.metallb;
    return isOtherBackend(context)
      ? {
          facts,
          notProven: [`BGPPeers as generated for MetalLB's ${backend} mode: its ${context.metallb} mode runs here`],
        }
      : { facts };
  },
};

async function acceptsAll(context: CheckContext, cluster: LabCluster): Promise<string[]> {
  const [all, inLab] = await Promise.all([built(context, cluster, 'generated'), built(context, cluster, 'lab')]);
  // The webhook of another backend refuses what is generated for its own.
  const generated = isOtherBackend(context) ? all.filter(({ kind }) => kind !== 'BGPPeer') : all;
  const refused = [...(await dryRun(context, cluster, generated)), ...(await dryRun(context, cluster, inLab))];
  assertNone(refused, 'objects are refused');
  const [service] = inLab.filter(({ kind }) => kind === 'Service');
  if (!service) throw new CheckFailure('There is no Service among the generated objects.');
  const broken = { ...service, spec: { ...Object(service['spec']), portz: [] } as unknown };
  const complaints = await dryRun(context, cluster, [broken]);
  if (complaints.length === 0) throw new CheckFailure('The API takes a Service with the unknown field spec.portz.');
  return [
    `${String(generated.length)} objects as generated, ${String(inLab.length)} as run`,
    `a Service with spec.portz is refused: ${complaints[0] ?? ''}`,
  ];
}

function isOtherBackend({ metallb, topology }: CheckContext): boolean {
  return metallb !== topology.metallb.backend;
}

async function built({ lab, tools }: CheckContext, { plan }: LabCluster, variant: string): Promise<RenderedObject[]> {
  const cwd = join(lab.paths.state, 'manifests', variant);
  return parseObjects(await run([tools.kustomize, 'build', `overlays/${plan.name}`], { cwd }));
}

/** Server-side apply as a dry run, which admission and MetalLB's webhook take part in; returns what is refused. */
async function dryRun(
  { tools }: CheckContext,
  cluster: LabCluster,
  objects: readonly RenderedObject[],
): Promise<string[]> {
  const options = [
    'apply',
    '--server-side',
    '--dry-run=server',
    '--validate=strict',
    '--field-manager=meshrs-lab',
    '-f',
    '-',
  ];
  const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  const result = await tryRun(kubectlCommand(cluster, tools, options), { input, timeoutMs: 100_000 });
  if (result.status === 0) return [];
  return result.stderr.split('\n').filter((line) => line.trim() !== '');
}
