import {
  changedPaths,
  describeChanges,
  kindName,
  namespaceIn,
  secretReferences,
  sideOf,
  sidesWithRouteServers,
  type BuiltCluster,
} from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';
import { unknownChanges } from '../fields/field-table.ts';
import { unknownMetadata } from '../fields/metadata.ts';
import { fieldTables, harmlessKinds, harmlessWhenNew, secretWriters } from '../fields/tables.ts';

/**
 * What nobody can say the effect of: kinds and fields that are in no table, and objects that cannot be read. It counts as
 * disturbing.
 */
export function unknownEffects(
  before: BuiltCluster,
  after: BuiltCluster,
  sides: readonly string[] = sidesWithRouteServers(before),
): Effect[] {
  const [old, next] = [before, after].map(({ objects }) => new Map(objects.map(({ id, view }) => [id, view])));
  const ids = [...new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])];
  return [
    ...ids.flatMap((id): Effect[] => {
      const [one, other] = [old?.get(id), next?.get(id)];
      const detail = !one && other && comesUnnoticed(other, before) ? undefined : unknownDetail(one, other);
      if (detail === undefined) return [];
      const own = [...new Set([one, other].flatMap((object) => (object ? sideOf(object) : [])))].sort();
      return [{ kind: 'unknown', object: id, sides: own.length > 0 ? own : sides, detail }];
    }),
    ...unreadable(before, after).map(({ id, problem }): Effect => {
      const object = next?.get(id) ?? old?.get(id);
      const own = object ? sideOf(object) : [];
      return { kind: 'unknown', object: id, sides: own.length > 0 ? own : sides, detail: problem };
    }),
  ];
}

type View = BuiltCluster['objects'][number]['view'];

/** Whether nothing that runs reads what a new object makes: a Secret that is read already may get another content. */
function comesUnnoticed(object: View, before: BuiltCluster): boolean {
  const kind = kindName(object);
  if (!harmlessWhenNew.includes(kind)) return false;
  const path = secretWriters[kind];
  if (!path) return true;
  const { name } = object.metadata;
  const namespace = namespaceIn(before, object.metadata.namespace);
  const read = secretReferences(before, before.peers[0]?.view.metadata.namespace ?? 'metallb');
  const written = textAt(object, path) ?? name;
  return !read.some((secret) => secret.namespace === namespace && secret.name === written);
}

function textAt(object: unknown, path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>(
    (place, key) =>
      typeof place === 'object' && place !== null ? (place as Readonly<Record<string, unknown>>)[key] : undefined,
    object,
  );
  return typeof found === 'string' ? found : undefined;
}

function unknownDetail(old: View | undefined, next: View | undefined): string | undefined {
  const some = old ?? next;
  if (!some || harmlessKinds.includes(kindName(some))) return undefined;
  const table = fieldTables[kindName(some)];
  if (!table) {
    if (old && next) {
      const changes = changedPaths(old, next);
      return changes.length === 0
        ? undefined
        : `an object of a kind that meshrs does not know: ${describeChanges(changes)}`;
    }
    return `an object of a kind that meshrs does not know ${old ? 'is removed' : 'comes'}`;
  }
  if (!old || !next) return undefined;
  const fields = (object: View): object => ({ ...object, apiVersion: '', metadata: {} });
  const changes = [...unknownMetadata(old, next), ...unknownChanges(table, changedPaths(fields(old), fields(next)))];
  return changes.length === 0 ? undefined : describeChanges(changes);
}

/** Objects that are unreadable in one way before and in another one after. */
function unreadable(before: BuiltCluster, after: BuiltCluster): BuiltCluster['unreadable'] {
  const said = ({ id, problem }: { readonly id: string; readonly problem: string }): string => `${id}: ${problem}`;
  const known = new Set(before.unreadable.map(said));
  return after.unreadable
    .filter((each) => !known.has(said(each)))
    .map(({ id, problem }) => ({ id, problem: `it cannot be read: ${problem}` }));
}
