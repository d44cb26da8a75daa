import { speakersRevision } from '@meshrs/contract';
import { planSpeakers } from '@meshrs/gate';
import { expect, it } from 'vitest';
import { AgentFailure } from '../../failure.ts';
import type { ExchangeRequest } from '../../sources/kubernetes/api-client.ts';
import { defaultTiming } from '../gate-timing.ts';
import type { LaterLook } from '../open-turn.ts';
import { replaceSpeakers } from './replace-speakers.ts';
import { seeSpeakers } from './see-speakers.ts';

/*
 * What an API server that is slow, or away, for a moment does to a roll that has begun. The roll itself is tried on a real one
 * (test/live/gate-speakers.test.ts), which loses no answer when it is asked to.
 */

const wanted = { namespace: 'metallb', daemonSets: ['metallb-speaker'], absent: [], revision: 'new' };
const nodes = ['kube1', 'kube2'];

type Loss = 'no-answer' | 'no-answer-but-done' | number;

interface Request extends Pick<ExchangeRequest, 'method' | 'path'> {
  /** Among all requests of the roll, from 1. */
  readonly count: number;
}

/** An API server over two nodes of side b; a pod that goes is followed by a new one that is Ready. */
function createCluster(losesBy: (request: Request) => Loss | undefined) {
  const pods = new Map(nodes.map((node) => [`old-${node}`, { node, revision: 'old' }]));
  const requests: Request[] = [];
  let isRolling = false;
  const failure = () => new AgentFailure('no answer', { code: 'api-timeout', operation: 'GET', retryable: true });
  const lossOf = (method: ExchangeRequest['method'], path: string): Loss | undefined => {
    if (!isRolling) return undefined;
    const request = { method, path, count: requests.length + 1 };
    requests.push(request);
    return losesBy(request);
  };
  const client = {
    close: () => undefined,
    getDated: (path: string) => {
      const loss = lossOf('GET', path);
      return loss === undefined
        ? Promise.resolve({ value: valueAt(path), dateMs: undefined })
        : Promise.reject(failure());
    },
    exchange: ({ method, path }: ExchangeRequest) => {
      const loss = lossOf(method, path);
      const name = path.split('/').at(-1) ?? '';
      const isDone = loss === undefined || loss === 'no-answer-but-done';
      const old = pods.get(name);
      if (isDone && old) {
        pods.delete(name);
        pods.set(`new-${old.node}`, { node: old.node, revision: 'new' });
      }
      if (loss === undefined) return Promise.resolve({ status: old ? 200 : 404, value: {}, dateMs: undefined });
      if (typeof loss === 'number') {
        return Promise.resolve({ status: loss, value: { message: 'says why' }, dateMs: undefined });
      }
      return Promise.reject(failure());
    },
  };

  function valueAt(path: string): unknown {
    if (path.includes('/daemonsets/')) {
      return {
        metadata: { uid: 'set', generation: 2 },
        spec: {
          template: {
            metadata: { annotations: { [speakersRevision]: 'new' } },
            spec: { containers: [{ image: 'metallb/speaker:v2' }] },
          },
        },
        status: { observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 2 },
      };
    }
    const conditions = [{ type: 'Ready', status: 'True' }];
    if (path.startsWith('/api/v1/nodes')) {
      return { items: nodes.map((name) => ({ metadata: { name, labels: { side: 'b' } }, status: { conditions } })) };
    }
    return {
      items: [...pods].map(([name, { node, revision }]) => ({
        metadata: {
          ...{ name, uid: name, annotations: { [speakersRevision]: revision } },
          creationTimestamp: '2026-11-28T08:00:00Z',
          ownerReferences: [{ kind: 'DaemonSet', name: 'metallb-speaker', uid: 'set', controller: true }],
        },
        spec: { nodeName: node },
        status: { conditions },
      })),
    };
  }

  return {
    client,
    requests,
    deleted: () => requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path.split('/').at(-1)),
    left: () => [...pods.keys()].sort(),
    begin: () => {
      isRolling = true;
    },
  };
}

