import { nothing, unknown, type FieldTable } from './field-table.ts';

/*
 * Every field of every kind that meshrs writes, or that a component may patch: what a change of it does is told by a file of
 * `src/kinds`, or it is said here why nobody notices. A test walks the schemas of the kinds and fails for a field that is in
 * none; what a server writes, `status`, no schema has. Labels and annotations `metadata.ts` looks at for all kinds alike.
 */

const rollOut = nothing('how later roll-outs go; nothing that runs changes');
const rights = nothing(
  'what may be asked of the API server: no session ends; who lacks a right waits, or keeps what it knows',
);
const anewWithAllTurns = unknown('the API server lets nobody change it; made anew, it takes all turns along');
const interlock = nothing('what the API server lets pass; nothing that runs changes');

const statefulSet: FieldTable = {
  'spec.minReadySeconds': rollOut,
  'spec.ordinals': unknown('pods get other names, and those with the old ones go'),
  'spec.persistentVolumeClaimRetentionPolicy': nothing('what becomes of volumes when a pod has gone'),
  'spec.podManagementPolicy': 'told',
  'spec.replicas': 'told',
  'spec.revisionHistoryLimit': rollOut,
  'spec.selector': 'told',
  'spec.serviceName': 'told',
  'spec.template': 'told',
  'spec.updateStrategy': 'told',
  'spec.volumeClaimTemplates': 'told',
};

const service: FieldTable = {
  'spec.allocateLoadBalancerNodePorts': nothing('clients dial the VIP, and node ports that are there stay'),
  'spec.clusterIP': 'told',
  'spec.clusterIPs': 'told',
  'spec.externalIPs': 'told',
  'spec.externalName': 'told',
  'spec.externalTrafficPolicy': 'told',
  'spec.healthCheckNodePort': 'told',
  'spec.internalTrafficPolicy': nothing('clients come from outside, and the mesh dials pods'),
  'spec.ipFamilies': 'told',
  'spec.ipFamilyPolicy': 'told',
  'spec.loadBalancerClass': 'told',
  'spec.loadBalancerIP': 'told',
  'spec.loadBalancerSourceRanges': 'told',
  'spec.ports': 'told',
  'spec.publishNotReadyAddresses': nothing('pods that are Ready stay; from then on one that is not leaves, or stays'),
  'spec.selector': 'told',
  'spec.sessionAffinity': 'told',
  'spec.sessionAffinityConfig': 'told',
  'spec.trafficDistribution': nothing('clients come from outside, and the mesh dials pods'),
  'spec.type': 'told',
};

const podDisruptionBudget: FieldTable = {
  'spec.maxUnavailable': 'told',
  'spec.minAvailable': 'told',
  'spec.selector': nothing('evictions alone; the rule budget-coverage asks for the pods that it takes'),
  'spec.unhealthyPodEvictionPolicy': nothing('evictions alone'),
};

const metallb = {
  BGPPeer: { spec: 'told' },
  BFDProfile: { spec: 'told' },
  Community: { spec: 'told' },
  BGPAdvertisement: { spec: 'told' },
  L2Advertisement: { spec: 'told' },
  IPAddressPool: {
    'spec.addresses': 'told',
    'spec.autoAssign': nothing('each VIP is asked for by its address and its pool'),
    'spec.avoidBuggyIPs': 'told',
    'spec.serviceAllocation': 'told',
  },
} as const satisfies Record<string, FieldTable>;

const argoCd = {
  Application: {
    operation: unknown('a sync that is asked for in Git'),
    'spec.destination': 'told',
    'spec.ignoreDifferences': nothing('what Argo CD takes for a difference; nothing that runs changes by itself'),
    'spec.info': nothing('text for people'),
    'spec.project': 'told',
    'spec.revisionHistoryLimit': nothing('how many syncs Argo CD remembers'),
    'spec.source': 'told',
    'spec.sources': unknown('what Argo CD reads has several places'),
    'spec.sourceHydrator': unknown('what Argo CD reads is written by a program'),
    'spec.syncPolicy': 'told',
  },
  AppProject: {
    spec: nothing('what it does not allow fails a sync, and leaves all that runs'),
  },
} as const satisfies Record<string, FieldTable>;

const networkPolicy: FieldTable = {
  'spec.egress': 'told',
  'spec.ingress': 'told',
  'spec.podSelector': 'told',
  'spec.policyTypes': 'told',
};

