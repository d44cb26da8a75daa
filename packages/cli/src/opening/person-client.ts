import { AgentFailure, refusalOf, type DatedApiClient, type ExchangingApiClient } from '@meshrs/mesh-agent/by-hand';
import { messageOf, systemCode } from '@meshrs/tools/failure';
import type { ClusterApi } from '../status/cluster-api.ts';
import type { ApiAnswer } from '../status/pod-answer.ts';

/** What the gate's questions need, by the rights of a kubeconfig. */
export type PersonClient = DatedApiClient & ExchangingApiClient;

/** What a person needs, in words for whoever binds it. */
export const openingRights = 'what the ClusterRoles meshrs-open and meshrs-open-namespace of the fleet allow';

/** `at`: another address of the same cluster, "10.0.0.1:6443"; left out: the server of the kubeconfig. */
export function createPersonClient(api: ClusterApi, at?: string): PersonClient {
  const exchange: PersonClient['exchange'] = async (request, signal) => {
    try {
      const answer = await api.send(request, { ...(at !== undefined && { at }), signal });
      return { status: answer.status, value: readBody(answer), dateMs: answer.dateMs };
    } catch (cause) {
      const why = systemCode(cause) || messageOf(cause);
      throw new AgentFailure(`The Kubernetes API at ${at ?? api.server} cannot be asked: ${why}.`, {
        ...{ code: 'api-unreachable', operation: `${request.method} ${request.path}`, retryable: true, cause },
      });
    }
  };
  return {
    exchange,
    getDated: async (path, signal) => {
      const request = { method: 'GET', path } as const;
      const answer = await exchange(request, signal);
      if (answer.status === 200) return answer;
      throw refusalOf(request, answer, openingRights);
    },
    close: () => undefined,
  };
}

/** A proxy in between answers in its own words: these are shown. */
function readBody({ body }: ApiAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { message: JSON.stringify(body.slice(0, 120)) };
  }
}