async function roll(cluster: ReturnType<typeof createCluster>, looks: readonly LaterLook[] = []) {
  const told: string[] = [];
  const tell = (event: string, fields?: object) => told.push(`${event} ${JSON.stringify(fields)}`);
  const stop = new AbortController().signal;
  let nowMs = 0;
  const coming = [...looks];
  const { sight } = await seeSpeakers(cluster.client, wanted, stop);
  const question = { ...{ next: 'b', sides: ['a', 'b'], wanted, most: 10 }, among: new Set(nodes) };
  expect(planSpeakers(sight, question).steps.map((step) => step.nodes)).toEqual([['kube1'], ['kube2']]);
  cluster.begin();
  const replacement = await replaceSpeakers(
    { question, sight, left: [] },
    {
      ...{ client: cluster.client, namespace: 'meshrr', own: undefined, stop },
      log: { info: tell, warn: tell, error: tell },
      mayGoOn: () => Promise.resolve(coming.shift() ?? { kind: 'kept' }),
      timing: {
        ...defaultTiming,
        clock: { monotonicMs: () => nowMs },
        wait: (milliseconds) => {
          nowMs += milliseconds;
          return Promise.resolve();
        },
      },
    },
  );
  return { replacement, told, left: cluster.left(), deleted: cluster.deleted(), seconds: nowMs / 1000 };
}

const all = ['new-kube1', 'new-kube2'];

it('asks as often as this where no answer is lost', async () => {
  const cluster = createCluster(() => undefined);
  expect(await roll(cluster)).toMatchObject({ left: all, seconds: 0, replacement: { kind: 'done' } });
  expect(cluster.requests).toHaveLength(requestsOfRoll);
});

const requestsOfRoll = 20;
const counts = Array.from({ length: requestsOfRoll }, (_, index) => index + 1);
it.each(counts)('goes on where request %i gets no answer', async (lost) => {
  expect(await roll(createCluster(({ count }) => (count === lost ? 'no-answer' : undefined)))).toMatchObject({
    ...{ left: all, seconds: 0.5, replacement: { kind: 'done' } },
  });
});

it.each(['no-answer-but-done', 401, 429, 500, 503, 504] as const)(
  'asks again for a deletion that was answered by %s',
  async (loss) => {
    let lost = 0;
    const cluster = createCluster(({ method }) => (method === 'DELETE' && lost++ === 0 ? loss : undefined));
    expect(await roll(cluster)).toMatchObject({
      ...{ left: all, deleted: ['old-kube1', 'old-kube1', 'old-kube2'], replacement: { kind: 'done' } },
    });
  },
);

it('does not ask again where it was refused, and says that nothing was deleted', async () => {
  const cluster = createCluster(({ method }) => (method === 'DELETE' ? 403 : undefined));
  const { replacement, deleted, left } = await roll(cluster);
  expect(deleted).toEqual(['old-kube1']);
  expect(left).toEqual(['old-kube1', 'old-kube2']);
  expect(replacement).toMatchObject({ kind: 'refused', message: expect.stringContaining('403: says why') as string });
  expect(replacement.message).toContain('No node has its new pods. All others stay as they were');
});

it('looks at the clients before it asks again for a deletion, and stops where they are not kept', async () => {
  const cluster = createCluster(({ method }) => (method === 'DELETE' ? 'no-answer-but-done' : undefined));
  const { replacement, deleted } = await roll(cluster, [
    { kind: 'kept' },
    { kind: 'not-kept', lacking: ['client-192.0.2.1'] },
  ]);
  expect(deleted).toEqual(['old-kube1']);
  expect(replacement.message).toContain(
    'the clients of the side are not all kept by another one any more: it waits for client-192.0.2.1. No node has its new pods; on kube1 the old pods were deleted and the new ones are not seen Ready.',
  );
});

it('looks again where it could not look, and makes its plan anew', async () => {
  const cluster = createCluster(() => undefined);
  const unseen = { kind: 'not-seen', lacking: ['The Kubernetes API did not answer in time.'] } as const;
  const { replacement, left, told } = await roll(cluster, [unseen, unseen]);
  expect(replacement.kind).toBe('done');
  expect(left).toEqual(all);
  expect(cluster.requests).toHaveLength(requestsOfRoll + 3);
  expect(told[0]).toBe(`gate-waiting {"obstacles":["${unseen.lacking[0]}"]}`);
});

it('gives up where nothing is seen for as long as a step may take, and does not say that clients are lost', async () => {
  const unseen = { kind: 'not-seen', lacking: ['The Kubernetes API did not answer in time.'] } as const;
  const { replacement, left, seconds } = await roll(
    createCluster(() => undefined),
    Array.from({ length: 1000 }, () => unseen),
  );
  expect(left).toEqual(['old-kube1', 'old-kube2']);
  expect(seconds).toBe(120);
  expect(replacement.message).toContain('nobody can see whether the clients of the side are kept by another one');
});

it('gives up an API server that stays away, and says at which node', async () => {
  const cluster = createCluster(({ count }) => (count > 8 ? 'no-answer' : undefined));
  const { replacement, seconds } = await roll(cluster);
  expect(replacement).toMatchObject({ kind: 'refused', message: expect.stringContaining('no answer') as string });
  expect(seconds).toBeGreaterThanOrEqual(120);
  expect(seconds).toBeLessThan(250);
});
