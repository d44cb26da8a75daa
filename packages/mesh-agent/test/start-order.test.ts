import { afterEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/sources/kubernetes/api-client.ts';
import { createMemoryEngine } from './memory-engine.ts';
import { settingsText } from './settings-text.ts';
import { startTestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const list = {
  metadata: { resourceVersion: '1' },
  items: [{ metadata: { name: 'core' }, addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'] }] }],
};

/** Starts beside an API that answers its first list after so long; listens then, or when it would listen in any case. */
async function start(answerMs: number, timing: { readonly answersMs: number; readonly listenMs: number }) {
  const engine = createMemoryEngine();
  const client: ApiClient = {
    get: () =>
      new Promise((resolve) => {
        setTimeout(resolve, answerMs, list).unref();
      }),
    watch: () => new Promise(() => undefined),
    close: () => undefined,
  };
  const started = await startTestSidecar({
    settings: settingsText({ source: '{sourcetype: kubernetes, service: core}' }),
    engine,
    apiClient: () => client,
    timing,
  });
  cleanups.push(started.remove);
  return { ...started, engine };
}

describe('a sidecar that starts', () => {
  it('gives the engine settings and peers in one go, and listens then', async () => {
    const { engine, events } = await start(50, { answersMs: 20_000, listenMs: 20_000 });
    expect(engine.applied.map(({ meshGroups }) => meshGroups[0]?.neighbors)).toEqual([['192.0.2.1']]);
    expect(events().indexOf('peers-changed')).toBeLessThan(events().indexOf('http-listening'));
  });

  it('gives the engine its settings, and listens, when a source is slow', async () => {
    const { engine } = await start(1e6, { answersMs: 30, listenMs: 20_000 });
    expect(engine.applied.map(({ meshGroups }) => meshGroups[0]?.neighbors)).toEqual([[]]);
  });

  it('listens when nothing comes to be applied', async () => {
    const { engine, events } = await start(1e6, { answersMs: 20_000, listenMs: 30 });
    expect(engine.applied).toEqual([]);
    expect(events()).toContain('http-listening');
  });
});
