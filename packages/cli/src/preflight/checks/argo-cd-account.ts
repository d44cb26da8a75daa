import { addedAccount, serviceAccount } from '@meshrs/manifests';
import type { ArgoCdFacts, OwnClusterFacts } from '../facts.ts';
import { byHand, fail, rowsOf, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';
import { canOpen } from './can-open.ts';

const check = 'argo-cd-account';
const impersonation = 'application.sync.impersonation.enabled';

/** As whom Argo CD applies a commit: the interlock knows it by its account (decision 56). */
export function decideAccount(argoCd: ArgoCdFacts, wanted: Wanted): readonly PreflightRow[] {
  return [
    ...decideController(argoCd, wanted),
    ...(argoCd.ownClusters.isKnown
      ? argoCd.ownClusters.value.flatMap((each) => decideCluster(each, wanted))
      : [unreadClusters(argoCd.ownClusters.why, wanted)]),
    ...decideImpersonation(argoCd),
  ];
}

function decideController({ controllerAccount }: ArgoCdFacts, { namespaces }: Wanted): readonly PreflightRow[] {
  if (controllerAccount?.endsWith('-server') !== true) return [];
  return [
    fail(
      check,
      `Argo CD's application controller runs as ${namespaces.argoCd}:${controllerAccount}, which the interlock takes for Argo CD's server, and refuses`,
      'give the application controller an account of its own, whose name does not end in -server',
    ),
  ];
}

/** Who may read them, reads the credentials of every cluster and repository of Argo CD: it need not be who looks here. */
function unreadClusters(why: string, { namespaces }: Wanted): PreflightRow {
  const template = '{{range .items}}{{.metadata.name}} {{.data.server | base64decode}}{{"\\n"}}{{end}}';
  return byHand(check, `whether Argo CD comes to its own cluster by an account of another name (${why})`, [
    {
      on: 'where you work',
      run: `kubectl -n ${namespaces.argoCd} get secrets -l argocd.argoproj.io/secret-type=cluster -o go-template='${template}'`,
      expect: `no line with https://kubernetes.default.svc, or one whose account is of ${namespaces.argoCd}, or kube-system:${addedAccount}`,
    },
  ]);
}

function decideCluster({ secret, access }: OwnClusterFacts, { namespaces }: Wanted): readonly PreflightRow[] {
  if (access.by === 'own') return [];
  const { name } = access;
  const isTaken =
    name !== undefined &&
    !name.endsWith('-server') &&
    [serviceAccount(namespaces.argoCd, ''), serviceAccount('kube-system', addedAccount)].some((begin) =>
      name.startsWith(begin),
    );
  if (isTaken) return [];
  return [
    fail(
      check,
      `Secret ${namespaces.argoCd}/${secret} has Argo CD come to its own cluster as ${name ?? 'a user whose name its token does not say'}, and the interlock refuses what it applies`,
      `take that Secret away, and Argo CD comes by its controller's account; or add the cluster anew (argocd cluster add CONTEXT --in-cluster), which makes kube-system:${addedAccount}`,
    ),
  ];
}

function decideImpersonation({ configMaps }: ArgoCdFacts): readonly PreflightRow[] {
  const settings = configMaps['argocd-cm'];
  if (!settings) return [];
  return rowsOf(check, settings, (map) =>
    map?.data[impersonation]?.trim() === 'true'
      ? [
          fail(
            check,
            `${impersonation} of argocd-cm is true, so that Argo CD applies as accounts that AppProjects name`,
            'the interlock takes none of those for a commit, and the generated AppProjects name none: take the key away',
          ),
        ]
      : [],
  );
}

/** Of an Argo CD of another cluster nobody here knows the account. */
export function decideRemoteAccount({ turn, turnDefinition, namespaces }: Wanted): PreflightRow {
  return byHand(
    check,
    `nobody knows by which user it comes here: the interlock takes every ServiceAccount that may patch the turn ${turn} for Argo CD, and another user (a certificate, a role of a cloud) by the mark of its objects, without which such a one changes definitions only while all sides are open`,
    [
      {
        on: 'this cluster',
        run: canOpen({ turn, turnDefinition }),
        expect:
          'after the first sync of the interlock: yes for the user of Argo CD with all its groups; no for accounts of pipelines',
      },
      {
        on: 'the cluster of Argo CD',
        run: `kubectl -n ${namespaces.argoCd} get configmap argocd-cm -o jsonpath="{.data.application\\.resourceTrackingMethod}"`,
        expect: 'nothing, or a method with "annotation"',
      },
    ],
  );
}
