import { expect, it } from 'vitest';
import { AgentFailure } from '../../failure.ts';
import type { ExchangeRequest } from '../../sources/kubernetes/api-client.ts';
import { createImageBringer } from './bring-images.ts';

const images = [{ image: 'quay.io/metallb/speaker:v0.16.2', pullPolicy: undefined }];
const never = new AbortController().signal;

interface Made {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly nodeName: string;
    readonly containers: readonly { readonly name: string }[];
    readonly imagePullSecrets?: readonly { readonly name: string }[];
  };
}

/** An API server that loses what `loses` names, and kubelets that have each image at once. */
function createApi(loses: (request: ExchangeRequest, count: number) => boolean) {
  const made: Made[] = [];
  let asked = 0;
  return {
    made,
    client: {
      exchange: (request: ExchangeRequest) => {
        asked += 1;
        const pod = request.body as Made;
        const isThere = made.some(({ metadata }) => metadata.name === pod.metadata.name);
        if (!isThere) made.push(pod);
        if (loses(request, asked)) {
          return Promise.reject(
            new AgentFailure('no answer', { code: 'api-unreachable', operation: 'POST', retryable: true }),
          );
        }
        return Promise.resolve({ status: isThere ? 409 : 201, value: pod, dateMs: undefined });
      },
      getDated: () =>
        Promise.resolve({
          dateMs: undefined,
          value: {
            items: made.map(({ metadata, spec }) => ({
              metadata,
              status: {
                phase: 'Failed',
                containerStatuses: spec.containers.map(({ name }) => ({
                  name,
                  state: { terminated: { reason: 'StartError' } },
                })),
              },
            })),
          },
        }),
    },
  };
}

function bringerOf(
  { client }: ReturnType<typeof createApi>,
  { uid = 'of-the-gate', pullSecrets = [] }: { readonly uid?: string; readonly pullSecrets?: readonly string[] } = {},
) {
  return createImageBringer({
    client,
    namespace: 'meshrr',
    own: { name: 'routeserver-a-gate', uid },
    pullSecrets,
    timing: { wait: () => Promise.resolve(), clock: { monotonicMs: () => performance.now() } },
  });
}

it('makes one pod for each node, however often it is asked and whatever answer is lost', async () => {
  const api = createApi((_, count) => count === 2);
  const bringer = bringerOf(api);
  await expect(bringer.bring(images, ['kube1', 'kube2', 'kube3'], never)).rejects.toThrow('no answer');
  expect(await bringer.bring(images, ['kube1', 'kube2', 'kube3'], never)).toEqual([]);
  expect(await bringer.bring(images, ['kube1', 'kube2', 'kube3'], never)).toEqual([]);
  expect(api.made.map(({ spec }) => spec.nodeName)).toEqual(['kube1', 'kube2', 'kube3']);
});

it('makes others for other images, and for a gate of another try', async () => {
  const api = createApi(() => false);
  await bringerOf(api).bring(images, ['kube1'], never);
  await bringerOf(api).bring([{ image: 'quay.io/metallb/speaker:v0.16.3', pullPolicy: undefined }], ['kube1'], never);
  await bringerOf(api, { uid: 'of-the-next' }).bring(images, ['kube1'], never);
  expect(new Set(api.made.map(({ metadata }) => metadata.name)).size).toBe(3);
});

it.each([
  ['as the topology names them', ['mirror', 'of-metallb'], [{ name: 'mirror' }, { name: 'of-metallb' }]],
  // An empty list would be one, too: then those of the account are added (Kubernetes, admission plugin ServiceAccount).
  ['by none that is named: those of the account "default"', [], undefined],
])('has each node pull with Secrets %s', async (_, pullSecrets, expected) => {
  const api = createApi(() => false);
  await bringerOf(api, { pullSecrets }).bring(images, ['kube1', 'kube2'], never);
  expect(api.made.map(({ spec }) => spec.imagePullSecrets)).toEqual([expected, expected]);
});
