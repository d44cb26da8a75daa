import { isElsewhere, labels, settingsKeys, type AnyGateSide, type GateSide } from '@meshrs/contract';
import { z } from 'zod';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';
import { listObjects } from './list-objects.ts';

/** By these labels an object is one that was generated for a side (`sideMetadata` of manifests). */
export const ofSides = `app.kubernetes.io/part-of=meshrs,${labels.side}`;

const labelled = { metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }) };
const setSchema = z.object(labelled);
const mapSchema = z.object({ ...labelled, data: z.record(z.string(), z.string()).optional() });

/**
 * The sides with what the cluster has of them, and no commit names any more: StatefulSets of a side whose pods are the
 * side's until Argo CD deletes them, at the end of a sync, and whole sides, which keep clients and have clients until
 * then. These come last; `next` is one of them where it is none of the others.
 * @throws AgentFailure
 */
export async function withLeaving(
  client: Pick<DatedApiClient, 'getDated'>,
  namespace: string,
  { sides, next }: { readonly sides: readonly AnyGateSide[]; readonly next?: string },
  signal: AbortSignal,
): Promise<readonly AnyGateSide[]> {
  const within = (group: string, kind: string) => `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`;
  const sets = (
    await listObjects(client, within('/apis/apps/v1', 'statefulsets'), {
      ...{ labelSelector: ofSides, schema: setSchema, signal },
    })
  ).map(({ metadata }) => ({ name: metadata.name, side: metadata.labels[labels.side] ?? '' }));
  const known = new Set(sides.map(({ name }) => name));
  const gone = new Set(sets.map(({ side }) => side).filter((side) => side !== '' && !known.has(side)));
  if (next !== undefined && !known.has(next)) gone.add(next);
  const names = [...gone].sort((one, other) => Number(other === next) - Number(one === next) || (one < other ? -1 : 1));
  const leaving: GateSide[] = [];
  for (const name of names) {
    const maps = await listObjects(client, within('/api/v1', 'configmaps'), {
      ...{ labelSelector: `app.kubernetes.io/part-of=meshrs,${labels.side}=${name}`, schema: mapSchema, signal },
    });
    const settings = maps.find(({ data }) => data?.[settingsKeys.settings] !== undefined)?.metadata.name;
    const statefulSets = sets.filter(({ side }) => side === name).map((set) => set.name);
    leaving.push({ name, statefulSets, settings: settings ?? `${name}-settings` });
  }
  return [...sides.map((side) => withSets(side, sets)), ...leaving];
}

function withSets(side: AnyGateSide, sets: readonly { readonly name: string; readonly side: string }[]): AnyGateSide {
  if (isElsewhere(side)) return side;
  const leaving = sets
    .filter((set) => set.side === side.name && !side.statefulSets.includes(set.name))
    .map(({ name }) => name);
  return leaving.length === 0 ? side : { ...side, leaving };
}
