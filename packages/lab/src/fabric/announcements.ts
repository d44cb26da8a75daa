import type { IpAddress } from '@meshrs/network';
import { z } from 'zod';
import { frrSockets } from '../frr/start-frr.ts';
import { askVtyJson } from '../frr/vty.ts';
import type { Lab } from '../lab/lab.ts';
import { fabricAddresses, nodesOf, type LabPlan } from '../plan/lab-plan.ts';

/** A VIP that a node announces to a router. */
export interface Announcement {
  readonly vip: string;
  readonly router: string;
  readonly node: string;
  /** As a topology writes them: "65000:1", "large:65000:0:1". */
  readonly communities: readonly string[];
}

const communityList = z.object({ list: z.array(z.string()) }).default({ list: [] });
const prefixSchema = z.object({
  paths: z
    .array(
      z.object({
        peer: z.object({ peerId: z.string() }),
        community: communityList,
        largeCommunity: communityList,
      }),
    )
    .default([]),
});

/** Who announces a VIP to whom, as the routers have it. */
export async function readAnnouncements(lab: Lab, plan: LabPlan, vips: readonly IpAddress[]): Promise<Announcement[]> {
  const nodeOf = new Map(
    nodesOf(plan).flatMap((node) => fabricAddresses(node).map((address) => [address as string, node.name])),
  );
  const lists = await Promise.all(
    plan.routers.flatMap(({ name }) =>
      vips.map(async (vip) => {
        const answer = await askVtyJson(frrSockets(lab, name).bgpd, `show bgp ipv4 unicast ${vip}/32 json`);
        return prefixSchema.parse(answer).paths.flatMap(({ peer, community, largeCommunity }): Announcement[] => {
          const node = nodeOf.get(peer.peerId);
          const communities = [...community.list, ...largeCommunity.list.map((one) => `large:${one}`)];
          // The others came from the core.
          return node === undefined ? [] : [{ vip, router: name, node, communities }];
        });
      }),
    ),
  );
  return lists.flat();
}

const summarySchema = z.object({
  peers: z
    .record(
      z.string(),
      z.object({
        state: z.string(),
        pfxRcd: z.number().default(0),
        peerUptimeEstablishedEpoch: z.number().optional(),
      }),
    )
    .default({}),
});

/** A session between a router and MetalLB on a node. */
export interface MetallbSession {
  readonly router: string;
  readonly node: string;
  readonly state: string;
  readonly isEstablished: boolean;
  readonly establishedAtMs: number | undefined;
  readonly vips: number;
}

/** Every session that the nodes' links ask for; one that is not there has the state "none". */
export async function readMetallbSessions(lab: Lab, plan: LabPlan): Promise<MetallbSession[]> {
  const lists = await Promise.all(
    plan.routers.map(async ({ name }) => {
      const { peers } = summarySchema.parse(
        await askVtyJson(frrSockets(lab, name).bgpd, 'show bgp ipv4 unicast summary json'),
      );
      return nodesOf(plan)
        .filter(({ links }) => links.some(({ router }) => router === name))
        .map((node): MetallbSession => {
          const peer = fabricAddresses(node)
            .map((address) => peers[address])
            .find((one) => one !== undefined);
          return {
            router: name,
            node: node.name,
            state: peer?.state ?? 'none',
            isEstablished: peer?.state === 'Established',
            establishedAtMs:
              peer?.peerUptimeEstablishedEpoch === undefined ? undefined : peer.peerUptimeEstablishedEpoch * 1000,
            vips: peer?.pfxRcd ?? 0,
          };
        });
    }),
  );
  return lists.flat();
}
