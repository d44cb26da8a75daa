import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from '../../src/sources/kubernetes/api-client.ts';
import { inClusterAccess } from '../../src/sources/kubernetes/in-cluster.ts';
import { kubeconfigAccess } from '../../src/sources/kubernetes/kubeconfig.ts';
import { eventually } from '@meshrs/test-kit/wait';
import { createMemoryEngine, type MemoryEngine } from '../memory-engine.ts';
import { settingsText } from '../settings-text.ts';
import { peersOf, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { deleteSlice, publishSlice, startKubeApi, type KubeApi } from './kube-api.ts';
import { createScratch } from '@meshrs/test-kit/scratch';

const scratch = createScratch();
const account = join(scratch.folder, 'serviceaccount');
const slices = '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices';
const peer = (number: number) => ({ pod: `rs-${String(number)}`, address: `203.0.113.${String(number)}` });
const self = { pod: 'rs-a-0', address: '203.0.113.200' };

let api: KubeApi;
let client: ApiClient;
let engine: MemoryEngine;
let test: TestSidecar | undefined;

beforeAll(async () => {
  api = await startKubeApi();
  mkdirSync(account);
  writeFileSync(join(account, 'ca.crt'), api.ca());
});
afterAll(async () => {
  await api.remove();
  scratch.remove();
});
beforeEach(async () => {
  useToken(api.tokens.agent);
  client = createApiClient(inClusterAccess(api, account));
  engine = createMemoryEngine();
  await publishSlice(api, 'core-1', [self, peer(1), { ...peer(2), isReady: false }]);
});
afterEach(async () => {
  await test?.remove();
  test = undefined;
  client.close();
});

function useToken(token: string): void {
  writeFileSync(join(account, 'token'), token);
}

async function startAgent(apiClient: ApiClient = client): Promise<TestSidecar> {
  test = await startTestSidecar({
    settings: settingsText({ source: '{sourcetype: kubernetes, service: meshrr-core}\n    manyLeavingSeconds: 5' }),
    engine,
    apiClient: () => apiClient,
    timing: { secondLookMs: 1500 },
  });
  return test;
}

const peersBecome = (count: number, timeoutMs = 8000) =>
  eventually(
    () => peersOf(engine),
    (seen) => seen.length === count,
    timeoutMs,
  );
const doubtOf = async (sidecar: TestSidecar) => (await sidecar.sidecar.status()).groups[0]?.source.doubt;

describe('the mesh by a real Kubernetes API', () => {
  it('takes peers ready or not, without itself, and follows what is added and taken away', async () => {
    await startAgent();
    expect(await peersBecome(2)).toEqual(['203.0.113.1', '203.0.113.2']);
    await publishSlice(api, 'core-2', [peer(3), peer(4)]);
    await peersBecome(4);
    await deleteSlice(api, 'core-2');
    // At the second look, which is a new list.
    await peersBecome(2);
    await publishSlice(api, 'core-1', [self, peer(5)]);
    // Both leave together: only after the longer time.
    expect(await doubtOf(await running())).toMatchObject({ kind: 'many-leaving' });
    expect(await peersBecome(1, 15_000)).toEqual(['203.0.113.5']);
  });

  it('follows a pod that is replaced: its new address at once, without the old one at the second look', async () => {
    const agent = await startAgent();
    await peersBecome(2);
    await publishSlice(api, 'core-1', [
      self,
      { pod: 'rs-1', address: '203.0.113.11' },
      { pod: 'rs-2', address: '203.0.113.12' },
    ]);
    await peersBecome(4);
    await peersBecome(2);
    expect(peersOf(engine)).toEqual(['203.0.113.11', '203.0.113.12']);
    expect(agent.events()).not.toContain('source-doubted');
  });

  it('has one session with a pod of both families, by IPv4 where both have it', async () => {
    const agent = await startAgent();
    await peersBecome(2);
    const six = (number: number) => ({ pod: `rs-${String(number)}`, address: `2001:db8::${String(number)}` });
    await publishSlice(api, 'core-6', [{ pod: self.pod, address: '2001:db8::200' }, six(1), six(2), six(3)]);
    expect(await peersBecome(3)).toEqual(['203.0.113.1', '203.0.113.2', '2001:db8::3']);
    expect((await agent.sidecar.status()).groups[0]?.leftOut).toEqual([
      { address: '2001:db8::1', reason: 'other-family' },
      { address: '2001:db8::2', reason: 'other-family' },
    ]);
    await deleteSlice(api, 'core-6');
  });

  it('keeps every peer while the API is gone, says so once, and goes on when it is back', async () => {
    const agent = await startAgent();
    await peersBecome(2);
    await api.kill();
    await eventually(
      () => doubtOf(agent),
      (doubt) => doubt?.kind === 'source-failed',
    );
    // It has looked in vain again and again before the test takes it that nothing comes of it.
    const looks = new Set<string | undefined>();
    await eventually(
      async () => looks.add((await agent.sidecar.status()).groups[0]?.source.lastLookAt).size,
      (count) => count >= 4,
      30_000,
    );
    expect(peersOf(engine)).toHaveLength(2);
    expect(agent.events().filter((event) => event === 'source-doubted')).toHaveLength(1);
    await api.start();
    await publishSlice(api, 'core-1', [self, peer(1), peer(2), peer(5)]);
    await peersBecome(3, 15_000);
    expect(agent.events()).toContain('source-recovered');
  });

  it('keeps every peer while the Service publishes nobody, or this route server alone', async () => {
    const agent = await startAgent();
    await peersBecome(2);
    await publishSlice(api, 'core-1', [self]);
    await eventually(
      () => doubtOf(agent),
      (doubt) => doubt?.kind === 'only-self',
    );
    await deleteSlice(api, 'core-1');
    await eventually(
      () => doubtOf(agent),
      (doubt) => doubt?.kind === 'empty-answer',
    );
    // The next answer comes through the same watch, and whatever the two before it did would be done by then.
    await publishSlice(api, 'core-1', [self, peer(1), peer(2), peer(5)]);
    await peersBecome(3);
    const counts = engine.applied.map(({ meshGroups }) => meshGroups[0]?.neighbors.length ?? 0);
    expect(counts.slice(counts.indexOf(2)).filter((count) => count < 2)).toEqual([]);
  });

  it('lists anew when its place in the history is gone', async () => {
    let requests: string[] = [];
    // An agent whose watch ended when nothing had come for long: its place is from before the compaction.
    const late: ApiClient = {
      ...client,
      get: (path, signal) => {
        requests.push('list');
        return client.get(path, signal);
      },
      watch: (path, onLine, signal) => {
        requests.push('watch');
        const place = requests.length <= 2 ? '1' : undefined;
        return client.watch(
          place ? path.replace(/resourceVersion=\d+/, `resourceVersion=${place}`) : path,
          onLine,
          signal,
        );
      },
    };
    await api.compact();
    await expect(
      client.watch(
        `${slices}?watch=1&resourceVersion=1`,
        (line) => {
          expect(line).toMatchObject({ type: 'ERROR', object: { code: 410 } });
          throw new Error('seen');
        },
        new AbortController().signal,
      ),
    ).rejects.toThrow();
    requests = [];
    const agent = await startAgent(late);
    await peersBecome(2);
    await publishSlice(api, 'core-1', [self, peer(1), peer(2), peer(6)]);
    await peersBecome(3);
    expect(requests).toEqual(['list', 'watch', 'list', 'watch']);
    expect(agent.events()).not.toContain('source-doubted');
  });

  it('reads its token again when the API refuses the old one', async () => {
    useToken('token-expired');
    const agent = await startAgent();
    await eventually(
      () => doubtOf(agent),
      (doubt) => doubt?.kind === 'source-failed' && doubt.code === 'api-unauthorized',
    );
    useToken(api.tokens.renewed);
    expect(await peersBecome(2)).toHaveLength(2);
  });

  it('says which right is missing', async () => {
    useToken(api.tokens.nobody);
    const agent = await startAgent();
    const doubt = await eventually(
      () => doubtOf(agent),
      (seen) => seen !== undefined,
    );
    expect(doubt).toMatchObject({
      code: 'api-forbidden',
      message: expect.stringContaining('verbs list and watch on endpointslices') as string,
    });
  });

  it('refuses an API that another CA has signed', async () => {
    const undeclared = inClusterAccess(api, account);
    const distrustful = createApiClient({
      server: undeclared.server,
      credentials: async () => ({ ...(await undeclared.credentials()), ca: otherCertificate }),
    });
    const agent = await startAgent(distrustful);
    const doubt = await eventually(
      () => doubtOf(agent),
      (seen) => seen !== undefined,
    );
    expect(doubt).toMatchObject({
      code: 'api-unreachable',
      message: expect.stringMatching(/CERT|SELF_SIGNED/) as string,
    });
  });

  it('works with a kubeconfig outside a cluster', async () => {
    const file = join(scratch.folder, 'kubeconfig');
    const kubeconfig = {
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'agent', namespace: 'meshrr' } }],
      clusters: [
        {
          name: 'test',
          cluster: {
            server: `https://${api.host}:${api.port}`,
            'certificate-authority-data': Buffer.from(api.ca()).toString('base64'),
          },
        },
      ],
      users: [{ name: 'agent', user: { token: api.tokens.agent } }],
    };
    writeFileSync(file, JSON.stringify(kubeconfig));
    await startAgent(createApiClient(await kubeconfigAccess(file)));
    expect(await peersBecome(2)).toHaveLength(2);
    writeFileSync(file, JSON.stringify({ ...kubeconfig, 'current-context': 'prod' }));
    await expect(kubeconfigAccess(file)).rejects.toThrow('current-context is "prod", and there are "test"');
  });
});

