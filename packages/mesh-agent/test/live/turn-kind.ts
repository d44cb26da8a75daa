import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  budgetValue,
  noDisruption,
  turnKind,
  turnName,
  turnPath,
  type BudgetIntent,
  type TurnSpec,
} from '@meshrs/contract';
import { eventually } from '@meshrs/test-kit/wait';
import { parse } from 'yaml';
import type { KubeApi } from './kube-api.ts';

/*
 * What the interlock brings of a turn, as far as gate and agents use it, as it is generated: the kind, the policy that tells
 * an API server's copy, and the rights. The policies that guard are proved where they are generated; the one that says who
 * may write the turn is not here, since a test writes it for everybody.
 */

export const fleetTurn = turnName({ app: 'meshrr-evpnrs', namespace: 'meshrr' });
export const agentUser = 'system:serviceaccount:meshrr:meshrr-evpnrs';

const { plural } = turnKind;
const admission = '/apis/admissionregistration.k8s.io/v1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

interface Generated {
  readonly metadata: { readonly name: string };
}

function generated(file: string): Generated {
  const folder = join(import.meta.dirname, '../../../manifests/test/cases/frr/expected');
  return parse(readFileSync(join(folder, file), 'utf8')) as Generated;
}

const interlock = (name: string): Generated => generated(`clusters/dci/interlock/${name}.yaml`);

export async function installTurns(api: KubeApi): Promise<void> {
  await api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', interlock('turn-definition'));
  await eventually(
    () => api.request('GET', `/apis/${turnKind.apiVersion}/${plural}`).catch(() => undefined),
    (seen) => seen !== undefined,
  );
  await api.request('POST', `${admission}/validatingadmissionpolicies`, interlock('policy-turn-copy'));
  await bindCopyPolicy(api);
  for (const who of ['agent', 'gate']) {
    const name = `meshrs-${who}.${fleetTurn}`;
    await api.request('POST', `${rbac}/clusterroles`, interlock(`role-${name}`));
    await api.request('POST', `${rbac}/clusterrolebindings`, interlock(`role-binding-${name}`));
  }
  // Of the budget, in the namespace.
  await api.request('POST', `${rbac}/namespaces/meshrr/roles`, generated('base/frr/role.yaml'));
  await api.request('POST', `${rbac}/namespaces/meshrr/rolebindings`, generated('base/frr/role-binding.yaml'));
}

/** What a gate may see of MetalLB's objects. */
export async function grantInMetallb(api: KubeApi): Promise<void> {
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: 'metallb' } });
  await api.request('POST', `${rbac}/namespaces/metallb/roles`, generated('base/frr/gate-metallb-role.yaml'));
  const binding = generated('base/frr/gate-metallb-role-binding.yaml');
  await api.request('POST', `${rbac}/namespaces/metallb/rolebindings`, binding);
}

export async function bindCopyPolicy(api: KubeApi): Promise<void> {
  await api.request('POST', `${admission}/validatingadmissionpolicybindings`, interlock('binding-turn-copy'));
}

export async function unbindCopyPolicy(api: KubeApi): Promise<void> {
  const { name } = interlock('binding-turn-copy').metadata;
  await api.request('DELETE', `${admission}/validatingadmissionpolicybindings/${name}`);
}

/** The turn as Git has it: closed. */
export async function makeTurn(api: KubeApi): Promise<void> {
  await api.request('POST', `/apis/${turnKind.apiVersion}/${plural}`, interlock('turn'));
}

export async function removeTurn(api: KubeApi): Promise<void> {
  await api.request('DELETE', turnPath(fleetTurn));
}

export async function writeTurn(api: KubeApi, spec: TurnSpec): Promise<void> {
  await api.request('PATCH', turnPath(fleetTurn), {
    spec: { revision: null, until: null, reason: null, nodes: null, ...spec },
  });
}

export async function readSpec(api: KubeApi): Promise<TurnSpec | undefined> {
  const { spec } = (await api.request('GET', turnPath(fleetTurn))) as { spec?: TurnSpec };
  return spec;
}

/** Kubernetes' own list of API servers; it holds no loopback addresses. */
export async function listServers(api: KubeApi, addresses: readonly string[]): Promise<void> {
  await api.request('DELETE', `${slices}/kubernetes`).catch((error: unknown) => {
    if (!String(error).includes(' 404 ')) throw error;
  });
  await api.request('POST', slices, {
    metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  });
}

export const budget: BudgetIntent = { name: 'meshrr-evpnrs', field: 'minAvailable', value: '50%', heldSeconds: 420 };
const budgets = '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets';

export async function makeBudget(api: KubeApi, minAvailable = budgetValue(budget.value)): Promise<void> {
  await api.request('POST', budgets, {
    metadata: { name: budget.name },
    spec: { minAvailable, selector: { matchLabels: { app: 'meshrr-evpnrs' } } },
  });
}

export async function removeBudget(api: KubeApi): Promise<void> {
  await api.request('DELETE', `${budgets}/${budget.name}`);
}

/** What it allows now. */
export async function readBudget(api: KubeApi): Promise<'as generated' | 'none' | 'something else'> {
  const { spec } = (await api.request('GET', `${budgets}/${budget.name}`)) as { spec: { minAvailable?: string } };
  if (spec.minAvailable === budget.value) return 'as generated';
  return spec.minAvailable === noDisruption(budget.field) ? 'none' : 'something else';
}

export async function writeBudget(api: KubeApi, minAvailable: string): Promise<void> {
  await api.request('PATCH', `${budgets}/${budget.name}`, { spec: { minAvailable } });
}

export interface TurnEventSeen {
  readonly reason: string;
  readonly type: string;
  readonly message: string;
  readonly source: { readonly component: string };
  readonly metadata: { readonly resourceVersion: string };
}

const events = '/api/v1/namespaces/meshrr/events';

/** What the writes of the turn have left, in their order. */
export async function eventsOf(api: KubeApi): Promise<readonly TurnEventSeen[]> {
  const { items } = (await api.request('GET', events)) as { items: TurnEventSeen[] };
  return items.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
}

export async function clearEvents(api: KubeApi): Promise<void> {
  await api.request('DELETE', events);
}
