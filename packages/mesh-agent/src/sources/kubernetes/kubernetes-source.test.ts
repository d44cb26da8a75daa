import type { SourceReading } from '@meshrs/mesh';
import { parseAddress, type IpAddress } from '@meshrs/network';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentFailure, type AgentFailureCode } from '../../failure.ts';
import type { ApiClient } from './api-client.ts';
import { createKubernetesSource } from './kubernetes-source.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const self = parseAddress('10.8.0.1');
if (!self) throw new Error('10.8.0.1 is an address');

const refusal = (code: AgentFailureCode) =>
  new AgentFailure(`The API: ${code}.`, { code, operation: 'test', retryable: true });
const slice = (name: string, ...addresses: readonly string[]) => ({
  metadata: { name, resourceVersion: String(addresses.length) },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({
    addresses: [address],
    targetRef: { kind: 'Pod', name: address === self ? 'rs-a-0' : `of-${address}` },
  })),
});

/** An API that does what the test says, request by request. */
function createScript() {
  const paths: string[] = [];
  let addresses: readonly string[] = [];
  let failing: AgentFailureCode | undefined;
  let watching: { onLine: (line: unknown) => void; end: (failure?: AgentFailure) => void } | undefined;
  const client: ApiClient = {
    get: async (path) => {
      await Promise.resolve();
      paths.push(path);
      if (failing) throw refusal(failing);
      return { metadata: { resourceVersion: '100' }, items: [slice('a', ...addresses)] };
    },
    watch: async (path, onLine, signal) => {
      paths.push(path);
      if (failing) throw refusal(failing);
      await new Promise<void>((resolve, reject) => {
        watching = {
          onLine,
          end: (failure) => {
            if (failure) reject(failure);
            else resolve();
          },
        };
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    },
    close: () => undefined,
  };
  return {
    client,
    paths,
    publish: (...next: readonly string[]) => {
      addresses = next;
    },
    fail: (code: AgentFailureCode | undefined) => {
      failing = code;
    },
    line: (line: unknown) => watching?.onLine(line),
    end: (failure?: AgentFailure) => watching?.end(failure),
  };
}

function start(script: ReturnType<typeof createScript>, resyncMs = 1e9) {
  const looks: SourceReading[] = [];
  const stop = new AbortController();
  const source = createKubernetesSource({
    client: script.client,
    namespace: 'meshrr',
    service: 'meshrr-core',
    ownPod: 'rs-a-0',
    own: (): readonly IpAddress[] => (self ? [self] : []),
    resyncMs,
    random: () => 0.5,
  });
  void source.run((look) => looks.push(look), stop.signal);
  return { looks, source, stop };
}

const answer = (...addresses: readonly string[]) => ({
  kind: 'answer',
  addresses,
  isCertain: false,
  servers: new Map(addresses.filter((each) => each !== self).map((each) => [each, `of-${each}`])),
  ownFamilies: addresses.includes(String(self)) ? ['ipv4'] : [],
});
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the kubernetes source', () => {
  it('lists, then follows the watch from where the list ended', async () => {
    const script = createScript();
    script.publish('10.8.0.1', '10.8.0.2');
    const { looks } = start(script);
    await settle();
    script.line({ type: 'MODIFIED', object: slice('a', '10.8.0.1', '10.8.0.2', '10.8.0.3') });
    expect(looks).toEqual([answer('10.8.0.2', '10.8.0.1'), answer('10.8.0.2', '10.8.0.3', '10.8.0.1')]);
    expect(script.paths).toEqual([
      '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dmeshrr-core',
      '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dmeshrr-core&watch=1&allowWatchBookmarks=true&resourceVersion=100',
    ]);
  });

  it('watches on from the last bookmark when the API ends the watch', async () => {
    const script = createScript();
    start(script);
    await settle();
    script.line({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '250' } } });
    script.end();
    await vi.advanceTimersByTimeAsync(100);
    expect(script.paths).toHaveLength(3);
    expect(script.paths.at(-1)).toMatch(/resourceVersion=250$/);
  });

  it.each([
    [
      'the watch says so',
      () => ({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } }),
      undefined,
    ],
    ['the request is refused', undefined, refusal('api-gone')],
  ])('lists anew at once after 410 Gone, without a word: %s', async (_, line, failure) => {
    const script = createScript();
    script.publish('10.8.0.2');
    const { looks } = start(script);
    await settle();
    script.publish('10.8.0.4');
    if (line) expect(() => script.line(line())).toThrow('410');
    script.end(failure ?? refusal('api-gone'));
    await settle();
    expect(looks).toEqual([answer('10.8.0.2'), answer('10.8.0.4')]);
  });

  it('reports that the API is gone, tries again ever more slowly, and lists when it is back', async () => {
    const script = createScript();
    script.publish('10.8.0.2');
    const { looks } = start(script);
    await settle();
    script.fail('api-unreachable');
    script.end(refusal('api-unreachable'));
    await vi.advanceTimersByTimeAsync(60_000);
    const failures = looks.slice(1);
    expect(failures.length).toBeGreaterThan(5);
    expect(failures.length).toBeLessThan(15);
    expect(failures[0]).toMatchObject({ kind: 'failure', code: 'api-unreachable' });
    script.fail(undefined);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(looks.at(-1)).toEqual(answer('10.8.0.2'));
  });

  it('asks ever more slowly an API that ends every watch with 410 Gone as soon as it is open', async () => {
    const script = createScript();
    script.publish('10.8.0.2');
    const gone = { type: 'ERROR', object: { code: 410, message: 'too old resource version' } };
    const watch: ApiClient['watch'] = async (path, onLine) => {
      script.paths.push(path);
      // Enough to fail the test; a loop without a pause would never let go.
      if (script.paths.length > 1000) await new Promise(() => undefined);
      onLine(gone);
    };
    const { looks, stop } = start({ ...script, client: { ...script.client, watch } });
    await vi.advanceTimersByTimeAsync(60_000);
    stop.abort();
    // Lists and watches: two at once, then after 0.25 s, 0.5 s and so on up to 10 s.
    expect(script.paths.length).toBeGreaterThan(16);
    expect(script.paths.length).toBeLessThan(30);
    expect(looks.find(({ kind }) => kind === 'failure')).toMatchObject({ code: 'api-gone' });
  });

  it.each([
    ['with a bookmark', [{ type: 'BOOKMARK', object: { metadata: { resourceVersion: '250' } } }]],
    ['without a word', []],
  ])("forgets failures with a watch that lasts, %s: the next 410 Gone is nobody's fault again", async (_, lines) => {
    const script = createScript();
    script.publish('10.8.0.2');
    const { looks } = start(script);
    await settle();
    for (let round = 0; round < 3; round++) {
      await vi.advanceTimersByTimeAsync(1000);
      for (const line of lines) script.line(line);
      script.end(refusal('api-gone'));
      await settle();
    }
    expect(looks).toEqual([answer('10.8.0.2'), answer('10.8.0.2'), answer('10.8.0.2'), answer('10.8.0.2')]);
  });

  it.each<[string, (onLine: (line: unknown) => void) => void]>([
    [
      'with a bookmark',
      (onLine) => {
        onLine({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '250' } } });
      },
    ],
    [
      'with an event',
      (onLine) => {
        onLine({ type: 'MODIFIED', object: slice('a', '10.8.0.2') });
      },
    ],
    ['without a word', () => undefined],
  ])('asks ever more slowly an API that ends every watch at once, %s', async (_, say) => {
    for (const failure of [undefined, refusal('api-gone'), refusal('api-unreachable')]) {
      const script = createScript();
      const watch: ApiClient['watch'] = async (path, onLine) => {
        script.paths.push(path);
        if (script.paths.length > 1000) await new Promise(() => undefined);
        say(onLine);
        if (failure) throw failure;
      };
      const { stop } = start({ ...script, client: { ...script.client, watch } });
      await vi.advanceTimersByTimeAsync(60_000);
      stop.abort();
      expect(script.paths.length).toBeGreaterThan(8);
      expect(script.paths.length).toBeLessThan(30);
    }
  });

  it('lists anew for a second look, and after the resync time', async () => {
    const script = createScript();
    const { source, looks } = start(script, 60_000);
    await settle();
    source.lookAgain();
    await settle();
    expect(looks).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks).toHaveLength(3);
  });

  it('reports an answer that is no list of EndpointSlices', async () => {
    const script = createScript();
    const { looks } = start({ ...script, client: { ...script.client, get: () => Promise.resolve({ items: 1 }) } });
    await settle();
    expect(looks).toEqual([
      {
        kind: 'failure',
        code: 'api-answer-not-understood',
        message: expect.stringContaining('metadata') as string,
      },
    ]);
  });

  it('is silent once it is stopped', async () => {
    const script = createScript();
    const { looks, stop } = start(script);
    await settle();
    stop.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks).toHaveLength(1);
  });
});
