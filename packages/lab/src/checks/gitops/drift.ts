import { serviceNameOf } from '@meshrs/topology';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { waitUntil } from '../../host/wait.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds } from './context.ts';
import { evidence } from './roll-out.ts';

export const gitopsDrift = gitopsCheck(
  {
    name: 'gitops-drift',
    title:
      "a Service's annotation and a StatefulSet's label that somebody edits are repaired, and no session is touched",
    deadlineSeconds: 300,
  },
  async (context) => {
    const { lab, cluster, tools, topology, signal } = context;
    const { namespace } = topology.routeServers;
    const [side, definition] = Object.entries(topology.sides).at(-1) ?? [];
    const [statefulSet] = Object.keys(definition?.statefulSets ?? {});
    if (side === undefined || statefulSet === undefined) throw new CheckFailure('The topology has no side.');
    const service = serviceNameOf(topology, side);
    const before = await beginDisturbance(context);
    const fromMs = Date.now();
    const inNamespace = (...args: readonly string[]): Promise<string> =>
      kubectl(cluster, tools, ['--namespace', namespace, ...args]);
    const label = 'app.kubernetes.io/part-of';
    await inNamespace('annotate', '--overwrite', 'service', service, `${wave}=1`);
    await inNamespace('label', '--overwrite', 'statefulset', statefulSet, `${label}=somebody`);
    const seen = async (): Promise<string> => {
      const [vip, set] = await Promise.all([
        inNamespace('get', 'service', service, '--output=json'),
        inNamespace('get', 'statefulset', statefulSet, '--output=json'),
      ]);
      return JSON.stringify([annotationOf(vip, wave), labelOf(set, label)]);
    };
    if (!(await seen()).includes('somebody')) throw new CheckFailure(`The edit did not come through: ${await seen()}.`);
    await waitUntil(
      'what was edited is as committed again',
      async () => {
        const now = await seen();
        return !now.includes('"1"') && !now.includes('somebody');
      },
      {
        deadlineMs: 120_000,
        intervalMs: 250,
        signal,
        next: 'look at the Application: kubectl -n argocd get app',
        seen,
      },
    );
    const took = Date.now() - fromMs;
    await settle(context);
    const events = readRollOut(lab, fromMs);
    const { routeServers } = applicationNames(context);
    const isPartial = events.some((one) => one.kind === 'application' && one.name === routeServers && one.isPartial);
    const gates = events.filter((one) => one.kind === 'pod' && one.name.endsWith('-gate'));
    const vips = Object.values(topology.sides).flatMap((one) => one.vips);
    assertNone(touches(before, evidence(context, before, fromMs, Date.now()), vips), 'things were felt');
    return {
      facts: [
        `repaired after ${inSeconds(took)}, by ${isPartial ? 'a partial sync' : 'a whole sync'}, ${gates.length === 0 ? 'in which no gate runs' : 'in which gates run'}`,
      ],
    };
  },
);

const wave = 'argocd.argoproj.io/sync-wave';

interface Metadata {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

function annotationOf(text: string, key: string): string | undefined {
  return (JSON.parse(text) as Metadata).metadata.annotations?.[key];
}

function labelOf(text: string, key: string): string | undefined {
  return (JSON.parse(text) as Metadata).metadata.labels?.[key];
}
