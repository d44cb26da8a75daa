import type { ClusterApi } from '../../status/cluster-api.ts';
import type { NamespaceFacts, TrialFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { Wanted, WantedPod } from '../wanted.ts';
import { answerOf, parseJson, reasonOf } from './ask.ts';
import { mayI } from './rights.ts';
import * as schemas from './schemas.ts';

/**
 * A pod of each StatefulSet, in a dry run: Pod Security, webhooks, policies and quotas look at it, and nothing is made.
 * Its ServiceAccount is not there before the first sync, so that it goes with the default one.
 */
export async function tryPods(
  api: ClusterApi,
  { namespaces, pods }: Wanted,
  namespace: Known<NamespaceFacts | undefined>,
): Promise<Known<TrialFacts | undefined>> {
  if (!namespace.isKnown) return namespace;
  if (namespace.value === undefined || namespace.value.isTerminating) return known(undefined);
  const right = `create pods in namespace ${namespaces.routeServers}`;
  const isAllowed = await mayI(api, {
    verb: 'create',
    group: '',
    resource: 'pods',
    namespace: namespaces.routeServers,
  });
  if (!isAllowed.isKnown) return isAllowed;
  if (!isAllowed.value) {
    const next = `get the right to ${right}, or ask who has it: nothing is made, it is a dry run`;
    return { isKnown: false, why: `you may not ${right}, so that none can be tried`, next };
  }
  const answers = await Promise.all(pods.map(async (pod) => tryPod(api, namespaces.routeServers, pod)));
  const tried: TrialFacts['pods'][number][] = [];
  for (const each of answers) {
    if (!each.isKnown) return each;
    tried.push(each.value);
  }
  return known({ pods: tried });
}

async function tryPod(
  api: ClusterApi,
  namespace: string,
  { statefulSet, template }: WantedPod,
): Promise<Known<TrialFacts['pods'][number]>> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: `${statefulSet}-preflight`, namespace },
    spec: { ...template.spec, serviceAccountName: 'default' },
  };
  const answer = await answerOf(() => api.post(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod));
  if (typeof answer === 'string') {
    return { isKnown: false, why: answer, next: 'run this again; a webhook may be slow' };
  }
  if (answer.status !== 201) return known({ statefulSet, refusal: reasonOf(answer), added: [] });
  const taken = schemas.pod.safeParse(parseJson(answer.body));
  if (!taken.success) {
    return {
      isKnown: false,
      why: 'what the API answers to a dry run of a pod is not understood',
      next: 'run this again',
    };
  }
  const own = new Set([...template.spec.initContainers, ...template.spec.containers].map(({ name }) => name));
  const names = [...taken.data.spec.initContainers, ...taken.data.spec.containers].map(({ name }) => name);
  return known({ statefulSet, refusal: undefined, added: names.filter((name) => !own.has(name)) });
}
