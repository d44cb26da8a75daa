import type { IpAddress } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import { beforeEach, describe, expect, it } from 'vitest';
import { scriptedVty, type ScriptedVty } from '../../test/scripted-vty.ts';
import type { HeardSession } from './bmp/heard-peers.ts';
import { createSessionReader, type SessionReader } from './session-reader.ts';

const never = new AbortController().signal;
const family = 'l2vpn evpn';
const since = 1_795_354_168;
const question = /^show bgp neighbors (\S+) json$/;

interface Neighbor {
  readonly state: string;
  readonly connectionsEstablished?: number;
  readonly connectionsDropped?: number;
  readonly msgRcvd?: number;
  readonly peerUptimeMsec?: number;
  readonly peerUptimeEstablishedEpoch?: number;
}

let neighbors: Map<string, Neighbor>;
let heard: Map<IpAddress, HeardSession>;
let nowMs: number;
let vty: ScriptedVty;
let reader: SessionReader;
/** What bgpd says of one neighbor. */
let details: (name: string) => object;

beforeEach(() => {
  neighbors = new Map();
  heard = new Map();
  details = () => ({ remoteRouterId: '192.0.2.1', lastResetDueTo: 'Peer closed the session' });
  nowMs = 1_000_000;
  reader = createSessionReader(
    (at) => heard.get(at),
    () => nowMs,
  );
  vty = scriptedVty((command) => {
    const [, name] = question.exec(command) ?? [];
    if (name !== undefined) return { output: JSON.stringify({ [name]: details(name) }) };
    return { output: JSON.stringify({ peers: Object.fromEntries([...neighbors].map(([at, one]) => [at, row(one)])) }) };
  });
});

describe('a look at the sessions', () => {
  it.each([1000, 5000])('asks one question for %i clients that BMP told of, and never for all', async (count) => {
    for (const at of clients(count)) up(at);
    const asked = await look();

    expect(asked).toEqual(['show bgp l2vpn evpn summary json']);
    expect(reader.isWaiting()).toBe(false);
  });

  it.each([1000, 5000])('asks a bounded number of questions where nothing was heard of %i clients', async (count) => {
    for (const at of clients(count)) neighbors.set(at, established);
    const first = await look();
    expect(first).toHaveLength(101);
    expect(reader.isWaiting()).toBe(true);

    const asked = new Set(first.slice(1));
    for (let looks = 1; looks < count / 100; looks++) for (const each of (await look()).slice(1)) asked.add(each);

    expect(asked.size).toBe(count);
    expect(await look()).toHaveLength(1);
    expect(reader.isWaiting()).toBe(false);
  });

  it('asks for no neighbor again that cannot be reached, in whatever state it is', async () => {
    const dead = clients(250);
    for (const at of dead) neighbors.set(at, { state: 'Active' });
    for (let looks = 0; looks < 3; looks++) await look();
    for (const state of ['Connect', 'Idle', 'Active', 'OpenSent', 'Idle']) {
      for (const at of dead) neighbors.set(at, { state });
      expect(await look()).toHaveLength(1);
    }
  });

  it('asks again for one that is refused each time that it has spoken', async () => {
    neighbors.set('192.168.0.1', { state: 'Active', msgRcvd: 1 });
    await look();
    neighbors.set('192.168.0.1', { state: 'Idle', msgRcvd: 2 });

    expect(await look()).toHaveLength(2);
    expect(await look()).toHaveLength(1);
  });

  it('asks again for one whose session ended, and tells why it ended', async () => {
    up('192.168.0.1');
    await look();
    heard.clear();
    neighbors.set('192.168.0.1', { state: 'Active', connectionsEstablished: 1, connectionsDropped: 1 });
    expect(await look()).toHaveLength(2);

    const [told] = await tell();
    expect(told).toMatchObject({ lastResetReason: 'Peer closed the session' });
  });

  it('does not take one session for another because bgpd cuts seconds off', async () => {
    neighbors.set('192.168.0.1', established);
    await look();
    for (const jitter of [1, -1, 0, 1]) {
      neighbors.set('192.168.0.1', { ...established, peerUptimeEstablishedEpoch: since + jitter });
      expect(await look()).toHaveLength(1);
    }
    neighbors.set('192.168.0.1', { ...established, peerUptimeEstablishedEpoch: since + 2 });
    expect(await look()).toHaveLength(2);
  });

  it('asks again for a session that began anew within a second, when it was heard', async () => {
    neighbors.set('192.168.0.1', established);
    await look();
    reader.begin(address('192.168.0.1'));

    expect(await look()).toHaveLength(2);
  });

  it('tells what was heard of this session, and of no earlier one', async () => {
    up('192.168.0.1', { routerId: address('192.0.2.77') });
    expect(await tell()).toMatchObject([{ remoteRouterId: '192.0.2.77' }]);

    // Up for five seconds, as bgpd cuts them off.
    nowMs += 6000;
    expect(await tell()).toMatchObject([{ remoteRouterId: '192.0.2.77' }]);

    nowMs += 1;
    expect(await tell()).toMatchObject([{ remoteRouterId: '192.0.2.1' }]);
  });

  it('tells nothing of a neighbor of which nothing is known', async () => {
    details = () => ({ remoteRouterId: 7 });
    neighbors.set('192.168.0.1', established);

    expect(await tell()).toEqual([{ endOfRib: { received: false, sent: false }, knowsGracefulRestart: false }]);
    expect(reader.odd()).toEqual([expect.stringContaining('neighbor 192.168.0.1: "remoteRouterId')]);
    details = () => ({});
    reader.begin(address('192.168.0.1'));
    await look();
    expect(reader.odd()).toEqual([]);
  });

  it('passes over a neighbor that is no address, by name', async () => {
    neighbors.set('eth0', { state: 'Idle' });
    up('192.168.0.1');

    expect(await tell()).toHaveLength(1);
    expect(reader.odd()).toEqual(['neighbor "eth0" is no address']);
  });
});

