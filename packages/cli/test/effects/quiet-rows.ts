import { set, type Editable } from '@meshrs/manifests/test-support';

/** A change of an object of which no server shows a consequence: what it answers, and what is said of it. */
export interface QuietRow {
  readonly what: string;
  readonly edit: Edit;
  /** Made first, and part of what is compared with. */
  readonly first?: Edit;
  /** Left out: the API server takes it. */
  readonly isRefused?: true;
  /** The kinds of effects that are told of the object; empty: nothing. */
  readonly said: readonly string[];
}

type Edit = (object: Editable) => void;
type Options = Omit<QuietRow, 'what' | 'edit'>;

const at =
  (path: string, value: unknown): Edit =>
  (object) => {
    set(object, path, value);
  };
const push =
  (path: string, value: unknown): Edit =>
  (object) => {
    const list = path.split('.').reduce<unknown>((place, key) => (place as Record<string, unknown>)[key], object);
    (list as unknown[]).push(value);
  };
const labelled =
  (key: string, value: string): Edit =>
  (object) => {
    object.metadata.labels = { ...object.metadata.labels, [key]: value };
  };
const annotated =
  (key: string, value: string): Edit =>
  (object) => {
    object.metadata.annotations = { ...object.metadata.annotations, [key]: value };
  };

const nothing: Options = { said: [] };
const says = (...said: readonly string[]): Options => ({ said });
const refused = (...said: readonly string[]): Options => ({ isRefused: true, said });
const after = (first: Edit, options: Options): Options => ({ ...options, first });

function rows(...list: readonly (readonly [string, Edit, Options])[]): readonly QuietRow[] {
  return list.map(([what, edit, options]) => ({ what, edit, ...options }));
}

const own = rows(
  ['a label of its own', labelled('team', 'network'), nothing],
  ['an annotation of its own', annotated('note', 'x'), nothing],
);
const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const other = { kind: 'ServiceAccount', name: 'other', namespace: 'meshrr' };
const enforce = 'pod-security.kubernetes.io/enforce';
const open = { ports: [{ protocol: 'TCP', port: 179 }], from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] };
const frozen = at('immutable', true);

