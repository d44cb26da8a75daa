import { createClientBook } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import type { FleetReader } from '@meshrs/mesh-agent/by-hand';
import type { ClusterApi } from '../status/cluster-api.ts';
import { askAgentOf } from '../status/gather.ts';

/** Asks agents by way of the API server, which reaches pods from wherever the person is. */
export function agentsByApi(api: ClusterApi, namespace: string): FleetReader {
  let book = createClientBook();
  return {
    begin: () => {
      if (book.isFull()) book = createClientBook();
    },
    ask: async (address, { pod }) => {
      if (pod === undefined) return { ok: false, why: `nobody outside its cluster reaches the agent at ${address}` };
      const answer = await askAgentOf(api, namespace, pod);
      return answer.ok
        ? { ok: true, told: toldByStatus(book, answer.status), tookMs: answer.tookMs }
        : { ok: false, why: `${answer.why}; ${answer.next}` };
    },
    book: () => book,
  };
}
