import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEventChannel, parseLogLine, type SessionEvent } from './event-channel.ts';

const head = (id: string) =>
  `<30>1 2026-11-22T13:35:36.900965Z routeserver-a-0 bgpd 25552 BGP [location@50145 tid="25552" id="${id}"] `;
const up = `${head('N9HHH-F8H1M')}%ADJCHANGE: neighbor 192.168.1.1(Unknown) in vrf default Up`;

describe('parseLogLine', () => {
  it.each([
    [up, { kind: 'up', address: '192.168.1.1' }],
    [
      `${head('PXVXG-TFNNT')}%ADJCHANGE: neighbor 2001:db8::1(dc1-leaf1) in vrf default Down Reached received prefix count`,
      { kind: 'down', address: '2001:db8::1' },
    ],
    [
      `${head('QAZ2C-BZRW5')}%MAXPFXEXCEED: No. of L2VPN EVPN prefix received from 192.168.1.2(Unknown) 4 exceed, limit 3`,
      { kind: 'maximum-prefix-exceeded', address: '192.168.1.2' },
    ],
  ])('hears %s', (line, event) => {
    expect(parseLogLine(line)).toEqual(event);
  });

  it.each([
    '',
    `${head('MCWSV-FHNYK')}%MAXPFX: No. of L2VPN EVPN prefix received from 192.168.1.2(Unknown) reaches 3, max 3`,
    `${head('VMFZK-56S5Y')}bgp_zebra_label_manager_connect: failed connecting synchronous zclient!`,
    `${head('x')}%NOTIFICATION: sent to neighbor 192.168.1.2 6/1 (Cease/Maximum Number of Prefixes Reached) 21 bytes`,
    `${head('x')}%ADJCHANGE: neighbor somebody in vrf default Up`,
  ])('passes over %j', (line) => {
    expect(parseLogLine(line)).toBeUndefined();
  });
});

describe('the channel', () => {
  it('puts together lines that come in pieces, and replaces the socket of an agent that crashed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshrs-events-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const socketPath = join(folder, 'agent.sock');
    writeFileSync(socketPath, 'left behind');
    const heard: SessionEvent[] = [];
    const channel = await openEventChannel(socketPath, (events) => heard.push(...events));
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);

    const bgpd = connect(socketPath);
    bgpd.write(`${up}\n${up.slice(0, 90)}`);
    await vi.waitFor(() => {
      expect(heard).toHaveLength(1);
    });
    bgpd.write(`${up.slice(90)}\n`);
    await vi.waitFor(() => {
      expect(heard).toHaveLength(2);
    });
    await channel.close();
    expect(() => statSync(socketPath)).toThrow('ENOENT');
  });

  it('keeps no endless line, and hears the line after it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshrs-events-'));
    const socketPath = join(folder, 'agent.sock');
    const heard: SessionEvent[] = [];
    const channel = await openEventChannel(socketPath, (events) => heard.push(...events));
    onTestFinished(async () => {
      await channel.close();
      rmSync(folder, { recursive: true });
    });
    const bgpd = connect(socketPath);
    const next = up.replace('192.168.1.1', '192.168.1.2');

    // More than a socket gives in one piece: by its end the line's beginning is gone.
    bgpd.write(`${up}${'x'.repeat(300_000)}\n${next}\n`);
    await vi.waitFor(() => {
      expect(heard).not.toEqual([]);
    });

    expect(heard).toEqual([{ kind: 'up', address: '192.168.1.2' }]);
  });

  it('fails where its folder is not there', async () => {
    await expect(openEventChannel('/nonexistent/agent.sock', () => undefined)).rejects.toMatchObject({
      code: 'events-not-available',
      engine: 'frr',
    });
  });
});
