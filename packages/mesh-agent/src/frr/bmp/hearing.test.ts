import { address, asn } from '@meshrs/network/test-data';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '@meshrs/test-kit/wait';
import { scriptedVty, type ScriptedVty } from '../../../test/scripted-vty.ts';
import { EngineFailure } from '../../engine/engine-failure.ts';
import { initiation, peerDown, peerUp } from './bmp.test-data.ts';
import { createHearing, type Hearing } from './hearing.ts';

const never = new AbortController().signal;
const router = { asn: asn(65000), isListening: false };
const listening = { ...router, isListening: true };
const one = { address: '192.168.1.1' };

/** A bgpd: its BMP listener is there once the command came, as for real; `says` is what it tells each who connects. */
let says: Buffer = initiation;
let server: Server;
let sockets: Socket[] = [];
let port = 0;
let now = 0;
let told: string[] = [];
let hearing: Hearing;
let vty: ScriptedVty;
let rejected: string | undefined;
let isHeardOf = true;

beforeEach(async () => {
  says = initiation;
  sockets = [];
  now = 0;
  told = [];
  rejected = undefined;
  isHeardOf = true;
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(says);
  });
  // A port of its own that nobody listens at until bgpd is told to.
  await listen(0);
  port = (server.address() as AddressInfo).port;
  await stopListening();
  hearing = createHearing({
    listener: { address: '127.0.0.1', port },
    now: () => now,
    onSessionsChanged: () => told.push('changed'),
    onSessionBegan: (at) => told.push(`began ${at}`),
    onSessionEnded: ({ address: at, by }) => told.push(`ended ${at} by ${by}`),
  });
  vty = bgpd();
});
afterEach(async () => {
  hearing.close();
  await stopListening();
});

describe('bgpd is heard', () => {
  it('after it was told to listen, dialled, and asked whether it is it', async () => {
    says = Buffer.concat([initiation, peerUp(one, { restartSeconds: 60 })]);
    await hearing.ensure(vty, router, never);

    expect(hearing.problem()).toBeUndefined();
    expect(vty.asked).toEqual([
      'configure terminal',
      'router bgp 65000',
      'bmp targets MESHRS',
      `bmp listener 127.0.0.1 port ${String(port)}`,
      'end',
      'show bmp',
    ]);
    await waitFor(
      'it told of the session',
      () => hearing.of(address('192.168.1.1')),
      (up) => up?.knowsGracefulRestart === true,
    );
    await hearing.ensure(vty, listening, never);
    expect(sockets).toHaveLength(1);
  });

  it('of sessions that begin and end, and whoever ended them', async () => {
    await heard();
    sockets[0]?.write(peerUp(one));
    await waitForTold('began 192.168.1.1');
    sockets[0]?.write(peerDown(one, 2));
    await waitForTold('ended 192.168.1.1 by engine');

    expect(hearing.of(address('192.168.1.1'))).toBeUndefined();
    expect(told.filter((text) => text === 'changed').length).toBeGreaterThanOrEqual(2);
  });

  it('of no end of a session that never was: so bgpd calls each neighbor without one', async () => {
    says = Buffer.concat([initiation, peerDown(one, 2), peerUp({ address: '192.168.1.2' })]);
    await heard();
    await waitForTold('began 192.168.1.2');

    expect(told.filter((text) => text.startsWith('ended'))).toEqual([]);
  });

  it('again after the connection ended, not sooner than after a pause that grows', async () => {
    await heard();
    sockets[0]?.destroy();
    await waitForTold('changed');
    expect(hearing.problem()).toContain('the BMP connection ended');

    await hearing.ensure(vty, listening, never);
    expect(sockets).toHaveLength(1);
    now += 1000;
    await hearing.ensure(vty, listening, never);
    expect(hearing.problem()).toBeUndefined();
    expect(sockets).toHaveLength(2);
  });

  it('never after what is no BMP: that ends the connection', async () => {
    await heard();
    sockets[0]?.write(Buffer.from('%MAXPFXEXCEED: No. of x prefix received from 192.168.1.1\n'));
    await waitForTold('changed');

    expect(hearing.problem()).toContain('is not BMP');
    expect(told.filter((text) => text.startsWith('ended'))).toEqual([]);
  });
});

