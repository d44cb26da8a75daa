import { labels } from '@meshrs/contract';
import { readAnnouncements } from '../fabric/announcements.ts';
import { listRouteServerPods } from '../open-lab/open-cluster.ts';
import type { OpenLab } from '../open-lab/open-lab.ts';
import { assertNone, type LabCheck } from './check.ts';

/** Read from the routers' own tables: who announces what. */
export const vipPlacement: LabCheck = {
  name: 'vip-placement',
  title: 'each VIP is announced by every node that holds a ready route server of its side, and by no other',
  deadlineSeconds: 30,
  run: async (context) => {
    const { wrong, facts } = await comparePlacement(context);
    assertNone(wrong, 'VIPs are announced wrongly');
    return { facts };
  },
};

/** Compares who announces each VIP with who should. */
export async function comparePlacement(
  open: Pick<OpenLab, 'lab' | 'plan' | 'topology' | 'clusters'>,
): Promise<{ wrong: string[]; facts: string[] }> {
  const { lab, plan, topology } = open;
  const pods = await listRouteServerPods(open);
  const vips = Object.values(topology.sides).flatMap((side) => side.vips);
  const announcements = await readAnnouncements(lab, plan, vips);
  const placements = Object.entries(topology.sides).flatMap(([side, { vips: ofSide }]) => {
    const holders = pods
      .filter(({ labels: all, isReady }) => all[labels.side] === side && isReady)
      .flatMap(({ node }) => node ?? []);
    return ofSide.map((vip) => ({
      side,
      vip,
      holders: distinct(holders),
      announcers: distinct(announcements.filter((one) => one.vip === vip).map(({ node }) => node)),
    }));
  });
  return {
    facts: placements.map(({ side, vip, announcers }) => `${vip} (side ${side}) by ${announcers || 'nobody'}`),
    wrong: placements
      .filter(({ holders, announcers }) => announcers === '' || announcers !== holders)
      .map(
        ({ vip, holders, announcers }) =>
          `${vip}: announced by ${announcers || 'nobody'}, ready route servers on ${holders || 'no node'}`,
      ),
  };
}

function distinct(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ');
}
