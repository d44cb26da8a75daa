import { z } from 'zod';
import { AgentFailure } from '../failure.ts';
import { parseAnswer } from '../parse-answer.ts';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';

/** So many at a time: a StatefulSet with its history may have 30 KiB, and an answer has an end. */
const page = 100;
/** A fleet has 500 route servers, each of which may have a Service of its own. */
const mostPages = 50;

const listSchema = z.object({
  metadata: z.object({ continue: z.string().optional() }).optional(),
  items: z.array(z.unknown()),
});

/** All objects at a path, with the labels. A kind that the cluster does not have has none. @throws AgentFailure */
export async function listObjects<S extends z.ZodType>(
  client: Pick<DatedApiClient, 'getDated'>,
  path: string,
  {
    labelSelector,
    schema,
    signal,
  }: { readonly labelSelector: string; readonly schema: S; readonly signal: AbortSignal },
): Promise<readonly z.output<S>[]> {
  const found: z.output<S>[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < mostPages; pages++) {
    const query = new URLSearchParams({
      labelSelector,
      limit: String(page),
      ...(after !== undefined && { continue: after }),
    });
    const value = await get(client, `${path}?${query.toString()}`, signal);
    if (value === undefined) return [];
    const { items, metadata } = understood(path, listSchema, value);
    found.push(...items.map((item) => understood(path, schema, item)));
    after = metadata?.continue === '' ? undefined : metadata?.continue;
    if (after === undefined) return found;
  }
  throw new AgentFailure(`The Kubernetes API has more than ${String(page * mostPages)} objects at ${path}.`, {
    ...{ code: 'api-answer-not-understood', operation: `GET ${path}`, retryable: true },
  });
}

async function get(client: Pick<DatedApiClient, 'getDated'>, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    return (await client.getDated(path, signal)).value;
  } catch (thrown) {
    if (thrown instanceof AgentFailure && thrown.code === 'api-not-found') return undefined;
    throw thrown;
  }
}

function understood<S extends z.ZodType>(path: string, schema: S, value: unknown): z.output<S> {
  return parseAnswer(
    schema,
    value,
    (why, cause) =>
      new AgentFailure(`The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`, {
        ...{ code: 'api-answer-not-understood', operation: `GET ${path}`, retryable: true, cause },
      }),
  );
}