async function running(): Promise<TestSidecar> {
  const agent = test;
  if (!agent) throw new Error('no agent runs');
  await eventually(
    () => agent.events(),
    (events) => events.includes('source-doubted'),
  );
  return agent;
}

/** A certificate of nobody, made for this test: `openssl req -x509 -newkey ed25519 -nodes -days 36500 -subj /CN=nobody`. */
const otherCertificate = `-----BEGIN CERTIFICATE-----
MIIBODCB66ADAgECAhRGmbhcwWHBKy6Y3JsALNiIUNjsqTAFBgMrZXAwETEPMA0G
A1UEAwwGbm9ib2R5MCAXDTI2MTEyMjE0MDMzOFoYDzIxMjYxMDI5MTQwMzM4WjAR
MQ8wDQYDVQQDDAZub2JvZHkwKjAFBgMrZXADIQCmbk0STOVb4jTg62BB0mbrop+m
o0QBn5YrLRAKVsam6qNTMFEwHQYDVR0OBBYEFEdepo/QrE0GD1PDbaVYDzQCx2Ur
MB8GA1UdIwQYMBaAFEdepo/QrE0GD1PDbaVYDzQCx2UrMA8GA1UdEwEB/wQFMAMB
Af8wBQYDK2VwA0EA19gY3QLz1Z7HVzqMugOT8cbWxpS/gOMoGsENzxP7oOPwzx6U
O8XcXyLZTF+P1ajBiLkp0q6eU/SIz2RgAonhBg==
-----END CERTIFICATE-----
`;
