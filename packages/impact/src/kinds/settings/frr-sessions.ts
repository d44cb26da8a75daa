import { toIntent, type RouteServerIntent, type RouteServerSettings } from '@meshrs/contract';
import { planChanges, type PlannedChange } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { describeDeclared, describeReset } from './describe-reset.ts';
import { describeEvictions } from './evictions.ts';
import { allOf, type SessionChanges, type SettingsPair } from './session-changes.ts';

/**
 * What FRR does, by the agent's own planner: the changes that it would send to bgpd, and those clients that its guard
 * would then evict. Who is in the mesh nobody knows here; it is the same before and after.
 */
export function frrSessions({ before, after }: SettingsPair, pods: readonly string[]): SessionChanges {
  return allOf(
    pods.map((pod) => {
      const [old, next] = [intentOf(before, pod), intentOf(after, pod)];
      // A pod without a router-id has never started.
      if (!old) return { certain: [], possible: [] };
      if (!next) return withoutRouterId(pod);
      return compareIntents(old, next);
    }),
  );
}

/** What becomes of the sessions of one route server. */
export function compareIntents(before: RouteServerIntent, after: RouteServerIntent): SessionChanges {
  const intents = { before, after };
  const changes = planChanges(toFrrConfig(before), toFrrConfig(after));
  const certain = leading(changes).flatMap((change) => describeReset(change, intents) ?? []);
  return {
    certain: [...certain, ...describeEvictions(before, after)],
    possible: changes.some(({ resets }) => resets.kind === 'all') ? [] : describeDeclared(intents),
  };
}

/** Where all sessions end, or all of a group, what else ends them is not worth a word. */
function leading(changes: readonly PlannedChange[]): readonly PlannedChange[] {
  const all = changes.filter(({ resets }) => resets.kind === 'all');
  if (all.length > 0) return all;
  const removed = new Set(changes.flatMap(({ change }) => (change.kind === 'group-removed' ? [change.group] : [])));
  return changes.filter(({ change }) => change.kind === 'group-removed' || !removed.has(change.group));
}

function withoutRouterId(pod: string): SessionChanges {
  return {
    certain: [],
    possible: [
      `${pod} has no router-id any more: its agent keeps the settings that it has, and the pod does not start again`,
    ],
  };
}

function intentOf(settings: RouteServerSettings, pod: string): RouteServerIntent | undefined {
  const routerId = settings.routerIds[pod];
  return routerId === undefined ? undefined : toIntent(settings, { name: pod, routerId }, {});
}
