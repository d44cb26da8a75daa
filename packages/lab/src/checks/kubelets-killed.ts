import { setTimeout as sleep } from 'node:timers/promises';
import type { Side } from '@meshrs/topology';
import { areNodesReady, listReadyNodes } from '../cluster/nodes-ready.ts';
import { kubeletName, startKubelet } from '../cluster/kubelet.ts';
import { isRunning } from '../host/proc.ts';
import { killDaemon, listDaemons } from '../lab/daemons.ts';
import { nodesOf } from '../plan/lab-plan.ts';
import { waitUntil } from '../host/wait.ts';
import { assertNone, CheckFailure, type LabCheck } from './check.ts';
import { beginDisturbance, endDisturbance, gather, hasSeveral, touches } from './disturbance.ts';

/** Longer than Kubernetes takes to call a node lost (40 s) and to mark its pods. */
const withoutKubeletsMs = 120_000;

export const kubeletsKilled: LabCheck = {
  name: 'kubelets-killed',
  title:
    'with every kubelet dead for two minutes no VIP and no session moves where one route server stands behind a VIP',
  deadlineSeconds: 420,
  run: async (context) => {
    const { lab, tools, clusters, topology, signal } = context;
    const nodes = nodesOf(context.plan);
    const before = await beginDisturbance(context);
    const kubelets = nodes.map(({ name }) => kubeletName(name));
    const killed = listDaemons(lab).filter(({ name }) => kubelets.includes(name));
    if (killed.length !== nodes.length) {
      throw new CheckFailure(`Of ${String(nodes.length)} kubelets ${String(killed.length)} were running.`);
    }
    const vipsOf = (isRight: (side: Side) => boolean): string[] =>
      Object.values(topology.sides)
        .filter(isRight)
        .flatMap((side) => side.vips);
    const vips = vipsOf((side) => !hasSeveral(side));
    // Readiness decides there, and a dead kubelet is unreadiness: a documented risk of several behind one VIP.
    const movable = vipsOf(hasSeveral);
    if (vips.length === 0) {
      return { facts: [], notProven: ['several route servers stand behind every VIP: each may move without kubelets'] };
    }
    const startMissing = (): void => {
      const running = new Set(
        listDaemons(lab)
          .filter(isRunning)
          .map(({ name }) => name),
      );
      for (const cluster of clusters) {
        const missing = cluster.plan.nodes.filter((node) => !running.has(kubeletName(node.name)));
        for (const node of missing) startKubelet(cluster, tools, node);
      }
    };
    let stillReady: readonly string[];
    let moved: readonly string[];
    try {
      await Promise.all(killed.map((daemon) => killDaemon(lab, daemon)));
      await sleep(withoutKubeletsMs, undefined, { signal });
      stillReady = (await Promise.all(clusters.map(({ api }) => listReadyNodes(api)))).flat();
      const evidence = await gather(context, before.fromMs);
      moved = touches(before, evidence, movable);
      assertNone(touches(before, evidence, vips), 'things moved without kubelets');
    } finally {
      startMissing();
    }
    // Otherwise Kubernetes would not have noticed, and nothing would be proved.
    assertNone(
      stillReady.map((node) => `${node} is Ready`),
      'nodes are Ready without a kubelet',
    );
    const areAllReady = async (): Promise<boolean> => {
      // As systemd does it: kubelets of one machine share the folder of device plugins, and of two that begin at one moment one may end.
      startMissing();
      return (await Promise.all(clusters.map(({ api, plan }) => areNodesReady(api, plan)))).every(Boolean);
    };
    await waitUntil('every node is Ready again', areAllReady, {
      deadlineMs: 120_000,
      intervalMs: 500,
      signal,
      next: 'read the logs of the kubelets: meshrs lab logs LAB kubelet.NODE',
    });
    assertNone(touches(before, await endDisturbance(context, before), vips), 'things moved when kubelets came back');
    return {
      facts: [
        `${String(killed.length)} kubelets dead for ${String(withoutKubeletsMs / 1000)} s, every node NotReady; ${vips.join(', ')} and all sessions with it unmoved`,
        ...(moved.length === 0 ? [] : [`expected where several stand behind one VIP: ${moved[0] ?? ''}`]),
      ],
    };
  },
};
