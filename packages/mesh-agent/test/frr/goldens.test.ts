import { parseRunningConfig } from '@meshrs/router-config/frr';
import type { RouteServerIntent } from '@meshrs/contract';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cases, casesFolder, readCase } from '@meshrs/router-config/test-cases';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import type { SpeakerOptions } from './bgp-speaker.ts';
import { client } from './client.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { commandsOf, complaintsOf, isCommand } from '@meshrs/test-kit/frr-text';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines, showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

const golden = (name: string): string => readFileSync(join(casesFolder, name, 'expected/frr.conf'), 'utf8');

let last = 0;

describe.each(cases)('rendered configuration %s', (name) => {
  let bgpd: Bgpd;
  // For each test: what bgpd prints of the clients of one is no warning about the configuration.
  beforeEach(async () => {
    last += 1;
    bgpd = await lab.startBgpd(last, golden(name));
  });

  test('is loaded by bgpd without a warning, and runs as it was rendered', async () => {
    const running = await showRunningConfig(bgpd);

    expect(complaintsOf(bgpd.output())).toEqual([]);
    expect(commandsOf(running)).toEqual(commandsOf(golden(name)));
  });

  test('is read back as the same data', async () => {
    const { config, unknownLines } = parseRunningConfig(await showRunningConfig(bgpd));

    expect(unknownLines).toEqual([]);
    expect(config).toEqual(toFrrConfig(readCase(name)));
  });

  test('sent again changes nothing and resets no session', async () => {
    const clients = clientsOf(readCase(name), bgpd);
    await lab.startClients(clients);
    onTestFinished(async () => {
      await lab.ask({ kind: 'stop', addresses: clients.map(({ address }) => address), how: 'silent' });
    });
    await waitFor('every client is established', statuses, (all) => all.every(({ isEstablished }) => isEstablished));
    const before = await showRunningConfig(bgpd);
    const session = await openVty(bgpd);

    const rejected = await sendLines(session, [
      'configure terminal',
      ...golden(name).split('\n').filter(isCommand),
      'end',
    ]);
    session.close();

    expect(rejected).toEqual([]);
    expect(await showRunningConfig(bgpd)).toBe(before);
    await lab.ask({ kind: 'routes', address: clients[0]?.address ?? '', count: 1 });
    await waitFor('a route crosses', statuses, (all) => all.slice(1).every(({ heldRoutes }) => heldRoutes > 0));
    expect((await statuses()).map(({ establishedCount, dropCount }) => [establishedCount, dropCount])).toEqual(
      clients.map(() => [1, 0]),
    );

    async function statuses() {
      const all = await lab.ask({ kind: 'status', addresses: clients.map(({ address }) => address) });
      return Object.values(all);
    }
  });
});

test.each([
  ['a word that is none', ' neighbor MESHRR-CLIENTS ebgp-multihop 10', ' neighbor MESHRR-CLIENTS ebgp-multihopp 10'],
  ['a group that is not there', ' peer-group MESHRR-CORE\n', ' peer-group MESHRR-CORES\n'],
  ['an impossible value', ' timers 10 30', ' timers 10 2'],
])('the check refuses a configuration with %s', async (_, right, wrong) => {
  const text = golden('dci-default');
  const broken = text.replace(right, wrong);
  expect(broken).not.toBe(text);
  const number = 100 + wrong.length;

  const bgpd = await lab.startBgpd(number, broken);

  const isSame = JSON.stringify(commandsOf(await showRunningConfig(bgpd))) === JSON.stringify(commandsOf(broken));
  expect(complaintsOf(bgpd.output()).length > 0 || !isSame).toBe(true);
  expect(complaintsOf(bgpd.output())).not.toEqual([]);
});

/** Two clients of the lab's addresses that the configuration takes; declared ones where there are. */
function clientsOf(intent: RouteServerIntent, bgpd: Bgpd): readonly SpeakerOptions[] {
  const number = Number(bgpd.address.split('.')[3]);
  if (intent.mode === 'ipv4-route-reflector') return [];
  const hasIpv6 = intent.clientGroups.some(({ prefixes }) =>
    prefixes.some((prefix) => prefix.startsWith('2001:db8:100:')),
  );
  const remote = hasIpv6 ? `2001:db8:99::${String(number)}` : bgpd.address;
  const own = (host: number): string =>
    hasIpv6 ? `2001:db8:100:${String(number)}::${String(host)}` : `192.168.${String(number)}.${String(100 + host)}`;
  const group = intent.clientGroups[0];
  if (!group) return [];
  const isBorder = group.prefixes[0]?.startsWith('192.168.128.') === true;
  const asn = group.asns[0]?.first ?? 65001;
  const declared = group.neighbors.find(({ address }) => /^(192\.168\.|2001:db8:100:)/.test(address));
  // Of different AS: a client drops routes with its own.
  const first = isBorder ? `192.168.128.${String(number)}` : own(1);
  const second = declared?.address ?? (isBorder ? `192.168.129.${String(number)}` : own(2));
  const secondAsn = declared?.asn ?? asn;
  return [client(first, isBorder ? asn : secondAsn + 2, remote), client(second, secondAsn, remote)].map((each) => ({
    ...each,
    nextHop: '198.51.100.7',
  }));
}
