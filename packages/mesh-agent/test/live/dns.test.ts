import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lookUp } from '../../src/sources/dns/look-up.ts';
import { parseResolvConf } from '../../src/sources/dns/resolv-conf.ts';
import { eventually } from '@meshrs/test-kit/wait';
import { createMemoryEngine } from '../memory-engine.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { get, peersOf, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { recordTtlSeconds, startDnsmasq, type Dnsmasq } from './dnsmasq.ts';

const peers = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'];
const self = '192.0.2.200';

let dnsmasq: Dnsmasq;
let started: TestSidecar | undefined;
beforeAll(async () => {
  dnsmasq = await startDnsmasq();
});
afterAll(async () => {
  await dnsmasq.end();
});
afterEach(async () => {
  await started?.remove();
  started = undefined;
});

const resolvConf = (search = 'mesh.example') =>
  `search ${search}\nnameserver ${dnsmasq.address}\noptions ndots:5 timeout:1 attempts:1\n`;
const ask = (name: string, search = 'mesh.example') =>
  lookUp(name, parseResolvConf(resolvConf(search)), new AbortController().signal);

describe('a look at a real name server', () => {
  it('gives A and AAAA records with their time to live, through the search domains', async () => {
    await dnsmasq.publish('both', ['203.0.113.7', '2001:db8::7']);
    expect(await ask('both', 'wrong.mesh.example mesh.example')).toEqual({
      name: 'both.mesh.example',
      addresses: ['203.0.113.7', '2001:db8::7'],
      ttlSeconds: recordTtlSeconds,
    });
  });

  it('asks over TCP when the answer is truncated', async () => {
    const many = Array.from({ length: 200 }, (_, host) => `203.0.113.${String(host + 1)}`);
    await dnsmasq.publish('many', many);
    expect([...(await ask('many')).addresses].sort()).toEqual([...many].sort());
  });

  it.each([
    ['nobody', 'dns-name-not-found', 'NXDOMAIN'],
    ['rs.servfail.example.', 'dns-server-failed', 'SERVFAIL'],
    ['rs.refused.example.', 'dns-refused', 'REFUSED'],
    ['rs.timeout.example.', 'dns-timeout', 'in time'],
  ])('fails for %s with %s', async (name, code, words) => {
    await expect(ask(name)).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  it('tells a name without addresses from a name that does not exist', async () => {
    expect(await ask('rs', 'txt.example')).toEqual({ name: 'rs.txt.example', addresses: [] });
  });

  it('fails when nobody listens there', async () => {
    const nobody = parseResolvConf('nameserver 127.77.77.77\noptions timeout:1 attempts:1\n');
    await expect(lookUp('a.example', nobody, new AbortController().signal)).rejects.toMatchObject({
      code: 'dns-timeout',
    });
  });

  it('does not ask a later search domain when an earlier one fails, because the answer may lie there', async () => {
    await expect(ask('both', 'servfail.example mesh.example')).rejects.toMatchObject({ code: 'dns-server-failed' });
  });
});

describe('the mesh while the name server has a fault', () => {
  const engine = () => createMemoryEngine();

  async function startWith() {
    await dnsmasq.publish('rs', [...peers, self]);
    const running = engine();
    const settings = settingsText({ source: '{sourcetype: dns, hostname: rs}' }).replace(
      '  - name: MESHRR-CLIENTS',
      `  - name: MESHRR-OTHER\n    type: mesh\n    source: ${staticSource('203.0.113.99')}\n  - name: MESHRR-CLIENTS`,
    );
    started = await startTestSidecar({
      settings,
      engine: running,
      updateSeconds: 1,
      timing: { secondLookMs: 1500 },
      prepare: (pod) => writeFile(pod.paths.resolvConf, resolvConf()),
    });
    const test = started;
    await eventually(
      () => peersOf(running),
      (seen) => seen.length === peers.length,
    );
    return { engine: running, test };
  }

  /** Each fault, as a change of what stands in resolv.conf or in the name server. */
  const faults: readonly (readonly [string, string, (sidecar: TestSidecar) => Promise<void>])[] = [
    ['NXDOMAIN', 'dns-name-not-found', () => dnsmasq.publish('rs', [])],
    ['SERVFAIL', 'dns-server-failed', (test) => writeFile(test.pod.paths.resolvConf, resolvConf('servfail.example'))],
    ['REFUSED', 'dns-refused', (test) => writeFile(test.pod.paths.resolvConf, resolvConf('refused.example'))],
    ['a timeout', 'dns-timeout', (test) => writeFile(test.pod.paths.resolvConf, resolvConf('timeout.example'))],
    ['only this route server left', 'only-self', () => dnsmasq.publish('rs', [self])],
    ['an empty answer', 'empty-answer', (test) => writeFile(test.pod.paths.resolvConf, resolvConf('txt.example'))],
  ];

  it.each(faults)(
    'keeps every peer on %s, says so once, counts it, and recovers',
    async (_, code, breakIt) => {
      // The fault of an empty answer: a name that exists without addresses.
      await dnsmasq.publish('rs', [...peers, self]);
      const { engine: running, test } = await startWith();
      await breakIt(test);
      const doubted = await eventually(
        () => test.sidecar.status(),
        ({ groups }) => groups.some(({ source }) => source.doubt !== undefined),
      );
      const doubt = doubted.groups.find(({ name }) => name === 'MESHRR-CORE')?.source.doubt;
      expect(doubt?.kind === 'source-failed' ? doubt.code : doubt?.kind).toBe(code);
      // Several looks later everything is as it was, and the other group too.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(peersOf(running)).toEqual(peers);
      expect(running.applied.at(-1)?.meshGroups[1]?.neighbors).toEqual(['203.0.113.99']);
      expect(test.events().filter((event) => event === 'source-doubted')).toHaveLength(1);
      expect((await get(test.address, '/metrics')).body).toMatch(
        /meshrs_source_doubt\{group="MESHRR-CORE",kind="[a-z-]+"\} 1/,
      );

      await dnsmasq.publish('rs', [...peers, self, '203.0.113.5']);
      await writeFile(test.pod.paths.resolvConf, resolvConf());
      await eventually(
        () => peersOf(running),
        (seen) => seen.length === 5,
        8000,
      );
      expect(test.events()).toContain('source-recovered');
    },
    30_000,
  );

  it('removes peers of an authoritative scale-down, many of them only at the second look', async () => {
    const { engine: running, test } = await startWith();
    await dnsmasq.publish('rs', [...peers.slice(0, 2), self]);
    await eventually(
      () => peersOf(running),
      (seen) => seen.length === 2,
      8000,
    );
    await new Promise((resolve) => setTimeout(resolve, 1600));
    await dnsmasq.publish('rs', ['203.0.113.50', self]);
    await eventually(
      () => test.events(),
      (events) => events.includes('source-doubted'),
      8000,
    );
    expect(peersOf(running)).toEqual([...peers.slice(0, 2), '203.0.113.50']);
    await eventually(
      () => peersOf(running),
      (seen) => seen.length === 1,
      8000,
    );
    expect(peersOf(running)).toEqual(['203.0.113.50']);
  }, 30_000);
});
