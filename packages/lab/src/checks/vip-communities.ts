import { readAnnouncements } from '../fabric/announcements.ts';
import { assertNone, CheckFailure, type LabCheck } from './check.ts';

/** Read from the routers' own tables: by these communities a user's routers tell sides apart. */
export const vipCommunities: LabCheck = {
  name: 'vip-communities',
  title: 'each VIP reaches the routers with the communities of its side, and with no others',
  deadlineSeconds: 30,
  run: async ({ lab, plan, topology }) => {
    const facts: string[] = [];
    const wrong: string[] = [];
    for (const { vips, communities } of Object.values(topology.sides)) {
      const announcements = await readAnnouncements(lab, plan, vips);
      if (announcements.length === 0) throw new CheckFailure(`Nobody announces ${vips.join(', ')}.`);
      const wanted = sorted(communities);
      for (const { vip, router, node, communities: seen } of announcements) {
        facts.push(`${vip} from ${node} at ${router}: ${sorted(seen) || 'none'}`);
        if (sorted(seen) !== wanted) {
          wrong.push(`${vip} from ${node} at ${router}: ${sorted(seen) || 'none'}, not ${wanted || 'none'}`);
        }
      }
    }
    assertNone(wrong, 'VIPs have other communities');
    return { facts };
  },
};

function sorted(communities: readonly string[]): string {
  return [...communities].sort().join(' ');
}