describe('End-of-RIB', () => {
  const awaited = {
    neighborCapabilities: { gracefulRestart: 'received' },
    gracefulRestartInfo: { endOfRibSend: { l2VpnEvpn: true }, endOfRibRecv: {} },
  };

  it('is asked for until it came, where the client knows graceful restart', async () => {
    details = () => awaited;
    up('192.168.0.1', { knowsGracefulRestart: true });
    for (let looks = 0; looks < 3; looks++) expect(await look()).toHaveLength(2);
    expect(reader.isWaiting()).toBe(true);

    details = () => ({
      ...awaited,
      gracefulRestartInfo: { endOfRibSend: { l2VpnEvpn: true }, endOfRibRecv: { l2VpnEvpn: true } },
    });
    expect(await tell()).toMatchObject([{ endOfRib: { received: true, sent: true } }]);
    expect(await look()).toHaveLength(1);
    expect(reader.isWaiting()).toBe(false);
  });

  it('that never comes is not waited for without end', async () => {
    details = () => awaited;
    up('192.168.0.1', { knowsGracefulRestart: true });
    neighbors.set('192.168.0.1', { ...established, peerUptimeMsec: 600_000 });
    await look();
    await look();

    expect(reader.isWaiting()).toBe(false);
  });

  it('of many is asked for in turn: who comes back for ever keeps nobody waiting', async () => {
    details = () => awaited;
    const all = clients(250);
    for (const at of all) up(at, { knowsGracefulRestart: true });
    const asked = new Map<string, number>();
    for (let looks = 0; looks < 10; looks++) {
      // A hundred of them begin anew before each look.
      for (const at of all.slice(0, 100)) reader.begin(address(at));
      for (const command of (await look()).slice(1)) asked.set(command, (asked.get(command) ?? 0) + 1);
    }

    // Ten looks with a hundred questions each are four for each of them, and one more or less by whose turn it is.
    expect(asked.size).toBe(250);
    expect(Math.min(...asked.values())).toBeGreaterThanOrEqual(3);
    expect(Math.max(...asked.values())).toBeLessThanOrEqual(5);
  });
});

const established: Neighbor = {
  state: 'Established',
  connectionsEstablished: 1,
  peerUptimeMsec: 5000,
  peerUptimeEstablishedEpoch: since,
};

function row(neighbor: Neighbor): object {
  return { remoteAs: 65001, dynamicPeer: true, hostname: 'leaf', ...neighbor };
}

function up(at: string, facts: Partial<HeardSession> = {}): void {
  neighbors.set(at, established);
  heard.set(address(at), { ...fact(at), ...facts });
}

function fact(at: string): HeardSession {
  return { address: address(at), heardAtMs: nowMs, knowsGracefulRestart: false };
}

function clients(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `10.1.${String(index >> 8)}.${String(index & 255)}`);
}

/** The questions of one look. */
async function look(): Promise<readonly string[]> {
  const before = vty.asked.length;
  const peers = await reader.peers(vty, family, never);
  await reader.details(vty, family, peers, never);
  return vty.asked.slice(before);
}

async function tell() {
  const peers = await reader.peers(vty, family, never);
  const of = await reader.details(vty, family, peers, never);
  return peers.map((peer) => of(peer));
}
