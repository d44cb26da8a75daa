import { fleetOfTurn, turnKind, type TurnSpec, type TurnState } from '@meshrs/contract';
import { turnEvent } from '@meshrs/gate';
import { z } from 'zod';
import { AgentFailure } from '../failure.ts';
import { refusalOf, type ExchangingApiClient } from '../sources/kubernetes/api-client.ts';

/**
 * Leaves an Event of each write of a turn. It regards the disruption budget of the fleet: that lies in the namespace of the
 * route servers, where `kubectl get events` looks, everybody who writes a turn may read it, and it is what `kubectl describe`
 * is asked for when a drain waits.
 */
export interface TurnRecord {
  /** Never rejects: what is open does not depend on it. */
  record(was: TurnState, now: TurnSpec, dateMs: number | undefined): Promise<void>;
}

export interface TurnRecordOptions {
  readonly component: 'meshrs' | 'meshrs-gate' | 'meshrs-agent';
  /** Gates do it in each sync; what others do is looked for at night. */
  readonly type: 'Normal' | 'Warning';
  readonly onFailure: (failure: AgentFailure) => void;
}

const eventRights = 'verb create on events, in the namespace of the route servers';
/** Nobody waits longer for an Event. */
const recordMs = 2000;
const uidSchema = z.object({ metadata: z.object({ uid: z.string().min(1).max(100) }) });

export function createTurnRecord(
  client: Pick<ExchangingApiClient, 'exchange'>,
  turn: string,
  { component, type, onFailure }: TurnRecordOptions,
): TurnRecord {
  const fleet = fleetOfTurn(turn);
  return {
    record: async (was, now, dateMs) => {
      if (!fleet) return;
      const signal = AbortSignal.timeout(recordMs);
      try {
        const namespace = `namespaces/${encodeURIComponent(fleet.namespace)}`;
        const uid = await readUid(`/apis/policy/v1/${namespace}/poddisruptionbudgets/${encodeURIComponent(fleet.app)}`);
        const at = dateMs === undefined ? {} : timesOf(dateMs);
        const body = {
          ...{ apiVersion: 'v1', kind: 'Event', type, ...turnEvent(was, now), count: 1, ...at },
          metadata: { generateName: `${fleet.app}.`, namespace: fleet.namespace },
          involvedObject: {
            ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: fleet.app, namespace: fleet.namespace },
            ...(uid !== undefined && { uid }),
          },
          related: { apiVersion: turnKind.apiVersion, kind: turnKind.kind, name: turn },
          source: { component },
          reportingComponent: component,
          reportingInstance: now.by.slice(0, 128),
        };
        const request = { method: 'POST', path: `/api/v1/${namespace}/events`, body } as const;
        const answer = await client.exchange(request, signal);
        if (answer.status !== 201) onFailure(refusalOf(request, answer, eventRights));
      } catch (thrown) {
        if (!(thrown instanceof AgentFailure)) throw thrown;
        onFailure(thrown);
      }

      /** `kubectl describe` finds it by this; `kubectl get events` without. */
      async function readUid(path: string): Promise<string | undefined> {
        const { status, value } = await client.exchange({ method: 'GET', path }, signal);
        const read = status === 200 ? uidSchema.safeParse(value) : undefined;
        return read?.data?.metadata.uid;
      }
    },
  };
}

/** By the clock of the API server. */
function timesOf(dateMs: number) {
  const at = new Date(dateMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return { firstTimestamp: at, lastTimestamp: at };
}
