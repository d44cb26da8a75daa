import { isElsewhere } from '@meshrs/manifests';
import type { ConfigMapFacts, PreflightFacts, WorkloadFacts } from '../facts.ts';
import { byHand, fail, listed, ok, rowsOf, unknown, warn, type PreflightRow } from '../row.ts';
import { isOlder, parseVersion, versionTag } from '../version.ts';
import type { Wanted } from '../wanted.ts';
import { decideAccount, decideRemoteAccount } from './argo-cd-account.ts';
import { decideFilters } from './argo-cd-filters.ts';
import { decideProjects } from './argo-cd-projects.ts';
import { decideTracking } from './argo-cd-tracking.ts';

const tried = { from: { major: 3, minor: 2 }, to: { major: 3, minor: 5 } };
const controllerName = 'argocd-application-controller';
const timeoutKey = 'controller.sync.timeout.seconds';

export function decideArgoCd(facts: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  if (wanted.destination !== undefined && isElsewhere(wanted.destination)) {
    return [elsewhere(wanted.destination), decideRemoteAccount(wanted)];
  }
  return [
    ...rowsOf('argo-cd', facts.namespaces.argoCd, (namespace) =>
      namespace === undefined
        ? [
            fail(
              'argo-cd',
              `there is no namespace ${wanted.namespaces.argoCd}`,
              'install Argo CD 3.2 to 3.5, or set gitops.namespace to where it is',
            ),
          ]
        : rowsOf('argo-cd', facts.workloads, (workloads) => decideController(workloads, facts, wanted)),
    ),
    ...decideSettings(facts, wanted),
    ...decideFilters(facts.argoCd, wanted),
    ...decideTracking(facts.argoCd),
    ...decideAccount(facts.argoCd, wanted),
    ...decideProjects(facts.argoCd, wanted),
    ...rowsOf('argo-cd-rights', facts.argoCd.rights, (rights) => {
      const unsure = rights.find(({ isAllowed }) => !isAllowed.isKnown)?.isAllowed;
      if (unsure && !unsure.isKnown) return [unknown('argo-cd-rights', unsure)];
      const denied = rights.filter(({ isAllowed }) => isAllowed.isKnown && !isAllowed.value).map(({ what }) => what);
      return denied.length === 0
        ? [ok('argo-cd-rights', 'its application controller may make what is generated, and write the turn')]
        : [
            fail(
              'argo-cd-rights',
              `Argo CD's application controller may not ${listed(denied)}`,
              'bind its ServiceAccount to a ClusterRole that may; one that is installed for namespaces alone has none. The interlock refuses the gates of an Argo CD that may not patch the turn',
            ),
          ];
    }),
    byHand('argo-cd-repository', 'whether Argo CD reaches the repository and has credentials for it', [
      {
        on: 'where you work',
        run: `argocd repo get ${wanted.repository}`,
        expect: 'STATUS Successful; one that anybody may read need not be listed',
      },
    ]),
  ];
}

function elsewhere(destination: string): PreflightRow {
  return byHand('argo-cd', `Argo CD runs in another cluster, and knows this one as ${destination}`, [
    {
      on: 'the cluster of Argo CD',
      run: 'kubectl -n argocd get pods -o jsonpath="{..image}"',
      expect: 'argocd:v3.2 to v3.5',
    },
    {
      on: 'the cluster of Argo CD',
      run: 'kubectl diff --server-side --field-manager=meshrs -f clusters/CLUSTER/argocd/',
      expect: 'no difference',
    },
  ]);
}

function isController({ namespace, labels, name }: WorkloadFacts, { namespaces }: Wanted): boolean {
  return (
    namespace === namespaces.argoCd &&
    (labels['app.kubernetes.io/name'] === controllerName ||
      name === controllerName ||
      name.endsWith('-application-controller'))
  );
}

function decideController(
  workloads: readonly WorkloadFacts[],
  facts: PreflightFacts,
  wanted: Wanted,
): readonly PreflightRow[] {
  const controller = workloads.find((each) => isController(each, wanted));
  if (!controller) {
    return rowsOf('argo-cd', facts.definitions, (definitions) =>
      definitions.some(({ name }) => name === 'applications.argoproj.io')
        ? [
            unknown('argo-cd', {
              why: `no workload of namespace ${wanted.namespaces.argoCd} is Argo CD's application controller, so that its version is not told`,
              next: 'see for yourself that it is 3.2 to 3.5: argocd version',
            }),
          ]
        : [
            fail(
              'argo-cd',
              `namespace ${wanted.namespaces.argoCd} has no Argo CD`,
              'install Argo CD 3.2 to 3.5, or set gitops.namespace to where it is',
            ),
          ],
    );
  }
  return [decideVersion(controller), ...decideRestart(controller, facts, wanted)];
}

