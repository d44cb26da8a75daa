import { labels } from '@meshrs/route-server';
import { readAnnouncements } from '../fabric/announcements.ts';
import { listPods } from '../kubernetes/pods.ts';
import { assertNone, type Check } from './check.ts';

/** Read from the routers' own tables: who announces what. */
export const vipPlacement: Check = {
  name: 'vip-placement',
  title: 'each VIP is announced by every node that holds a ready route server of its side, and by no other',
  deadlineSeconds: 30,
  run: async ({ lab, plan, topology, api }) => {
    const pods = await listPods(api, topology.routeServers.namespace);
    const vips = Object.values(topology.sides).flatMap((side) => side.vips);
    const announcements = await readAnnouncements(lab, plan, vips);
    const facts: string[] = [];
    const wrong = Object.entries(topology.sides).flatMap(([side, { vips: ofSide }]) => {
      const holders = pods
        .filter(({ labels: all, isReady }) => all[labels.side] === side && isReady)
        .flatMap(({ node }) => node ?? []);
      return ofSide.flatMap((vip) => {
        const announcers = [...new Set(announcements.filter((one) => one.vip === vip).map(({ node }) => node))].sort();
        facts.push(`${vip} (side ${side}) by ${announcers.join(', ') || 'nobody'}`);
        const isRight = announcers.length > 0 && announcers.join() === [...new Set(holders)].sort().join();
        return isRight
          ? []
          : [
              `${vip}: announced by ${announcers.join(', ') || 'nobody'}, ready route servers on ${holders.join(', ') || 'no node'}`,
            ];
      });
    });
    assertNone(wrong, 'VIPs are announced wrongly');
    return { facts };
  },
};