/** By kind, of the object with that name. */
export const quietRows: Readonly<Record<string, { readonly name: string; readonly list: readonly QuietRow[] }>> = {
  Role: {
    name: 'meshrr-evpnrs',
    list: [
      ...rows(
        ['one right more', push('rules', rule), nothing],
        ['one right less', at('rules.2', rule), nothing],
        ['no right', at('rules', []), nothing],
        ['another verb', at('rules.0.verbs', ['list']), nothing],
        ['all verbs', at('rules.0.verbs', ['*']), nothing],
        ['another group', at('rules.0.apiGroups', ['']), nothing],
        ['another resource', at('rules.0.resources', ['endpoints']), nothing],
        ['another name', at('rules.1.resourceNames', ['other']), nothing],
        ['all names', at('rules.1.resourceNames', undefined), nothing],
      ),
      ...own,
    ],
  },
  RoleBinding: {
    name: 'meshrr-evpnrs',
    list: [
      ...rows(
        ['one subject more', push('subjects', other), nothing],
        ['another subject', at('subjects', [other]), nothing],
        ['no subject', at('subjects', []), nothing],
        ['a subject of another namespace', at('subjects.0.namespace', 'other'), nothing],
        [
          'a group',
          at('subjects', [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts' }]),
          nothing,
        ],
        ['a user', at('subjects', [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'x' }]), nothing],
        // Not as Argo CD does it: another test makes these as it does.
        ['another Role', at('roleRef.name', 'other'), refused()],
        ['a ClusterRole', at('roleRef.kind', 'ClusterRole'), refused()],
      ),
      ...own,
    ],
  },
  Namespace: {
    name: 'meshrr',
    list: [
      ...rows(
        ['another level', labelled(enforce, 'baseline'), says('may-reset')],
        ['no level', (object) => delete object.metadata.labels?.[enforce], says('may-reset')],
        ['another version of the level', labelled(`${enforce}-version`, 'v1.31'), says('may-reset')],
        ['other warnings', labelled('pod-security.kubernetes.io/warn', 'baseline'), nothing],
        ['another version of warnings', labelled('pod-security.kubernetes.io/warn-version', 'v1.31'), nothing],
        ['another audit', labelled('pod-security.kubernetes.io/audit', 'baseline'), nothing],
        ['what another program reads', labelled('istio.io/rev', 'x'), says('unknown')],
        [
          'an annotation that another program reads',
          annotated('scheduler.alpha.kubernetes.io/x', 'why'),
          says('unknown'),
        ],
      ),
      ...own,
    ],
  },
  NetworkPolicy: {
    name: 'routeserver-b',
    list: [
      ...rows(
        ['nobody comes in', at('spec.ingress', []), says('resets')],
        ['nobody goes out', at('spec.egress', []), says('resets')],
        ['one way in more', push('spec.ingress', open), nothing],
        ['one way out more', push('spec.egress', { ports: [{ port: 53, protocol: 'UDP' }] }), nothing],
        ['all come in', at('spec.ingress', [{}]), nothing],
        ['pods of nobody', at('spec.podSelector', { matchLabels: { side: 'c' } }), nothing],
        ['not what goes out', at('spec.policyTypes', ['Ingress']), nothing],
        ['one client network alone', at('spec.ingress', [open]), says('resets')],
      ),
      ...own,
    ],
  },
  PodDisruptionBudget: {
    name: 'meshrr-evpnrs',
    list: [
      ...rows(
        ['at least one', at('spec.minAvailable', 1), nothing],
        ['at least none', at('spec.minAvailable', 0), nothing],
        ['another share', at('spec.minAvailable', '90%'), nothing],
        ['all', at('spec.minAvailable', '100%'), nothing],
        ['no word of its own', at('spec.minAvailable', undefined), nothing],
        ['unhealthy pods always', at('spec.unhealthyPodEvictionPolicy', 'AlwaysAllow'), nothing],
        ['unhealthy pods as by default', at('spec.unhealthyPodEvictionPolicy', undefined), nothing],
        ['other pods', at('spec.selector', { matchLabels: { app: 'other' } }), nothing],
        ['all pods', at('spec.selector', {}), nothing],
      ),
      ...own,
    ],
  },
  ConfigMap: {
    name: 'routeserver-b-settings',
    list: [
      ...rows(
        ['no settings', at('data', {}), says('resets')],
        ['settings that cannot be read', at('data', { 'meshrr.conf.yml': 'x: [' }), says('resets')],
        ['one key more', push2('data', 'more', 'x'), nothing],
        ['binary data', at('binaryData', { more: 'eA==' }), nothing],
        ['that nobody changes it any more', frozen, nothing],
        ['that it can be changed', at('immutable', false), nothing],
        ['another key, once nobody may change it', push2('data', 'more', 'x'), after(frozen, refused('recreates'))],
        ['binary data, once nobody may', at('binaryData', { x: 'eA==' }), after(frozen, refused('recreates'))],
        ['that it can be changed again', at('immutable', undefined), after(frozen, refused('recreates'))],
        ['a label, once nobody may change it', labelled('team', 'network'), after(frozen, nothing)],
      ),
      ...own,
    ],
  },
};

function push2(path: string, key: string, value: string): Edit {
  return (object) => {
    const place = object[path] as Record<string, string>;
    object[path] = { ...place, [key]: value };
  };
}

const version = (name: string, more: object): object => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: 'object' } },
  ...more,
});
const beside = { kind: 'ServiceAccount', name: 'other', namespace: 'meshrr' };

