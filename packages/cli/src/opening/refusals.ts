import { turnKind } from '@meshrs/contract';
import { AgentFailure } from '@meshrs/mesh-agent/by-hand';
import { Failure } from '@meshrs/tools/failure';
import { z } from 'zod';
import type { ClusterApi } from '../status/cluster-api.ts';
import type { PersonClient } from './person-client.ts';

/** Where the rights and the rules stand. */
export const byHandPage = 'docs/operations.md, "Open a side by hand"';

/** What the world said, for a person at a terminal. */
export function asFailure(thrown: unknown, { server }: Pick<ClusterApi, 'server'>): unknown {
  if (!(thrown instanceof AgentFailure)) return thrown;
  const isAway = thrown.code === 'api-unreachable' || thrown.code === 'api-timeout';
  const isAboutRights = thrown.code === 'api-forbidden' || thrown.code === 'api-unauthorized';
  return new Failure({
    code: isAway ? 'cluster-unreachable' : 'cluster-refused',
    message: thrown.message,
    next: isAway
      ? `check the network and the credentials: kubectl get --raw /readyz; whether something is open at ${server}: kubectl get turns`
      : isAboutRights
        ? `${byHandPage} says which rights that takes and how they are bound`
        : `look at kubectl get turns, and at ${byHandPage}`,
    cause: thrown,
  });
}

const turnList = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string().max(400) }) })) });

/** There is no such turn: the interlock is not there, or the context is one of another cluster. */
export async function turnMissing(
  client: Pick<PersonClient, 'exchange'>,
  turn: string,
  { context, server }: Pick<ClusterApi, 'context' | 'server'>,
): Promise<Failure> {
  const where = `The cluster of context "${context}" (${server})`;
  const path = `/apis/${turnKind.apiVersion}/${turnKind.plural}?limit=20`;
  const answer = await client.exchange({ method: 'GET', path }, AbortSignal.timeout(10_000));
  if (answer.status === 404) {
    return new Failure({
      code: 'no-interlock',
      message: `${where} has no kind ${turnKind.plural}.${turnKind.group}: no interlock keeps one side at a time there, so there is nothing to open.`,
      next: 'look at the Application meshrs-interlock of the cluster, or name the right context with --context',
    });
  }
  const others = turnList.safeParse(answer.status === 200 ? answer.value : undefined).data?.items ?? [];
  const names = others.map(({ metadata }) => metadata.name);
  return new Failure({
    code: 'no-turn',
    message: `${where} has no turn ${turn}${names.length === 0 ? '' : `; it has ${names.join(', ')}`}.`,
    next:
      names.length === 0
        ? "the interlock's Application brings it; or name the right context with --context"
        : 'this is the cluster of another fleet: name the right context with --context, or the right topology',
  });
}
