import { fleetKey, labels, readFleet, readSettings, settingsKeys, type RouteServerSettings } from '@meshrs/contract';
import {
  routeServerSets,
  sideOf,
  sidesWithRouteServers,
  type BuiltCluster,
  type ConfigMapView,
} from '@meshrs/manifests/built';
import type { Effect } from '../../effect.ts';
import { pairs } from '../../pairs.ts';
import { frrSessions } from './frr-sessions.ts';
import { junosSessions } from './junos-sessions.ts';
import { meshSizes } from './mesh-sizes.ts';
import { allOf, certainly, type SessionFinder, type SessionChanges } from './session-changes.ts';

/** What a change of live settings does to sessions, by engine; an engine without a finder is a type error. */
const finders: Readonly<Record<RouteServerSettings['engine'], SessionFinder>> = {
  frr: frrSessions,
  crpd: junosSessions,
};

export function settingsEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return pairs(before.configMaps, after.configMaps).flatMap(({ id, before: old, after: next }): Effect[] => {
    const oldText = old.data[settingsKeys.settings];
    const newText = next?.data[settingsKeys.settings];
    if (oldText === undefined || oldText === newText) return [];
    const own = sideOf(old);
    const sides = own.length > 0 ? own : sidesWithRouteServers(before);
    // Where no route server runs, no session is there.
    if (sides.length === 0) return [];
    const { certain, possible } =
      newText === undefined
        ? certainly('the settings are removed: all sessions reset')
        : compareTexts(oldText, newText, { pods: podsOf(before, old), fleets: { before, after } });
    const effect = (kind: Effect['kind'], what: readonly string[]): Effect[] =>
      what.length === 0 ? [] : [{ kind, object: id, sides, detail: what.join('; ') }];
    return [...effect('resets', certain), ...effect('may-reset', possible)];
  });
}

interface Around {
  readonly pods: readonly string[];
  readonly fleets: { readonly before: BuiltCluster; readonly after: BuiltCluster };
}

function compareTexts(oldText: string, newText: string, { pods, fleets }: Around): SessionChanges {
  const [old, next] = [oldText, newText].map((text) => readSettings(settingsKeys.settings, text));
  if (!old?.ok || !next?.ok) return certainly('the settings cannot be read: all sessions may reset');
  const { engine } = old.value;
  if (next.value.engine !== engine) {
    return certainly(`engine: ${engine} -> ${next.value.engine}: all sessions reset`);
  }
  const pair = { before: old.value, after: next.value };
  const sizes = { before: fleetSize(fleets.before, old.value), after: fleetSize(fleets.after, next.value) };
  return allOf([finders[engine](pair, pods), meshSizes(pair, sizes)]);
}

/** By fleet.yml; settings without one name the route servers of the whole fleet themselves, or none. */
function fleetSize({ configMaps }: BuiltCluster, { routerIds }: RouteServerSettings): number | undefined {
  const [text] = configMaps.flatMap(({ view }) => view.data[fleetKey] ?? []);
  const fleet = text === undefined ? undefined : readFleet(fleetKey, text);
  if (fleet) return fleet.ok ? Object.keys(fleet.value.routerIds).length : undefined;
  return Object.keys(routerIds).length || undefined;
}

/** The pods of the side that a ConfigMap belongs to. */
function podsOf(cluster: BuiltCluster, configMap: ConfigMapView): string[] {
  const sides = sideOf(configMap);
  return routeServerSets(cluster)
    .filter(({ template }) => sides.length === 0 || sides.includes(template.metadata.labels[labels.side] ?? ''))
    .flatMap(({ pods }) => pods.map(({ name }) => name));
}
