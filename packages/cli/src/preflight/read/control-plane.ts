import { controllers } from '@meshrs/manifests';
import type { ClusterApi } from '../../status/cluster-api.ts';
import type { ApiServerFacts, ControllerFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { Wanted } from '../wanted.ts';
import { look } from './ask.ts';
import { mayUser } from './rights.ts';
import * as schemas from './schemas.ts';

const prefix = 'system:serviceaccount:kube-system:';

/** Those that the interlock lets pass (`controllers`), by the accounts that kube-controller-manager makes for them. */
export async function readControllers(
  api: ClusterApi,
  { namespaces }: Pick<Wanted, 'namespaces'>,
): Promise<ControllerFacts> {
  const names = Object.values(controllers).flatMap((user) =>
    user.startsWith(prefix) ? [user.slice(prefix.length)] : [],
  );
  const [accounts, sharedMay] = await Promise.all([
    Promise.all(
      names.map(async (name) => ({ name, isThere: await isThere(api, 'serviceaccounts', 'serviceaccount', name) })),
    ),
    mayUser(api, controllers.shared, {
      ...{ verb: 'create', group: '', resource: 'pods', namespace: namespaces.routeServers },
    }),
  ]);
  return { accounts, sharedMay };
}

async function isThere(api: ClusterApi, plural: string, kind: string, name: string): Promise<Known<boolean>> {
  const path = `/api/v1/namespaces/kube-system/${plural}/${name}`;
  const right = `get ${kind} ${name} of namespace kube-system`;
  const found = await look(api, { path, right, schema: schemas.anything });
  return found.isKnown ? known(found.value !== undefined) : found;
}

/** Each API server renews a Lease of its own (Kubernetes documentation, "Leases", "API server identity"). */
const leases = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=${encodeURIComponent('apiserver.kubernetes.io/identity=kube-apiserver')}`;

export async function readApiServers(api: ClusterApi): Promise<ApiServerFacts> {
  const [slice, identities] = await Promise.all([
    look(api, {
      path: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes',
      right: 'get endpointslice kubernetes of namespace default',
      schema: schemas.endpointSlice,
    }),
    look(api, { path: leases, right: 'list leases in namespace kube-system', schema: schemas.leases }),
  ]);
  return {
    addresses: slice.isKnown ? known((slice.value?.endpoints ?? []).flatMap(({ addresses }) => addresses)) : slice,
    identities: identities.isKnown ? known(live(identities.value?.items ?? [])) : identities,
  };
}

/** One that has ended leaves its Lease for an hour: what is compared are the Leases themselves, by no clock of this machine. */
function live(items: readonly { readonly spec: { readonly renewTime?: string | undefined } }[]): number {
  const times = items.map(({ spec }) => Date.parse(spec.renewTime ?? '')).filter((time) => !Number.isNaN(time));
  const newest = Math.max(...times);
  return times.filter((time) => newest - time < 120_000).length;
}
