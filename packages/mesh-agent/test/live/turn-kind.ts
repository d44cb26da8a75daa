import {
  budgetValue,
  noDisruption,
  turnCopyProbe,
  turnKind,
  turnName,
  turnPath,
  type BudgetIntent,
  type TurnSpec,
} from '@meshrs/contract';
import { eventually } from '@meshrs/test-kit/wait';
import { gateUser, type KubeApi } from './kube-api.ts';

/*
 * What the interlock brings of a turn, as far as gate and agents use it: the kind, one object, the policy that tells an API
 * server's copy, and the roles. The policies that guard are proved where they are generated.
 */

export const fleetTurn = turnName({ app: 'meshrr-evpnrs', namespace: 'meshrr' });
export const agentUser = 'system:serviceaccount:meshrr:meshrr';

const { group, version, kind, listKind, plural, singular } = turnKind;
const admission = '/apis/admissionregistration.k8s.io/v1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const copyPolicy = `turn-copy.${fleetTurn}`;

export async function installTurns(api: KubeApi): Promise<void> {
  await api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: 'Cluster', names: { kind, listKind, plural, singular } },
      versions: [
        {
          ...{ name: version, served: true, storage: true },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          },
        },
      ],
    },
  });
  await eventually(
    () => api.request('GET', `/apis/${turnKind.apiVersion}/${plural}`).catch(() => undefined),
    (seen) => seen !== undefined,
  );
  await api.request('POST', `${admission}/validatingadmissionpolicies`, policy());
  await bindCopyPolicy(api);
  const turns = { apiGroups: [group], resources: [plural], resourceNames: [fleetTurn], verbs: ['get', 'patch'] };
  const servers = {
    ...{
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      resourceNames: ['kubernetes'],
      verbs: ['get'],
    },
  };
  await grant(api, 'gate-turn', gateUser, [turns, servers]);
  const budgets = {
    apiGroups: ['policy'],
    resources: ['poddisruptionbudgets'],
    resourceNames: [budget.name],
    verbs: ['get', 'patch'],
  };
  await grant(api, 'agent-turn', agentUser, [turns, budgets]);
}

export async function bindCopyPolicy(api: KubeApi): Promise<void> {
  await api.request('POST', `${admission}/validatingadmissionpolicybindings`, {
    metadata: { name: copyPolicy },
    spec: {
      policyName: copyPolicy,
      paramRef: { name: fleetTurn, parameterNotFoundAction: 'Allow' },
      validationActions: ['Deny'],
    },
  });
}

export async function unbindCopyPolicy(api: KubeApi): Promise<void> {
  await api.request('DELETE', `${admission}/validatingadmissionpolicybindings/${copyPolicy}`);
}

function policy(): object {
  const { annotation, before, between } = turnCopyProbe;
  return {
    metadata: { name: copyPolicy },
    spec: {
      failurePolicy: 'Fail',
      paramKind: { apiVersion: turnKind.apiVersion, kind },
      matchConstraints: {
        resourceRules: [{ apiGroups: [group], apiVersions: ['*'], resources: [plural], operations: ['UPDATE'] }],
      },
      matchConditions: [
        {
          name: 'probe',
          expression: `has(request.dryRun) && request.dryRun && object.metadata.?annotations[?'${annotation}'].hasValue()`,
        },
      ],
      validations: [
        {
          expression: 'false',
          messageExpression: `'${before}' + params.metadata.name + '${between}' + params.metadata.resourceVersion`,
          reason: 'Forbidden',
        },
      ],
    },
  };
}

async function grant(api: KubeApi, name: string, user: string, rules: readonly object[]): Promise<void> {
  await api.request('POST', `${rbac}/clusterroles`, { metadata: { name }, rules });
  await api.request('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  });
}

/** The turn as Git has it: closed. */
export async function makeTurn(api: KubeApi): Promise<void> {
  await api.request('POST', `/apis/${turnKind.apiVersion}/${plural}`, {
    apiVersion: turnKind.apiVersion,
    kind,
    metadata: { name: fleetTurn },
  });
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
