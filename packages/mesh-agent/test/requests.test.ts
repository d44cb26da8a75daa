import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { clearEvictions, listEvictions } from '../src/cli/evictions-command.ts';
import { askSidecar } from '../src/requests/send-request.ts';
import { logLevelResponse } from '../src/requests/operator-requests.ts';
import { createMemoryEngine } from './memory-engine.ts';
import { createPodFolder } from './pod-folder.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { ip, startTestSidecar } from './start-sidecar.ts';

const settings = settingsText({ source: staticSource('192.0.2.1') });
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function output() {
  const said: string[] = [];
  return { said, out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
}

describe('a request to a sidecar whose engine is silent', () => {
  it('is answered in time, and what it asked for is not done later', async () => {
    const engine = createMemoryEngine();
    const { pod, remove } = await startTestSidecar({ settings, engine });
    cleanups.push(remove);
    engine.evict(ip('198.51.100.7'));
    const clear = engine.clearEvictions.bind(engine);
    const isAnswering = Promise.withResolvers<undefined>();
    let wantedLater: boolean | undefined;
    engine.clearEvictions = async (which, signal, wanted) => {
      await isAnswering.promise;
      wantedLater = wanted?.aborted === false;
      return await clear(which, signal, wanted);
    };
    const { said, ...to } = output();
    expect(await clearEvictions(pod.paths.agentSocket, 'all', to)).toBe(1);
    expect(said).toEqual([
      'mesh-agent evictions: The engine has not answered for 5 s; see engine in /status. "mesh-agent evictions list" says who is still kept out; ask again when the engine answers.\n',
    ]);
    isAnswering.resolve(undefined);
    expect(await listEvictions(pod.paths.agentSocket, to)).toBe(0);
    expect(wantedLater).toBe(false);
  });

  it.each(['ends the connection', 'says nothing'])(
    'is a failure that says where to look when the sidecar %s',
    async (how) => {
      const pod = await createPodFolder(settings);
      cleanups.push(() => pod.remove());
      const socket = path.join(pod.root, 'silent.sock');
      const server = net.createServer((connection) => {
        connection.resume();
        if (how === 'ends the connection') connection.once('data', () => connection.end());
      });
      server.listen(socket);
      await once(server, 'listening');
      cleanups.push(() => server.close());
      await expect(askSidecar(socket, { kind: 'log-level' }, logLevelResponse)).rejects.toMatchObject({
        code: 'no-answer-in-time',
        message: 'The agent gave no answer in time; does the engine answer? See engine in /status.',
      });
    },
    15_000,
  );
});

describe('a request that is longer than any', () => {
  it('is not answered, and not done either', async () => {
    const engine = createMemoryEngine();
    const { pod, remove } = await startTestSidecar({ settings, engine });
    cleanups.push(remove);
    engine.evict(ip('198.51.100.7'));
    const ask = async (text: string) => {
      const connection = net.connect(pod.paths.agentSocket);
      connection.on('error', () => connection.destroy());
      connection.end(text);
      let said = '';
      for await (const piece of connection.setEncoding('utf8') as AsyncIterable<string>) said += piece;
      return said;
    };
    const request = JSON.stringify({ kind: 'clear-evictions', which: 'all' });
    expect(await ask(`${request}${' '.repeat(1000)}\n`).catch(() => '')).toBe('');
    expect(await ask(`${request}\n${'x'.repeat(1000)}`).catch(() => '')).toBe('');
    expect(engine.evictions()).toHaveLength(1);
    expect(await ask(`${request}\n`)).toContain('198.51.100.7');
    expect(engine.evictions()).toHaveLength(0);
  });
});
