import { familyOf, type IpAddress } from '@meshrs/network';
import type { SourceReading } from '@meshrs/mesh';
import { AgentFailure, describeFailure } from '../../failure.ts';
import { backoffMs, createPause, hasAborted } from '../../async/pause.ts';
import { startTimer } from '../../async/timer.ts';
import type { PeerSource } from '../source.ts';
import type { ApiClient } from './api-client.ts';
import {
  addressesOf,
  applyWatchEvent,
  cacheOf,
  readSliceList,
  readWatchEvent,
  type SliceCache,
  type WatchEvent,
} from './endpoint-slice.ts';

export interface KubernetesSourceOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly service: string;
  readonly ownPod: string;
  /** The pod's own addresses; they stand for it where an endpoint names no pod. */
  readonly own: () => readonly IpAddress[];
  /** The list is read anew this often, whatever the watch says. */
  readonly resyncMs: number;
  readonly random: () => number;
}

/** A watch that ends before this has brought nothing yet: an API may end every one, or answer each with 410, at once. */
const lastingMs = 1000;

/** The endpoints of a headless Service by list and watch of its EndpointSlices, ready or not. */
export function createKubernetesSource(options: KubernetesSourceOptions): PeerSource {
  const { client, namespace, service } = options;
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const base = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices?labelSelector=${selector}`;
  const pause = createPause();
  let endWatch: (() => void) | undefined;

  return {
    description: `kubernetes ${namespace}/${service}`,
    lookAgain: () => {
      pause.wake();
      endWatch?.();
    },
    run: async (onLook, signal) => {
      signal.addEventListener('abort', client.close, { once: true });
      let failuresInARow = 0;
      const succeed = () => void (failuresInARow = 0);
      while (!signal.aborted) {
        try {
          await listAndWatch(onLook, signal, succeed);
          succeed();
        } catch (failure) {
          if (hasAborted(signal)) return;
          // A history that was compacted away is nobody's fault: the list is read anew at once, but only once.
          failuresInARow += 1;
          if (!isGone(failure) || failuresInARow > 1) {
            const { code, message } = describeFailure(failure);
            onLook({ kind: 'failure', code, message });
            await pause.wait(
              backoffMs(failuresInARow, { first: 250, largest: 10_000, random: options.random }),
              signal,
            );
          }
        }
      }
    },
  };

  /**
   * Reads the list and follows its changes, until it is time to read the list anew. `onLasting` is called when a watch has
   * lasted, also where it has nothing to tell: failures that are far apart are no row.
   */
  async function listAndWatch(
    onLook: (look: SourceReading) => void,
    signal: AbortSignal,
    onLasting: () => void,
  ): Promise<void> {
    const list = readSliceList(await client.get(base, signal));
    let cache = cacheOf(list);
    let resourceVersion = list.metadata.resourceVersion;
    onLook(toLook(cache, options));

    const resync = new AbortController();
    const resyncTimer = startTimer(() => {
      resync.abort();
    }, options.resyncMs);
    endWatch = () => {
      resync.abort();
    };
    const ending = AbortSignal.any([signal, resync.signal]);
    try {
      let shortWatches = 0;
      while (!ending.aborted) {
        const hasLasted = await watchOnce(
          client,
          `${base}&watch=1&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(resourceVersion)}`,
          (event) => {
            resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
            if (event.type === 'BOOKMARK') return;
            cache = applyWatchEvent(cache, event);
            onLook(toLook(cache, options));
          },
          { onLasting, signal: ending },
        );
        // An API, or a proxy before it, that ends every watch at once is asked ever more slowly.
        shortWatches = hasLasted ? 0 : shortWatches + 1;
        const gapMs = backoffMs(shortWatches + 1, { first: 50, largest: 10_000, random: options.random });
        await pause.wait(gapMs, ending);
      }
    } catch (failure) {
      if (!resync.signal.aborted) throw failure;
    } finally {
      clearTimeout(resyncTimer);
      endWatch = undefined;
    }
  }
}

/** One watch to its end; resolves with whether it has lasted. */
async function watchOnce(
  client: ApiClient,
  path: string,
  onEvent: (event: Exclude<WatchEvent, { type: 'ERROR' }>) => void,
  { onLasting, signal }: { readonly onLasting: () => void; readonly signal: AbortSignal },
): Promise<boolean> {
  const watch = { hasLasted: false };
  const lasting = startTimer(() => {
    watch.hasLasted = true;
    onLasting();
  }, lastingMs);
  const onLine = (line: unknown) => {
    const event = readWatchEvent(line);
    if (event.type === 'ERROR') throw watchError(event.object);
    onEvent(event);
  };
  try {
    await client.watch(path, onLine, signal);
    return watch.hasLasted;
  } finally {
    clearTimeout(lasting);
  }
}

function toLook(cache: SliceCache, options: Pick<KubernetesSourceOptions, 'own' | 'ownPod'>): SourceReading {
  const { others, own, pods, notUnderstood } = addressesOf(cache, options.ownPod);
  // That this route server is published itself tells an answer that names nobody else from an empty one.
  const [ownAddress] = options.own();
  const self = own.length > 0 && ownAddress !== undefined ? [ownAddress] : [];
  const ownFamilies = [...new Set(own.map(familyOf))];
  return {
    kind: 'answer',
    addresses: [...others, ...self],
    isCertain: false,
    servers: pods,
    ownFamilies,
    ...(notUnderstood.length > 0 && { notUnderstood }),
  };
}

function watchError(status: { readonly code?: number | undefined; readonly message?: string | undefined }) {
  const isHistoryGone = status.code === 410;
  return new AgentFailure(
    `The Kubernetes API ended the watch with ${String(status.code ?? 'no code')}: ${status.message ?? 'no message'}.`,
    {
      code: isHistoryGone ? 'api-gone' : 'api-refused',
      operation: 'watch EndpointSlices',
      retryable: true,
    },
  );
}

function isGone(failure: unknown): boolean {
  return failure instanceof AgentFailure && failure.code === 'api-gone';
}
