import { gateRevision, labels, type RemovalGateIntent } from '@meshrs/contract';
import { z } from 'zod';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';
import { ofSides } from './leaving-sides.ts';
import { listObjects } from './list-objects.ts';

/** An object of a side that no commit names any more. */
export interface Leftover {
  readonly side: string;
  /** "StatefulSet routeserver-b2" */
  readonly what: string;
}

/** The kinds of which a side has objects, by where they are; all are generated with the labels of `ofSides`. */
const kinds = {
  routeServers: [
    ['StatefulSet', '/apis/apps/v1', 'statefulsets'],
    ['Service', '/api/v1', 'services'],
    ['ConfigMap', '/api/v1', 'configmaps'],
    ['NetworkPolicy', '/apis/networking.k8s.io/v1', 'networkpolicies'],
  ],
  metallb: [
    ['BGPAdvertisement', '/apis/metallb.io/v1beta1', 'bgpadvertisements'],
    ['L2Advertisement', '/apis/metallb.io/v1beta1', 'l2advertisements'],
    ['IPAddressPool', '/apis/metallb.io/v1beta1', 'ipaddresspools'],
    ['BGPPeer', '/apis/metallb.io/v1beta2', 'bgppeers'],
    ['BFDProfile', '/apis/metallb.io/v1beta1', 'bfdprofiles'],
  ],
} as const;

type Kind = (typeof kinds)[keyof typeof kinds][number];

const schema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
});

type Metadata = z.output<typeof schema>['metadata'];

interface Found {
  readonly kind: Kind;
  readonly place: string;
  readonly side: string;
  readonly metadata: Metadata;
}

/**
 * What Argo CD is to delete of the sides, in the order of the sides: what says another revision than the sync has just given
 * to all objects of the side. One that is being deleted already needs no turn, and one that Argo CD does not delete gets none:
 * a side would be opened for it by every sync, and the turn of another side never come.
 * @throws AgentFailure
 */
export async function findLeftovers(
  client: Pick<DatedApiClient, 'getDated'>,
  namespace: string,
  { sides, revisions, metallbNamespace }: Pick<RemovalGateIntent, 'sides' | 'revisions' | 'metallbNamespace'>,
  signal: AbortSignal,
): Promise<Leftovers> {
  const order = sides.map(({ name }) => name);
  const all = await findLabelled(client, { namespace, metallbNamespace }, signal);
  const isNamed = ({ side, metadata }: Found): boolean =>
    // Without a revision for the side, one that has any is of a commit before.
    order.includes(side) && metadata.annotations?.[gateRevision] === revisions[side];
  const applications = new Set(all.filter(isNamed).flatMap((each) => applicationOf(each) ?? []));
  const rank = (side: string): number => (order.includes(side) ? order.indexOf(side) : order.length);
  const rest = all
    .filter((each) => each.metadata.deletionTimestamp === undefined && !isNamed(each))
    .sort((one, other) => rank(one.side) - rank(other.side) || compare(one.side, other.side));
  const told = (found: readonly Found[]): readonly Leftover[] =>
    found.map(({ kind: [kind], side, metadata }) => ({ side, what: `${kind} ${metadata.name}` }));
  return {
    leftovers: told(rest.filter((each) => isDeleted(each, applications))),
    ignored: told(rest.filter((each) => !isDeleted(each, applications))),
  };
}

/** Objects with the labels of a side that no commit names: those that Argo CD deletes, and those that it does not. */
export interface Leftovers {
  readonly leftovers: readonly Leftover[];
  readonly ignored: readonly Leftover[];
}

/**
 * Argo CD deletes what bears its mark, with this very object in it, and does not say that it stays. Where what the commit names
 * bears none, it goes by a label, or something else applies: then all is deleted that bears our labels.
 */
function isDeleted(found: Found, applications: ReadonlySet<string>): boolean {
  const options = found.metadata.annotations?.['argocd.argoproj.io/sync-options']?.split(',') ?? [];
  if (options.some((option) => option.trim() === 'Prune=false')) return false;
  if (applications.size === 0) return true;
  const application = applicationOf(found);
  return application !== undefined && applications.has(application);
}

/** The Application whose mark the object bears: `<application>:<group>/<kind>:<namespace>/<name>`. */
function applicationOf({ kind: [kind, path], place, metadata }: Found): string | undefined {
  const group = path.startsWith('/apis/') ? path.split('/')[2] : '';
  const mark = metadata.annotations?.['argocd.argoproj.io/tracking-id'];
  const own = `:${group ?? ''}/${kind}:${place}/${metadata.name}`;
  return mark?.endsWith(own) === true ? mark.slice(0, -own.length) : undefined;
}

async function findLabelled(
  client: Pick<DatedApiClient, 'getDated'>,
  { namespace, metallbNamespace }: { readonly namespace: string; readonly metallbNamespace?: string | undefined },
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const places = [
    ...kinds.routeServers.map((kind) => [kind, namespace] as const),
    ...(metallbNamespace === undefined ? [] : kinds.metallb.map((kind) => [kind, metallbNamespace] as const)),
  ];
  const found: Found[] = [];
  for (const [kind, place] of places) {
    const [, group, plural] = kind;
    const path = `${group}/namespaces/${encodeURIComponent(place)}/${plural}`;
    for (const { metadata } of await listObjects(client, path, { labelSelector: ofSides, schema, signal })) {
      const side = metadata.labels[labels.side] ?? '';
      if (side !== '') found.push({ kind, place, side, metadata });
    }
  }
  return found;
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
