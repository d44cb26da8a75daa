import type { z } from 'zod';
import type { Built } from './built.ts';
import { apiGroup, objectId } from './object-id.ts';
import { podsOf, type Workload } from './workloads.ts';
import {
  addressPoolView,
  bgpAdvertisementView,
  bgpPeerView,
  budgetView,
  communityView,
  configMapView,
  frrConfigurationView,
  l2AdvertisementView,
  networkPolicyView,
  objectView,
  roleBindingView,
  serviceAccountView,
  serviceView,
  type AddressPoolView,
  type BgpAdvertisementView,
  type BgpPeerView,
  type BudgetView,
  type CommunityView,
  type ConfigMapView,
  type FrrConfigurationView,
  type L2AdvertisementView,
  type NetworkPolicyView,
  type ObjectView,
  type RoleBindingView,
  type ServiceAccountView,
  type ServiceView,
} from './views.ts';

/** What `kustomize build` gives for a cluster, by kind. */
export interface BuiltCluster {
  readonly objects: readonly Built<ObjectView>[];
  readonly workloads: readonly Workload[];
  readonly services: readonly Built<ServiceView>[];
  readonly budgets: readonly Built<BudgetView>[];
  readonly networkPolicies: readonly Built<NetworkPolicyView>[];
  readonly configMaps: readonly Built<ConfigMapView>[];
  readonly serviceAccounts: readonly Built<ServiceAccountView>[];
  readonly roleBindings: readonly Built<RoleBindingView>[];
  readonly pools: readonly Built<AddressPoolView>[];
  readonly bgpAdvertisements: readonly Built<BgpAdvertisementView>[];
  readonly communities: readonly Built<CommunityView>[];
  readonly l2Advertisements: readonly Built<L2AdvertisementView>[];
  readonly peers: readonly Built<BgpPeerView>[];
  readonly frrConfigurations: readonly Built<FrrConfigurationView>[];
  /** Objects that are not what their kind says: position in the build or name, and what is wrong. */
  readonly unreadable: readonly { readonly id: string; readonly problem: string }[];
}

/** Reads the objects of a build. What cannot be read is named and left out. */
export function readBuilt(documents: readonly unknown[]): BuiltCluster {
  const unreadable: { id: string; problem: string }[] = [];
  const objects = documents.flatMap((document, index): Built<ObjectView>[] => {
    const read = objectView.safeParse(document);
    if (read.success) return [{ id: objectId(read.data), view: read.data }];
    unreadable.push({ id: `document ${String(index + 1)}`, problem: problemOf(read.error) });
    return [];
  });
  const ofKind = <S extends z.ZodType>(kind: string, group: string, schema: S): Built<z.output<S>>[] =>
    objects
      .filter(({ view }) => view.kind === kind && apiGroup(view.apiVersion) === group)
      .flatMap(({ id, view }) => {
        const read = schema.safeParse(view);
        if (read.success) return [{ id, view: read.data }];
        unreadable.push({ id, problem: problemOf(read.error) });
        return [];
      });
  return {
    objects,
    workloads: podsOf(ofKind),
    services: ofKind('Service', '', serviceView),
    budgets: ofKind('PodDisruptionBudget', 'policy', budgetView),
    networkPolicies: ofKind('NetworkPolicy', 'networking.k8s.io', networkPolicyView),
    configMaps: ofKind('ConfigMap', '', configMapView),
    serviceAccounts: ofKind('ServiceAccount', '', serviceAccountView),
    roleBindings: ofKind('RoleBinding', 'rbac.authorization.k8s.io', roleBindingView),
    pools: ofKind('IPAddressPool', 'metallb.io', addressPoolView),
    bgpAdvertisements: ofKind('BGPAdvertisement', 'metallb.io', bgpAdvertisementView),
    communities: ofKind('Community', 'metallb.io', communityView),
    l2Advertisements: ofKind('L2Advertisement', 'metallb.io', l2AdvertisementView),
    peers: ofKind('BGPPeer', 'metallb.io', bgpPeerView),
    frrConfigurations: ofKind('FRRConfiguration', 'frrk8s.metallb.io', frrConfigurationView),
    unreadable,
  };
}

function problemOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'the object'}: ${message}`).join('; ');
}
