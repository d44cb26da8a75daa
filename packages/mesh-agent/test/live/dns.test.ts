import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lookUp } from '../../src/sources/dns/look-up.ts';
import { parseResolvConf } from '../../src/sources/dns/resolv-conf.ts';
import { eventually } from '@meshrs/test-kit/wait';
import { createMemoryEngine } from '../memory-engine.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { get, peersOf, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { recordTtlSeconds, startDnsmasq, type Dnsmasq, type Half } from './dnsmasq.ts';

const peers = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'];
const self = '192.0.2.200';
/** In the client range of the settings. */
const clientOfRange = '198.51.100.9';

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
      notUnderstood: [],
    });
  });

  it('reads addresses as the C library prints them, with an IPv4 one inside', async () => {
    await dnsmasq.publish('mapped', ['::ffff:203.0.113.7', '2001:db8::1', '::203.0.113.9']);
    const { addresses, notUnderstood } = await ask('mapped');
    expect([...addresses].sort()).toEqual(['2001:db8::1', '::cb00:7109', '::ffff:cb00:7107']);
    expect(notUnderstood).toEqual([]);
  });

  it('passes over a name server that is no address, and names it', async () => {
    await dnsmasq.publish('odd-server', ['203.0.113.7']);
    const settings = parseResolvConf(`nameserver dns.example\n${resolvConf()}nameserver 300.1.1.1\n`);
    const answer = await lookUp('odd-server', settings, new AbortController().signal);
    expect(answer).toMatchObject({
      addresses: ['203.0.113.7'],
      notUnderstood: ['nameserver "dns.example" of resolv.conf', 'nameserver "300.1.1.1" of resolv.conf'],
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
    expect(await ask('rs', 'txt.example')).toEqual({ name: 'rs.txt.example', addresses: [], notUnderstood: [] });
  });

  it('fails when nobody listens there', async () => {
    const nobody = parseResolvConf('nameserver 127.77.77.77\noptions timeout:1 attempts:1\n');
    await expect(lookUp('a.example', nobody, new AbortController().signal)).rejects.toMatchObject({
      code: 'dns-timeout',
    });
  });

  it.each<[string, Half, string]>([
    ['A alone, AAAA fails', { type: 'A', address: '203.0.113.9', ttlSeconds: 5, other: 'failed' }, 'dns-server-failed'],
    ['A alone, AAAA is silent', { type: 'A', address: '203.0.113.9', ttlSeconds: 5, other: 'silent' }, 'dns-timeout'],
    [
      'AAAA alone, A fails',
      { type: 'AAAA', address: '2001:db8::9', ttlSeconds: 5, other: 'failed' },
      'dns-server-failed',
    ],
    [
      'AAAA alone, A is silent',
      { type: 'AAAA', address: '2001:db8::9', ttlSeconds: 5, other: 'silent' },
      'dns-timeout',
    ],
  ])('takes one family although the other is not to be had: %s', async (_, half, code) => {
    dnsmasq.answerHalf(half);
    const started = performance.now();
    expect(await ask(`${half.type}-${half.other}.half.example.`)).toMatchObject({
      addresses: [half.address],
      ttlSeconds: 5,
      unheard: { family: half.type === 'A' ? 'ipv6' : 'ipv4', failure: { code } },
    });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('does not wait for the whole patience of a family that is silent', async () => {
    dnsmasq.answerHalf({ type: 'A', address: '203.0.113.9', ttlSeconds: 5, other: 'silent' });
    const patient = parseResolvConf(`nameserver ${dnsmasq.address}\noptions timeout:30 attempts:5\n`);
    const answer = await lookUp('patient.half.example.', patient, new AbortController().signal);
    expect(answer).toMatchObject({ addresses: ['203.0.113.9'], unheard: { family: 'ipv6' } });
  });

  it.each([0, 1, 2 ** 31 - 1])('gives a time to live of %d as it is', async (ttlSeconds) => {
    dnsmasq.answerHalf({ type: 'A', address: '203.0.113.9', ttlSeconds, other: 'failed' });
    expect((await ask(`ttl-${String(ttlSeconds)}.half.example.`)).ttlSeconds).toBe(ttlSeconds);
  });

  it('reads an answer of as many records as fit into one, over TCP', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, host) => `10.9.${String(Math.floor(host / 250))}.${String(host % 250)}`,
    );
    const other = await startDnsmasq();
    await other.publish('thousands', many);
    const settings = parseResolvConf(`nameserver ${other.address}\n`);
    const answer = await lookUp('thousands.mesh.example.', settings, new AbortController().signal);
    await other.end();
    expect([...answer.addresses].sort()).toEqual([...many].sort());
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
      `    manyLeavingSeconds: 5\n  - name: MESHRR-OTHER\n    type: mesh\n    source: ${staticSource('203.0.113.99')}\n  - name: MESHRR-CLIENTS`,
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
    ['127.0.0.1 alone', 'only-special', () => dnsmasq.publish('rs', ['127.0.0.1'])],
    [
      "addresses that are nobody's",
      'only-special',
      () => dnsmasq.publish('rs', ['0.0.0.0', '224.0.0.1', '::1', 'fe80::1']),
    ],
    ['127.0.0.1 beside this route server', 'only-special', () => dnsmasq.publish('rs', ['127.0.0.1', self])],
    ['an address of a client range alone', 'only-special', () => dnsmasq.publish('rs', [clientOfRange])],
    [
      'an address of a client range beside this route server',
      'only-special',
      () => dnsmasq.publish('rs', [self, clientOfRange]),
    ],
    ['another set as a whole', 'many-leaving', () => dnsmasq.publish('rs', ['127.0.0.1', peers[0] ?? ''])],
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

  it('removes peers of an authoritative scale-down at the second look, many of them only after the longer time', async () => {
    const { engine: running, test } = await startWith();
    await dnsmasq.publish('rs', [...peers.slice(0, 2), self]);
    await eventually(
      () => peersOf(running),
      (seen) => seen.length === 2,
      8000,
    );
    expect(test.events()).not.toContain('source-doubted');
    const before = performance.now();
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
      15_000,
    );
    expect(performance.now() - before).toBeGreaterThan(5000);
    expect(peersOf(running)).toEqual(['203.0.113.50']);
  });

  it("leaves out by name what can be nobody's address or a client has, and has one session with each of both families", async () => {
    const { engine: running, test } = await startWith();
    await dnsmasq.publish('rs', [
      ...peers,
      self,
      '203.0.113.5',
      '2001:db8::5',
      '127.0.0.1',
      '239.1.1.1',
      '::1',
      '::ffff:203.0.113.6',
      clientOfRange,
    ]);
    await eventually(
      () => peersOf(running),
      (seen) => seen.length === 5,
      8000,
    );
    expect(peersOf(running)).toEqual([...peers, '203.0.113.5']);
    const { groups } = await test.sidecar.status();
    expect(groups.find(({ name }) => name === 'MESHRR-CORE')?.leftOut).toEqual([
      { address: '2001:db8::5', reason: 'other-family' },
      { address: '127.0.0.1', reason: 'special-address' },
      { address: clientOfRange, reason: 'client-range' },
      { address: '239.1.1.1', reason: 'special-address' },
      { address: '::1', reason: 'special-address' },
      { address: '::ffff:cb00:7106', reason: 'special-address' },
    ]);
  });

  it('keeps the peers of a family that fails, and adds those of the other one', async () => {
    dnsmasq.answerHalf({ type: 'AAAA', address: '2001:db8::7', ttlSeconds: 1, other: 'failed' });
    const { engine: running, test } = await startWith();
    await writeFile(test.pod.paths.resolvConf, resolvConf('half.example'));
    const doubted = await eventually(
      () => test.sidecar.status(),
      ({ groups }) => groups.some(({ source }) => source.doubt !== undefined),
    );
    expect(doubted.groups.find(({ name }) => name === 'MESHRR-CORE')).toMatchObject({
      source: { doubt: { kind: 'source-failed', code: 'dns-server-failed' } },
      published: [...peers, '2001:db8::7'],
    });
    expect(peersOf(running)).toEqual(peers);
  });
});