/** Of what stands beside the overlay. */
export const outsideRows: typeof quietRows = {
  CustomResourceDefinition: {
    name: 'turns.meshrs.dev',
    list: [
      ...rows(
        ['another scope', at('spec.scope', 'Namespaced'), refused('unknown')],
        ['another kind', at('spec.names.kind', 'Other'), refused('unknown')],
        ['another group', at('spec.group', 'other.dev'), refused('unknown')],
        ['another name in the plural', at('spec.names.plural', 'others'), refused('unknown')],
        ['a short name', at('spec.names.shortNames', ['tu']), says('unknown')],
        ['a version more', push('spec.versions', version('v2', {})), nothing],
        ['a version that is not served', push('spec.versions', version('v2', { served: false })), nothing],
        ['columns', at('spec.versions.0.additionalPrinterColumns', []), nothing],
        ['a looser schema', at('spec.versions.0.schema', { openAPIV3Schema: { type: 'object' } }), nothing],
      ),
      ...own,
    ],
  },
  ValidatingAdmissionPolicy: {
    name: 'scale.meshrr-evpnrs.meshrr',
    list: [
      ...rows(
        ['that lets pass what it cannot decide', at('spec.failurePolicy', 'Ignore'), nothing],
        ['another condition', at('spec.validations', [{ expression: 'false', message: 'x' }]), nothing],
        ['another message', at('spec.validations.0.message', 'other'), nothing],
        ['one condition more', push('spec.validations', { expression: 'true' }), nothing],
        ['other requests', at('spec.matchConstraints.resourceRules.0.operations', ['UPDATE', 'CREATE']), nothing],
        ['other resources', at('spec.matchConstraints.resourceRules.0.resources', ['deployments/scale']), nothing],
        ['a namespace alone', at('spec.matchConstraints.namespaceSelector', { matchLabels: { x: 'why' } }), nothing],
        ['objects with a label', at('spec.matchConstraints.objectSelector', { matchLabels: { x: 'why' } }), nothing],
        ['what it writes into the log', at('spec.auditAnnotations', [{ key: 'x', valueExpression: "'why'" }]), nothing],
      ),
      ...own,
    ],
  },
  ValidatingAdmissionPolicyBinding: {
    name: 'scale.meshrr-evpnrs.meshrr',
    list: [
      ...rows(
        ['words alone', at('spec.validationActions', ['Warn']), nothing],
        ['a log entry, too', at('spec.validationActions', ['Deny', 'Audit']), nothing],
        ['another policy', at('spec.policyName', 'other'), nothing],
        ['another turn', at('spec.paramRef.name', 'other'), nothing],
        ['that a missing turn opens', at('spec.paramRef.parameterNotFoundAction', 'Allow'), nothing],
        ['turns by their labels', at('spec.paramRef', byLabels()), nothing],
        ['a namespace alone', at('spec.matchResources', { namespaceSelector: { matchLabels: { x: 'why' } } }), nothing],
        ['objects with a label', at('spec.matchResources', { objectSelector: { matchLabels: { x: 'why' } } }), nothing],
      ),
      ...own,
    ],
  },
  ClusterRoleBinding: {
    name: 'meshrs-gate.meshrr-evpnrs.meshrr',
    list: [
      ...rows(
        ['one subject more', push('subjects', beside), nothing],
        ['no subject', at('subjects', []), nothing],
        ['another role', at('roleRef.name', 'other'), refused()],
      ),
      ...own,
    ],
  },
  ClusterRole: {
    name: 'meshrs-gate.meshrr-evpnrs.meshrr',
    list: [
      ...rows(
        ['one right more', push('rules', rule), nothing],
        ['no right', at('rules', []), nothing],
        [
          'rights of other roles',
          at('aggregationRule', { clusterRoleSelectors: [{ matchLabels: { x: 'why' } }] }),
          nothing,
        ],
      ),
      ...own,
    ],
  },
  Application: {
    name: 'meshrs-route-servers-dci',
    list: [
      ...rows(
        ['another cluster', at('spec.destination', { name: 'other', namespace: 'meshrr' }), says('unknown')],
        ['another namespace', at('spec.destination.namespace', 'other'), says('unknown')],
        ['another repository', at('spec.source.repoURL', 'https://git.example.com/other.git'), says('leads')],
        ['another branch', at('spec.source.targetRevision', 'other'), says('leads')],
        ['another folder', at('spec.source.path', 'other'), says('leads')],
        ['another project', at('spec.project', 'other'), says('leads')],
        ['no syncs by itself', at('spec.syncPolicy.automated', undefined), says('leads')],
        [
          'differences that do not count',
          at('spec.ignoreDifferences', [{ kind: 'Pod', jsonPointers: ['/x'] }]),
          nothing,
        ],
        ['how many syncs it remembers', at('spec.revisionHistoryLimit', 3), nothing],
        ['text for people', at('spec.info', [{ name: 'x', value: 'why' }]), nothing],
        ['several sources', at('spec.sources', [{ repoURL: 'https://git.example.com/x.git' }]), says('unknown')],
        ['a sync', at('operation', { sync: { revision: 'x' } }), says('unknown')],
      ),
      ...own,
    ],
  },
  AppProject: {
    name: 'meshrs-route-servers-dci',
    list: [
      ...rows(
        ['no repository', at('spec.sourceRepos', []), nothing],
        ['other places', at('spec.destinations', [{ server: '*', namespace: '*' }]), nothing],
        ['no kinds of a cluster', at('spec.clusterResourceWhitelist', []), nothing],
        ['no kinds of a namespace', at('spec.namespaceResourceWhitelist', []), nothing],
        ['kinds that are refused', at('spec.namespaceResourceBlacklist', [{ group: '', kind: 'Pod' }]), nothing],
        [
          'times without syncs',
          at('spec.syncWindows', [{ kind: 'deny', schedule: '* * * * *', duration: '1h' }]),
          nothing,
        ],
        ['roles', at('spec.roles', [{ name: 'x', policies: [] }]), nothing],
        ['what is of nobody', at('spec.orphanedResources', { warn: true }), nothing],
        ['another text', at('spec.description', 'x'), nothing],
      ),
      ...own,
    ],
  },
};

function byLabels(): object {
  return { selector: { matchLabels: { x: 'why' } }, parameterNotFoundAction: 'Deny' };
}