describe('nothing is accepted, and it is said why', () => {
  it('of another process that answers at the port', async () => {
    isHeardOf = false;
    says = Buffer.concat([initiation, peerUp(one), peerDown(one, 2)]);
    await hearing.ensure(vty, router, never);

    expect(hearing.problem()).toBe(`another process than bgpd answers at 127.0.0.1:${String(port)}`);
    expect(told).toEqual([]);
    expect(hearing.of(address('192.168.1.1'))).toBeUndefined();
  });

  it('of who listens at the port before bgpd was asked: it is not even dialled', async () => {
    await listen(port);
    await hearing.ensure(vty, router, never);

    expect(hearing.problem()).toContain('is taken');
    expect(vty.asked).toEqual([]);
    expect(sockets).toEqual([]);
  });

  it('of a bgpd without the module, which is asked once in its life', async () => {
    rejected = '% Unknown command: bmp targets MESHRS';
    await hearing.ensure(vty, router, never);
    now += 3_600_000;
    await hearing.ensure(vty, router, never);

    expect(hearing.problem()).toContain('without its BMP module (-M bmp)');
    expect(vty.asked).toEqual(['configure terminal', 'router bgp 65000', 'bmp targets MESHRS', 'end']);
    rejected = undefined;
    hearing.startAnew('the next life');
    await hearing.ensure(vty, router, never);
    expect(hearing.problem()).toBeUndefined();
  });

  it('of a listener that somebody else took away: whoever connects to a forgotten one ends bgpd', async () => {
    await heard();
    sockets[0]?.destroy();
    await waitForTold('changed');
    now += 5000;
    const before = vty.asked.length;
    await hearing.ensure(vty, router, never);
    now += 3_600_000;
    await hearing.ensure(vty, router, never);
    // The same process over a new connection of the agent.
    hearing.startAnew('');
    await hearing.ensure(vty, router, never);

    expect(hearing.problem()).toContain('somebody else took its BMP listener away');
    expect(vty.asked.slice(before)).toEqual([]);
    expect(sockets).toHaveLength(1);
  });

  it('while no router runs', async () => {
    await hearing.ensure(vty, undefined, never);

    expect(hearing.problem()).toBe('no router bgp runs');
    expect(vty.asked).toEqual([]);
  });

  it('of a listener that says nothing', async () => {
    says = Buffer.alloc(0);
    await hearing.ensure(vty, router, never);

    expect(hearing.problem()).toContain('said nothing');
  });
});

describe('before its router goes', () => {
  it('the listener is taken away, and set anew for the next', async () => {
    await heard();
    const before = vty.asked.length;
    await hearing.release(vty, asn(65000), never);

    expect(vty.asked.slice(before)).toEqual([
      'configure terminal',
      'router bgp 65000',
      'bmp targets MESHRS',
      `no bmp listener 127.0.0.1 port ${String(port)}`,
      'end',
    ]);
    await hearing.ensure(vty, { asn: asn(65001), isListening: false }, never);
    expect(hearing.problem()).toBeUndefined();
  });

  it('nothing is asked of a bgpd that was not told to listen', async () => {
    await hearing.release(vty, asn(65000), never);
    expect(vty.asked).toEqual([]);
  });
});

it('a bgpd that is gone is a failure of the whole', async () => {
  const gone = scriptedVty(() => {
    throw new EngineFailure('gone', { code: 'engine-lost', engine: 'frr', operation: 'x', retryable: true });
  });
  await expect(hearing.ensure(gone, router, never)).rejects.toMatchObject({ code: 'engine-lost' });
});

async function heard(): Promise<void> {
  await hearing.ensure(vty, router, never);
  expect(hearing.problem()).toBeUndefined();
}

async function waitForTold(text: string): Promise<void> {
  await waitFor(
    text,
    () => told,
    (all) => all.includes(text),
  );
}

function bgpd(): ScriptedVty {
  let wantsToListen: Promise<void> | undefined;
  const script = scriptedVty((command) => {
    if (command === 'bmp targets MESHRS' && rejected !== undefined) return { status: 2, output: rejected };
    if (command.startsWith('bmp listener')) wantsToListen = listen(port);
    if (command.startsWith('no bmp listener')) wantsToListen = stopListening();
    if (command === 'show bmp' && isHeardOf) {
      return { output: sockets.map((socket) => ` 127.0.0.1:${String(socket.remotePort)}   00:00:01   0\n`).join('') };
    }
    return {};
  });
  return {
    ...script,
    command: async (text, signal) => {
      const answer = await script.command(text, signal);
      await wantsToListen;
      return answer;
    },
  };
}

function listen(at: number): Promise<void> {
  return new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
}

async function stopListening(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}
