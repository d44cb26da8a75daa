import { serviceNameOf } from '@meshrs/topology';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { waitUntil } from '../../host/wait.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds, stay, waitForApplication, type GitopsContext } from './context.ts';
import { beginSync } from './operations.ts';
import { evidence } from './roll-out.ts';

export const gitopsDrift = gitopsCheck(
  {
    name: 'gitops-drift',
    title:
      'annotations of a Service and a StatefulSet that somebody edits are shown and left alone; the next whole sync puts them back, with gates, and no session is touched',
    deadlineSeconds: 1200,
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
    await inNamespace('annotate', '--overwrite', 'service', service, `${wave}=1`);
    await inNamespace('annotate', '--overwrite', 'statefulset', statefulSet, `${wave}=2`);
    const seen = async (): Promise<string> => {
      const [vip, set] = await Promise.all([
        inNamespace('get', 'service', service, '--output=json'),
        inNamespace('get', 'statefulset', statefulSet, '--output=json'),
      ]);
      return JSON.stringify([annotationOf(vip, wave), annotationOf(set, wave)]);
    };
    if (!isEdited(await seen())) throw new CheckFailure(`The edit did not come through: ${await seen()}.`);
    const { routeServers } = applicationNames(context);
    const shownMs = await proveThatItIsLeft(context, seen);
    const askedMs = Date.now();
    await beginSync(context, routeServers);
    await waitUntil(
      'what was edited is as committed again',
      async () => {
        const now = await seen();
        return !now.includes('"1"') && !now.includes('"2"');
      },
      {
        deadlineMs: 600_000,
        intervalMs: 250,
        signal,
        next: 'look at the Application: kubectl -n argocd get app',
        seen,
      },
    );
    const took = Date.now() - askedMs;
    await waitForApplication(
      context,
      routeServers,
      'has ended its sync',
      ({ sync, operation }) => sync === 'Synced' && operation?.phase === 'Succeeded',
      600,
    );
    await settle(context);
    const events = readRollOut(lab, fromMs);
    const isPartial = events.some((one) => one.kind === 'application' && one.name === routeServers && one.isPartial);
    const gates = events.filter((one) => one.kind === 'pod' && one.name.endsWith('-gate'));
    const vips = Object.values(topology.sides).flatMap((one) => one.vips);
    assertNone(
      [
        ...touches(before, evidence(context, before, fromMs, Date.now()), vips),
        ...(isPartial ? ['a partial sync ran'] : []),
        ...(gates.length === 0 ? ['no gate ran'] : []),
      ],
      'things went wrong',
    );
    return {
      facts: [
        `shown as OutOfSync after ${inSeconds(shownMs)}, left alone for ${String(staySeconds)} s; a whole sync put it back after ${inSeconds(took)}`,
      ],
    };
  },
);

/** It is told, and nobody repairs it by a sync without gates. Resolves with the time until it was told. */
async function proveThatItIsLeft(context: GitopsContext, seen: () => Promise<string>): Promise<number> {
  const { routeServers } = applicationNames(context);
  const fromMs = Date.now();
  const shown = await waitForApplication(
    context,
    routeServers,
    'shows the edit',
    (one) => one.sync === 'OutOfSync',
    300,
  );
  const shownMs = Date.now() - fromMs;
  await stay(context, staySeconds);
  const left = await seen();
  const after = await waitForApplication(context, routeServers, 'is there', () => true, 10);
  assertNone(
    [
      ...(isEdited(left) ? [] : [`the edit was changed: ${left}`]),
      ...(after.syncs === shown.syncs ? [] : ['a sync ran that nobody asked for']),
    ],
    'things were repaired without gates',
  );
  return shownMs;
}

/** Argo CD would repair within seconds what it repairs by itself. */
const staySeconds = 20;

function isEdited(seen: string): boolean {
  return seen.includes('"1"') && seen.includes('"2"');
}

const wave = 'argocd.argoproj.io/sync-wave';

interface Metadata {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

function annotationOf(text: string, key: string): string | undefined {
  return (JSON.parse(text) as Metadata).metadata.annotations?.[key];
}
