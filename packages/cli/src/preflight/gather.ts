import { Failure } from '@meshrs/tools/failure';
import type { ClusterApi } from '../status/cluster-api.ts';
import type { PreflightFacts } from './facts.ts';
import { known, type Known } from './known.ts';
import { readArgoCd } from './read/argo-cd.ts';
import { refused } from './read/ask.ts';
import {
  readAdmissionKinds,
  readAdmissionPlugins,
  readDefinitions,
  readKubeProxy,
  readNamespace,
  readNodes,
  readPools,
  readServiceLbAccount,
  readServiceRanges,
  readTurns,
  readWebhooks,
  readWorkloads,
} from './read/cluster.ts';
import { readApiServers, readControllers } from './read/control-plane.ts';
import { readOwnRights } from './read/rights.ts';
import * as schemas from './read/schemas.ts';
import { readSecrets } from './read/secrets.ts';
import { tryPods } from './read/trial.ts';
import type { Wanted } from './wanted.ts';

/** Looks at everything; only an API that does not answer at all ends it, with a Failure. */
export async function gatherFacts(api: ClusterApi, wanted: Wanted): Promise<PreflightFacts> {
  const version = await readVersion(api);
  const { namespaces } = wanted;
  const [ours, metallb, argoCdNamespace, workloads] = await Promise.all([
    readNamespace(api, namespaces.routeServers),
    readNamespace(api, namespaces.metallb),
    readNamespace(api, namespaces.argoCd),
    readWorkloads(api),
  ]);
  const [argoCd, trial, secrets, rights] = await Promise.all([
    readArgoCd(api, wanted, workloads),
    tryPods(api, wanted, ours),
    readSecrets(api, wanted),
    readOwnRights(api, wanted),
  ]);
  const [admissionKinds, admissionPlugins, nodes, definitions, turns] = await Promise.all([
    readAdmissionKinds(api),
    readAdmissionPlugins(api),
    readNodes(api, wanted.nodeLabel),
    readDefinitions(api),
    readTurns(api),
  ]);
  const [controllers, apiServers] = await Promise.all([readControllers(api, wanted), readApiServers(api)]);
  const [pools, hasServiceLbAccount, kubeProxy, serviceRanges, webhooks] = await Promise.all([
    readPools(api),
    readServiceLbAccount(api),
    readKubeProxy(api),
    readServiceRanges(api),
    readWebhooks(api),
  ]);
  return {
    ...{ version, admissionKinds, admissionPlugins, nodes, definitions, turns, workloads, pools, hasServiceLbAccount },
    namespaces: { routeServers: ours, metallb, argoCd: argoCdNamespace },
    ...{ controllers, apiServers, kubeProxy, serviceRanges, secrets, webhooks, trial, argoCd, rights },
  };
}

async function readVersion(api: ClusterApi): Promise<Known<string>> {
  const answer = await api.get('/version');
  if (answer.status !== 200) return refused(answer, 'get /version');
  try {
    return known(schemas.version.parse(JSON.parse(answer.body)).gitVersion);
  } catch (cause) {
    throw new Failure({
      code: 'cluster-not-understood',
      message: `What answers at ${api.server} is no Kubernetes API: its /version is not understood.`,
      next: 'check the server of the kubeconfig: kubectl version, with the same kubeconfig and context',
      cause,
    });
  }
}
