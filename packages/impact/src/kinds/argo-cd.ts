import { frrDebugLevels } from '@meshrs/contract';
import {
  changedPaths,
  describeChanges,
  listed,
  sidesWithRouteServers,
  type BuiltCluster,
  type ChangedPath,
  type ObjectView,
} from '@meshrs/manifests/built';
import { applicationNames } from '@meshrs/manifests/application-names';
import { confirmation, confirmedIn } from '../acts.ts';
import type { Act, Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';
import { backendOf } from './metallb-chart.ts';

/** What stands beside an overlay: what Argo CD and the API server read, before and after. */
export interface Outside {
  readonly before: BuiltCluster;
  readonly after: BuiltCluster;
}

/** What a change of Argo CD's objects does to what runs, where no field of the overlay shows it. */
export function argoCdEffects({ before, after }: Outside, overlays: Outside): Effect[] {
  const sides = sidesWithRouteServers(overlays.before);
  return [
    ...backendEffects({ before, after }, sides),
    ...goneGuards({ before, after }),
    ...pairs(applicationsOf(before), applicationsOf(after)).flatMap(({ id, before: old, after: next }) =>
      next ? changedApplication(id, old, next, sides) : goneApplication(id, old),
    ),
  ];
}

function applicationsOf({ objects }: BuiltCluster) {
  return objects.filter(({ view }) => view.kind === 'Application');
}

/**
 * Argo CD deletes the DaemonSet of the old backend on all nodes while speakers, which are never rolled by themselves, still go
 * by it (seen from frr-k8s to native).
 */
function backendEffects({ before, after }: Outside, sides: readonly string[]): Effect[] {
  const [old, next] = [backendOf(before), backendOf(after)];
  if (old === undefined || next === undefined || old === next) return [];
  const object = applicationsOf(after).find(({ view }) => isChart(view))?.id ?? 'MetalLB';
  const detail = `metallb.backend: ${old} -> ${next}: what the sessions of all nodes go by is replaced at once; all VIPs are withdrawn`;
  return [{ kind: 'resets', object, sides, detail }];
}

function changedApplication(id: string, old: ObjectView, next: ObjectView, sides: readonly string[]): Effect[] {
  const at = (object: ObjectView, field: string): unknown => fieldOf(object['spec'], field);
  const changes = (field: string): ChangedPath[] => changedPaths(at(old, field), at(next, field), `spec.${field}`);
  const [destination, source] = [changes('destination'), changes('source').filter(({ path }) => !isBackend(path))];
  const [atOnce, later] = [source.filter(isNotHeldBack), source.filter((change) => !isNotHeldBack(change))];
  const effect = (
    kind: Effect['kind'],
    on: readonly string[],
    changed: readonly ChangedPath[],
    then: string,
  ): Effect[] =>
    changed.length === 0 ? [] : [{ kind, object: id, sides: on, detail: `${describeChanges(changed)}; ${then}` }];
  if (isChart(next)) {
    return [
      ...effect('unknown', sides, destination, 'MetalLB is made in another place, and the old one runs on'),
      ...effect(
        'resets',
        sides,
        atOnce,
        'OnDelete does not hold this back: the pods of all nodes that it is about go at once, and the VIPs with them',
      ),
      ...effect(
        'leads',
        [],
        later,
        "MetalLB's controller and webhook start anew at once; its pods on the nodes wait for the turn of their side",
      ),
      ...effect('leads', [], changes('syncPolicy'), 'how Argo CD syncs'),
      ...lostTolerations(id, old, next, sides),
      ...debugMessages(id, old, next, sides),
    ];
  }
  return [
    ...effect(
      'unknown',
      sides,
      destination,
      'Argo CD makes the fleet there as well; the old one runs on, with the same VIPs and router-ids, and no commit reaches it',
    ),
    ...effect(
      'leads',
      [],
      source,
      'Argo CD reads what to apply there; the next sync makes what runs like it, one side at a time',
    ),
    ...effect('leads', [], [...changes('syncPolicy'), ...changes('project')], 'how Argo CD syncs'),
  ];
}

/** None has Argo CD's finalizer: its end leaves what it made (decision 9). */
function goneApplication(id: string, old: ObjectView): Effect[] {
  const what = isChart(old) ? 'MetalLB' : 'what it made';
  return [
    {
      kind: 'leads',
      object: id,
      sides: [],
      detail: `it goes when a person confirms; ${what} runs on, and no commit reaches it`,
    },
  ];
}

function isChart(application: ObjectView): boolean {
  return fieldOf(fieldOf(application['spec'], 'source'), 'chart') === 'metallb';
}

/**
 * By what a DaemonSet has pods on other nodes, or others at all: its controller ends pods for it whatever its strategy says
 * (Kubernetes, pkg/controller/daemon, NodeShouldRunDaemonPod). Of tolerations only those that are lost (`lostTolerations`).
 */
function isNotHeldBack({ path }: ChangedPath): boolean {
  return /^spec\.source\.helm\.(releaseName|valuesObject\b(?!\.controller\b).*\.(updateStrategy|nodeSelector|tolerateMaster|affinity|enabled|nameOverride|fullnameOverride))\b/.test(
    path,
  );
}

/** Which backend it is, and no more: that is told as such. */
function isBackend(path: string): boolean {
  return /^spec\.source\.helm\.valuesObject\.(frrk8s|speaker\.frr)\.enabled$/.test(path);
}

/**
 * A DaemonSet loses its pods on nodes with a taint that they tolerate no more, if it has the effect NoExecute, whatever its
 * `updateStrategy` (kube-controller-manager, daemon_controller.go, `NodeShouldRunDaemonPod`). The API server lets tolerations be added at
 * any time, and taken away while all sides are open (manifests, `daemonSetPolicy`).
 */
function lostTolerations(id: string, old: ObjectView, next: ObjectView, sides: readonly string[]): Effect[] {
  return [
    ['speaker', 'tolerations'],
    ['frr-k8s', 'frrk8s', 'tolerations'],
  ].flatMap((keys): Effect[] => {
    const listOf = (object: ObjectView): readonly unknown[] => {
      const list = chartValue(object, keys);
      return Array.isArray(list) ? list : [];
    };
    const stays = new Set(listOf(next).map((each) => JSON.stringify(each)));
    const lost = listOf(old).filter((each) => !stays.has(JSON.stringify(each)));
    if (lost.length === 0) return [];
    const taints = listed(lost.map(keyOf));
    const effects = lost.map((each) => fieldOf(each, 'effect'));
    const endsPods = effects.some((effect) => effect === undefined || effect === 'NoExecute');
    const then = endsPods
      ? 'speakers end at once on every node with such a taint, and their VIPs are withdrawn'
      : 'no speaker is made anew on a node with such a taint';
    const detail = `${keys.join('.')} without ${taints}: the API server refuses it until all sides are open, and then ${then}`;
    return [{ kind: 'resets', object: id, sides, detail }];
  });
}

/** The part that makes the configuration of FRR passes its level on (`frrDebugLevels`), and FRR may end by that on every node. */
function debugMessages(id: string, old: ObjectView, next: ObjectView, sides: readonly string[]): Effect[] {
  return [
    { enabled: ['speaker', 'frr', 'enabled'], level: ['speaker', 'logLevel'] },
    { enabled: ['frrk8s', 'enabled'], level: ['frr-k8s', 'frrk8s', 'logLevel'] },
  ].flatMap(({ enabled, level }): Effect[] => {
    const levelOf = (object: ObjectView): string | undefined => {
      const seen = chartValue(object, enabled) === true ? chartValue(object, level) : undefined;
      return typeof seen === 'string' && frrDebugLevels.includes(seen) ? seen : undefined;
    };
    const seen = levelOf(next);
    if (seen === undefined || levelOf(old) !== undefined) return [];
    const detail = `${level.join('.')}: ${seen}: FRR of each node that gets it writes debug messages, and may end by them again and again`;
    return [{ kind: 'resets', object: id, sides, detail }];
  });
}

function chartValue(application: ObjectView, keys: readonly string[]): unknown {
  return ['source', 'helm', 'valuesObject', ...keys].reduce<unknown>(fieldOf, application['spec']);
}

/** Of a toleration; one without tolerates every taint (Kubernetes API, "Toleration"). */
function keyOf(toleration: unknown): string {
  const key = fieldOf(toleration, 'key');
  return typeof key === 'string' ? key : 'any';
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
}

/**
 * The interlock's Application has what the API server reads, and the root the other Applications and their projects; the root's own stand
 * in `bootstrap.yaml`, which no Application deletes.
 */
function outsideConfirmations({ before, after }: Outside, cluster: string): Act[] {
  const names = applicationNames(cluster);
  const going = confirmedIn(before, after).filter(({ view }) => view.metadata.name !== names.root);
  const isOfRoot = ({ view }: { readonly view: ObjectView }): boolean =>
    view.kind === 'Application' || view.kind === 'AppProject';
  return [
    ...confirmation(names.root, going.filter(isOfRoot)),
    ...confirmation(
      names.interlock,
      going.filter((object) => !isOfRoot(object)),
    ),
  ];
}

/** What the API server refuses no more, when a person has confirmed it. */
function goneGuards({ before, after }: Outside): Effect[] {
  const stay = new Set(after.objects.map(({ id }) => id));
  return before.objects
    .filter(({ id, view }) => view.kind === 'ValidatingAdmissionPolicy' && !stay.has(id))
    .map(({ id }): Effect => {
      const detail = 'it goes when a person confirms; what it refuses, the API server then takes from anybody';
      return { kind: 'leads', object: id, sides: [], detail };
    });
}

/** What no Application applies: the root, its project, and what Argo CD's own settings need. */
export function argoCdActs({ before, after }: Outside, cluster: string): readonly Act[] {
  const old = new Map(before.objects.map(({ id, view }) => [id, view]));
  const changed = after.objects.filter(({ id, view }) => changedPaths(old.get(id), view).length > 0);
  const isRoot = ({ id }: { readonly id: string }): boolean => id.includes('/meshrs-root-');
  const isSetting = ({ view }: { readonly view: ObjectView }): boolean =>
    view.kind === 'ConfigMap' && view.metadata.labels['app.kubernetes.io/part-of'] === 'argocd';
  const apply = 'kubectl apply --server-side --field-manager=meshrs -f';
  return [
    ...outsideConfirmations({ before, after }, cluster),
    ...(changed.some(isRoot)
      ? [
          {
            when: 'after',
            what: 'the root Application has changed, and no commit applies it',
            commands: [`${apply} clusters/${cluster}/bootstrap.yaml`],
          } as const,
        ]
      : []),
    ...(changed.some(isSetting)
      ? [
          {
            when: 'before',
            what: "Argo CD's own settings have changed, and no commit applies them; meshrs preflight prints the restart of a controller of another kind or name",
            commands: [
              `${apply} clusters/${cluster}/argocd/`,
              `kubectl -n ${changed.find(isSetting)?.view.metadata.namespace ?? 'argocd'} rollout restart statefulset argocd-application-controller`,
            ],
          } as const,
        ]
      : []),
  ];
}