function decideVersion({ containers, labels }: WorkloadFacts): PreflightRow {
  const images = containers.map(({ image }) => image);
  const text = images.map(versionTag).find((tag) => tag !== undefined) ?? labels['app.kubernetes.io/version'];
  const version = text === undefined ? undefined : parseVersion(text);
  if (text === undefined || !version) {
    return unknown('argo-cd', {
      why: `the version of Argo CD cannot be told from image ${listed(images)}`,
      next: 'see for yourself that it is 3.2 to 3.5: argocd version',
    });
  }
  if (isOlder(version, tried.from)) {
    return fail(
      'argo-cd',
      `Argo CD is ${text}`,
      'upgrade it to 3.2 or newer: gates and waves are tried with 3.2 to 3.5',
    );
  }
  if (isOlder(tried.to, version)) {
    return warn('argo-cd', `Argo CD is ${text}`, 'meshrs is tried with 3.2 to 3.5');
  }
  return ok('argo-cd', `Argo CD is ${text}`);
}

/** Its controller reads argocd-cmd-params-cm only when it starts. */
function decideRestart(controller: WorkloadFacts, { argoCd }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  const check = 'argo-cd-controller';
  const reads = controller.containers.some(({ environment }) =>
    environment.some(
      ({ name, configMapKey }) => configMapKey === timeoutKey || name === 'ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT',
    ),
  );
  if (!reads) {
    return [
      fail(
        check,
        `${controller.kind} ${controller.name} does not read ${timeoutKey} of argocd-cmd-params-cm`,
        'take its manifest as Argo CD 3.2 or newer has it',
      ),
    ];
  }
  const settings = argoCd.configMaps['argocd-cmd-params-cm'];
  if (!settings?.isKnown) return [];
  const changedAt = settings.value?.changedAt[timeoutKey];
  if (settings.value?.data[timeoutKey] === undefined || changedAt === undefined) return [];
  return rowsOf(check, argoCd.controllerStarts, (starts) => {
    const restart = `kubectl -n ${wanted.namespaces.argoCd} rollout restart ${controller.kind.toLowerCase()} ${controller.name}`;
    if (starts.length === 0) return [fail(check, `no pod of ${controller.name} runs`, restart)];
    const before = starts.filter((start) => Date.parse(start) < Date.parse(changedAt));
    return before.length === 0
      ? [ok(check, `${controller.name} began after its settings were written`)]
      : [
          warn(
            check,
            `${controller.name} began at ${before[0] ?? ''}, and who wrote ${timeoutKey} last wrote at ${changedAt}`,
            restart,
          ),
        ];
  });
}

function decideSettings({ argoCd }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  return wanted.settings.flatMap(({ configMap, key, value }) => {
    const check = 'argo-cd-settings';
    const found = argoCd.configMaps[configMap];
    return found ? rowsOf(check, found, (map) => [decideSetting(map, configMap, key, value, wanted.cluster)]) : [];
  });
}

function decideSetting(
  found: ConfigMapFacts | undefined,
  configMap: string,
  key: string,
  value: string,
  cluster: string,
): PreflightRow {
  const check = 'argo-cd-settings';
  const next = `kubectl apply --server-side --field-manager=meshrs -f clusters/${cluster}/argocd/, then start its controller anew`;
  const live = found?.data[key];
  if (live === undefined) return fail(check, `${configMap} has no ${key}`, next);
  // Several clusters in one Argo CD take the longest time; 0 is no limit at all.
  const isLonger = key === timeoutKey && /^\d+$/.test(live) && Number(live) > Number(value);
  if (live.trim() === value.trim() || isLonger) return ok(check, `${configMap} has ${key}`);
  const shownValue = key === timeoutKey ? ` (${live.slice(0, 20)} instead of ${value} or more)` : '';
  return fail(check, `${configMap} has another ${key}${shownValue}`, next);
}
