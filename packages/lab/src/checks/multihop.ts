import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readMetallbSessions } from '../fabric/announcements.ts';
import { waitUntil } from '../host/wait.ts';
import { clusterOf } from '../open-lab/open-cluster.ts';
import { nodesOf } from '../plan/lab-plan.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { readsMultihop } from '../plan/metallb-backend.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';
import { beginDisturbance, endDisturbance, touches } from './disturbance.ts';

/** Several times as long as a session takes that is let come up. */
const withoutMultihopMs = 15_000;

const peerList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        ebgpMultiHop: z.boolean().default(false),
        nodeSelectors: z.array(z.object({ matchLabels: z.record(z.string(), z.string()).default({}) })).default([]),
      }),
    }),
  ),
});

/**
 * The anycast loopback is not on the node's link: the broken sample of every BGPPeer is the one without ebgpMultiHop.
 */
export const multihop: LabCheck = {
  name: 'multihop',
  title: "without a side's ebgpMultiHop its nodes have no session with the routers; the other sides feel nothing",
  deadlineSeconds: 420,
  run: async (context) => {
    const { tools, topology, metallb: backend } = context;
    if (!readsMultihop[backend]) {
      return { facts: [], notProven: [`ebgpMultiHop of BGPPeer: MetalLB's ${backend} mode does not read it`] };
    }
    if (topology.metallb.peerScope === 'global') {
      return { facts: [], notProven: ['ebgpMultiHop of BGPPeer: one BGPPeer serves every side, so all would fall'] };
    }
    const [side] = Object.keys(topology.sides);
    if (side === undefined) throw new CheckFailure('The topology has no side.');
    const { namespace } = topology.metallb;
    const peers = await peersOf(context, side);
    const patch = (peer: string, change: object): Promise<string> =>
      kubectl(clusterOf(context, side), tools, [
        ...['--namespace', namespace, 'patch', 'bgppeer', peer, '--type=json'],
        `--patch=${JSON.stringify([change])}`,
      ]);
    const before = await beginDisturbance(context);
    try {
      for (const peer of peers) await patch(peer, { op: 'remove', path: '/spec/ebgpMultiHop' });
      await waitForSessions(context, side, false);
      await sleep(withoutMultihopMs, undefined, { signal: context.signal });
      assertNone(
        (await establishedOf(context, side)).map((who) => `${who} is Established`),
        'sessions came up without ebgpMultiHop',
      );
    } finally {
      for (const peer of peers) await patch(peer, { op: 'add', path: '/spec/ebgpMultiHop', value: true });
    }
    await waitForSessions(context, side, true);
    const evidence = await endDisturbance(context, before);
    const others = Object.entries(topology.sides).flatMap(([other, { vips }]) => (other === side ? [] : vips));
    assertNone(touches(before, evidence, others), 'things were felt on other sides');
    return {
      facts: [
        `${peers.join(', ')} without it: no session for ${String(withoutMultihopMs / 1000)} s; with it again: all`,
      ],
    };
  },
};

/** Names of the side's BGPPeers; each must have what is to be taken away. */
async function peersOf(context: CheckContext, side: string): Promise<string[]> {
  const { namespace } = context.topology.metallb;
  const { api } = clusterOf(context, side);
  const { items } = peerList.parse(await api.get(`/apis/metallb.io/v1beta2/namespaces/${namespace}/bgppeers`));
  const ofSide = items.filter(({ spec }) =>
    spec.nodeSelectors.some(({ matchLabels }) => matchLabels[context.topology.placement.nodeLabel] === side),
  );
  if (ofSide.length === 0) throw new CheckFailure(`There is no BGPPeer for the nodes of side ${side}.`);
  assertNone(
    ofSide.filter(({ spec }) => !spec.ebgpMultiHop).map(({ metadata }) => metadata.name),
    'BGPPeers have no ebgpMultiHop',
  );
  return ofSide.map(({ metadata }) => metadata.name);
}

async function establishedOf({ lab, plan }: CheckContext, side: string): Promise<string[]> {
  const nodes = nodesOf(plan)
    .filter((node) => node.side === side)
    .map(({ name }) => name);
  return (await readMetallbSessions(lab, plan))
    .filter(({ node, isEstablished }) => nodes.includes(node) && isEstablished)
    .map(({ node, router }) => `${node} with ${router}`);
}

/** Waits until all sessions of the side's nodes are there, or none of them. */
async function waitForSessions(context: CheckContext, side: string, areWanted: boolean): Promise<void> {
  const { plan, signal } = context;
  const all = nodesOf(plan)
    .filter((node) => node.side === side)
    .flatMap(({ links }) => links).length;
  let seen: readonly string[] = [];
  await waitUntil(
    areWanted ? `the sessions of side ${side}'s nodes are back` : `the sessions of side ${side}'s nodes are gone`,
    async () => {
      seen = await establishedOf(context, side);
      return seen.length === (areWanted ? all : 0);
    },
    {
      // FRR dials again after two minutes when the first try fails.
      deadlineMs: 150_000,
      intervalMs: 250,
      signal,
      next: 'look at frr-k8s on the nodes: kubectl get -A bgpsessionstates',
      seen: () => `established: ${seen.join(', ') || 'none'}`,
    },
  );
}
