import type { FrrConfig, FrrRouter } from '../config.ts';
import { omit } from '../omit.ts';
import { routerLevel } from '../rows/router-rows.ts';
import { topLevel } from '../rows/top-rows.ts';
import { atTop, inRouter } from '../statements.ts';
import { planned, resetsNone, type PlannedChange, type SessionsReset } from './planned-change.ts';
import { atTheTop, type Step } from './steps.ts';

export function planTop(wanted: FrrConfig): Step {
  return (current) => {
    if (topLevel.isSame(current, wanted)) return [];
    const { going, coming } = topLevel.difference(current, wanted);
    const of = ({ asPathLists, largeCommunityLists, routeMaps, router }: FrrConfig) => ({
      ...omit(wanted, 'asPathLists', 'largeCommunityLists', 'routeMaps', 'router'),
      asPathLists,
      largeCommunityLists,
      routeMaps,
      ...(router && { router }),
    });
    const change = { kind: 'global-changed', subject: 'daemon settings' } as const;
    return [
      planned(change, { resets: resetsNone, commands: atTop([...going, ...coming]), leaves: { kind: 'other', of } }),
    ];
  };
}

/** bgpd has one AS for good: another one is another `router bgp`, and every session begins anew. */
export function planOtherRouter(wanted: FrrConfig): Step {
  return (current) => {
    if (!current.router || current.router.asn === wanted.router?.asn) return [];
    const commands = [atTheTop(`no router bgp ${String(current.router.asn)}`)];
    const of = (before: FrrConfig) => omit(before, 'router');
    const resets: SessionsReset = { kind: 'all', because: ['AS'] };
    return [planned({ kind: 'global-changed', subject: 'asn' }, { resets, commands, leaves: { kind: 'other', of } })];
  };
}

export function planRouterSettings(wanted: FrrRouter): Step {
  return (current): readonly PlannedChange[] => {
    const before = current.router ?? newRouter(wanted);
    const isNew = !current.router;
    if (!isNew && routerLevel.isSame(before, wanted)) return [];
    const { going, coming } = routerLevel.difference(before, wanted);
    const globals = omit(wanted, 'groups', 'neighbors', 'ranges');
    const opening = isNew ? [atTheTop(`router bgp ${String(wanted.asn)}`)] : [];
    const { reaction, because } = routerLevel.reaction(before, wanted);
    return [
      planned(
        { kind: 'global-changed', subject: isNew ? 'router' : 'router settings' },
        {
          resets: isNew || reaction === 'none' ? resetsNone : { kind: 'all', because },
          commands: [...opening, ...inRouter([...going, ...coming])],
          leaves: {
            kind: 'other',
            of: (now) => {
              const { groups, neighbors, ranges } = now.router ?? newRouter(wanted);
              return { ...now, router: { ...globals, groups, neighbors, ranges } };
            },
          },
        },
      ),
    ];
  };
}

/** `router bgp N` as bgpd makes it. */
function newRouter({ asn }: FrrRouter): FrrRouter {
  return { asn, ...routerLevel.standard, groups: [], neighbors: [], ranges: [] };
}