const configMap: FieldTable = { binaryData: 'told', data: 'told', immutable: 'told' };

const namespace: FieldTable = {
  'spec.finalizers': nothing('what happens when the namespace goes, of which the namespace itself tells'),
};

const roles: FieldTable = { rules: rights };
const roleBindings: FieldTable = {
  // Argo CD deletes the binding and makes it anew: when that is refused, `admission/needed-turns.ts` says.
  roleRef: rights,
  subjects: rights,
};

/** A pod that stands in Git is a gate, which each sync makes anew; another one is refused by its API once it runs. */
const pod: FieldTable = { spec: 'told' };

/** By kind, as `kindName` writes it. */
export const fieldTables: Readonly<Record<string, FieldTable>> = {
  StatefulSet: statefulSet,
  Service: service,
  PodDisruptionBudget: podDisruptionBudget,
  NetworkPolicy: networkPolicy,
  ConfigMap: configMap,
  Namespace: namespace,
  Pod: pod,
  ServiceAccount: {
    automountServiceAccountToken: nothing('pods that start later; all of ours say it themselves'),
    imagePullSecrets: nothing('pods that start later'),
    secrets: nothing('pods that start later'),
  },
  Role: roles,
  RoleBinding: roleBindings,
  ClusterRole: { ...roles, aggregationRule: rights },
  ClusterRoleBinding: roleBindings,
  // Of the user's: no pod of theirs is a route server's.
  Deployment: { spec: 'told' },
  DaemonSet: { spec: 'told' },
  ReplicaSet: { spec: 'told' },
  Job: { spec: 'told' },
  CronJob: { spec: 'told' },
  PersistentVolumeClaim: {
    spec: unknown('the API refuses most changes of it, and others make the volume grow'),
  },
  ...metallb,
  'Application.argoproj.io': argoCd.Application,
  'AppProject.argoproj.io': argoCd.AppProject,
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io': { spec: interlock },
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io': { spec: interlock },
  'CustomResourceDefinition.apiextensions.k8s.io': {
    spec: nothing('what the API server takes of our own kind, the turn'),
    'spec.group': anewWithAllTurns,
    'spec.names': anewWithAllTurns,
    'spec.scope': anewWithAllTurns,
  },
  'Turn.meshrs.dev': { spec: nothing('a sync writes nothing over a turn that is there; gates and people do') },
};

/** Kinds that a component often adds, and that no route server, router or client of theirs reads. */
export const harmlessKinds: readonly string[] = [
  'AlertmanagerConfig.monitoring.coreos.com',
  'GrafanaAlertRuleGroup.grafana.integreatly.org',
  'GrafanaContactPoint.grafana.integreatly.org',
  'GrafanaDashboard.grafana.integreatly.org',
  'GrafanaDatasource.grafana.integreatly.org',
  'GrafanaFolder.grafana.integreatly.org',
  'PodLogs.monitoring.grafana.com',
  'VMPodScrape.operator.victoriametrics.com',
  'VMRule.operator.victoriametrics.com',
  'VMServiceScrape.operator.victoriametrics.com',
  'PodMonitor.monitoring.coreos.com',
  'Probe.monitoring.coreos.com',
  'PrometheusRule.monitoring.coreos.com',
  'ScrapeConfig.monitoring.coreos.com',
  'ServiceMonitor.monitoring.coreos.com',
];

/**
 * Kinds that do nothing to what runs when they come. What a change of one does, or its end, nobody can say: with it a Secret or a
 * priority may go.
 */
export const harmlessWhenNew: readonly string[] = [
  'Certificate.cert-manager.io',
  'Issuer.cert-manager.io',
  'PriorityClass.scheduling.k8s.io',
  'SecretStore.external-secrets.io',
  ...['ExternalSecret.external-secrets.io', 'SealedSecret.bitnami.com', 'VaultStaticSecret.secrets.hashicorp.com'],
];

/** Those of them that write a Secret: where its name stands, or that of the object itself where it stands nowhere. */
export const secretWriters: Readonly<Record<string, readonly string[]>> = {
  'Certificate.cert-manager.io': ['spec', 'secretName'],
  'ExternalSecret.external-secrets.io': ['spec', 'target', 'name'],
  // Its controller gives the Secret the name of the object itself, whatever the template says (sealed-secrets, `Unseal`).
  'SealedSecret.bitnami.com': ['metadata', 'name'],
  'VaultStaticSecret.secrets.hashicorp.com': ['spec', 'destination', 'name'],
};
