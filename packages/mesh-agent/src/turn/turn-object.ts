import { readTurn, turnBounds, turnPath, type TurnSpec, type TurnState } from '@meshrs/contract';
import { z } from 'zod';
import { AgentFailure } from '../failure.ts';
import { parseAnswer } from '../parse-answer.ts';
import {
  refusalOf,
  type ExchangeAnswer,
  type ExchangeRequest,
  type ExchangingApiClient,
} from '../sources/kubernetes/api-client.ts';
import type { TurnRecord } from './turn-record.ts';

/** A turn as one answer told it. */
export interface SeenTurn {
  readonly turn: TurnState;
  /** Undefined where there is no such object: then nobody can write it either. */
  readonly resourceVersion: string | undefined;
  /** What time it was at the API server; undefined where it did not say. */
  readonly dateMs: number | undefined;
}

/** The turn of a fleet in the API. */
export interface TurnObject {
  readonly name: string;
  /** From the store itself, and not from an API server's copy. @throws AgentFailure */
  read(signal: AbortSignal): Promise<SeenTurn>;
  /**
   * Writes the whole spec where the object is still as it was seen; undefined where somebody else wrote it meanwhile.
   * @throws AgentFailure
   */
  write(seen: SeenTurn, spec: TurnSpec, signal: AbortSignal): Promise<SeenTurn | undefined>;
  /** How the API server calls who asks: it takes no other name for who wrote. @throws AgentFailure */
  ownName(signal: AbortSignal): Promise<string>;
}

/** What a Role must give to whoever cares for the turn. */
export const turnRights = 'verbs get and patch on the turn of the fleet (turns.meshrs.dev), by a ClusterRole';

const stored = z.object({ metadata: z.object({ resourceVersion: z.string().min(1).max(100) }) });
const review = z.object({
  status: z.object({ userInfo: z.object({ username: z.string().min(1).max(turnBounds.by) }) }),
});

/** `record`: where each write is told; left out: nowhere. */
export function createTurnObject(
  client: Pick<ExchangingApiClient, 'exchange'>,
  name: string,
  record?: TurnRecord,
): TurnObject {
  const path = turnPath(name);
  let own: string | undefined;
  return {
    name,
    read: async (signal) => {
      const request = { method: 'GET', path } as const;
      const answer = await client.exchange(request, signal);
      return answer.status === 404 ? absent(name, answer) : seenIn(request, answer, name);
    },
    write: async (seen, spec, signal) => {
      if (seen.resourceVersion === undefined) throw missing(name);
      const body = { metadata: { resourceVersion: seen.resourceVersion }, spec: whole(spec) };
      const request = { method: 'PATCH', path, body } as const;
      const answer = await client.exchange(request, signal);
      if (answer.status === 404) throw missing(name);
      if (answer.status === 409) return undefined;
      const written = seenIn(request, answer, name);
      await record?.record(seen.turn, spec, answer.dateMs);
      return written;
    },
    ownName: async (signal) => (own ??= await askOwnName(client, signal)),
  };
}

/** A merge patch: what the spec does not name is taken away. */
function whole(spec: TurnSpec): Readonly<Record<keyof TurnSpec, unknown>> {
  return { revision: null, until: null, reason: null, nodes: null, ...spec };
}

function seenIn(request: ExchangeRequest, answer: ExchangeAnswer, name: string): SeenTurn {
  if (answer.status !== 200) throw refusalOf(request, answer, turnRights);
  const { resourceVersion } = parse(request, stored, answer.value).metadata;
  return { turn: readTurn(name, answer.value), resourceVersion, dateMs: answer.dateMs };
}

function absent(name: string, { dateMs }: ExchangeAnswer): SeenTurn {
  return { turn: { state: 'unknown', why: absentWords(name) }, resourceVersion: undefined, dateMs };
}

function missing(name: string): AgentFailure {
  return new AgentFailure(`It cannot be written: ${absentWords(name)}.`, {
    code: 'api-not-found',
    operation: `write turn ${name}`,
    retryable: true,
  });
}

function absentWords(name: string): string {
  return `the cluster has no turn ${name}; the interlock's Application brings it`;
}

async function askOwnName(client: Pick<ExchangingApiClient, 'exchange'>, signal: AbortSignal): Promise<string> {
  const [apiVersion, kind] = ['authentication.k8s.io/v1', 'SelfSubjectReview'];
  const request = {
    method: 'POST',
    path: `/apis/${apiVersion}/selfsubjectreviews`,
    body: { apiVersion, kind },
  } as const;
  const answer = await client.exchange(request, signal);
  if (answer.status !== 201) {
    throw refusalOf(
      request,
      answer,
      'verb create on selfsubjectreviews.authentication.k8s.io (ClusterRole system:basic-user)',
    );
  }
  return parse(request, review, answer.value).status.userInfo.username;
}

function parse<S extends z.ZodType>({ method, path }: ExchangeRequest, schema: S, value: unknown): z.output<S> {
  return parseAnswer(
    schema,
    value,
    (why, cause) =>
      new AgentFailure(`The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`, {
        ...{ code: 'api-answer-not-understood', operation: `${method} ${path}`, retryable: true, cause },
      }),
  );
}
