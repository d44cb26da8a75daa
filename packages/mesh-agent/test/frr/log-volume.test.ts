import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderRouteServer } from '@meshrs/router-config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import { prefix } from '@meshrs/network/test-data';
import { waitFor } from '@meshrs/test-kit/wait';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

/** What docs/operations.md has `grep -vE` leave out. */
function documentedFilter(): RegExp {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const words = /-c frr \| grep -vE '([^']+)'/.exec(page)?.[1];
  if (words === undefined) throw new Error('docs/operations.md has no filter for the log of bgpd');
  return new RegExp(words);
}

/** docs/operations.md tells how to read bgpd's log, and that no volume is needed for what a crash leaves. */
test('bgpd logs a line for each route without zebra, which the documented filter leaves out, and a backtrace when it crashes', async () => {
  const intent = routeServer(1, { clientGroups: [clientGroup({ prefixes: [prefix('192.168.0.0/16')] })] });
  const bgpd = await lab.startBgpd(1, renderRouteServer(intent, 'frr'));
  const { engine } = engineOf(bgpd);
  await engine.apply(intent, soon());
  await lab.startClients([client('192.168.1.1', 65101, bgpd.address, { routes: 300 })]);
  await waitFor(
    'all routes',
    async () => (await engine.observe(soon())).sessions,
    (sessions) => sessions.some(({ receivedPrefixes }) => receivedPrefixes === 300),
  );
  const linesOfRoutes = (text: string): string[] => text.split('\n').filter((line) => line.includes('sendmsg_nexthop'));
  // It has the routes before it has written of them.
  const output = await waitFor(
    'a line for each route',
    () => Promise.resolve(bgpd.output()),
    (text) => linesOfRoutes(text).length >= 300,
  );
  const lines = output.split('\n').filter(Boolean);
  const ofRoutes = linesOfRoutes(output);
  expect(Math.max(...ofRoutes.map(({ length }) => length))).toBeLessThan(105);
  const rest = lines.filter((line) => !documentedFilter().test(line));
  expect(rest.length).toBeLessThan(20);
  expect(rest.join('\n')).toContain('%ADJCHANGE: neighbor 192.168.1.1(Unknown) in vrf default Up');
  await engine.close();
  process.kill(bgpd.pid, 'SIGSEGV');
  await waitFor(
    'the backtrace',
    () => Promise.resolve(bgpd.output()),
    (text) => text.includes('Received signal 11'),
  );
  expect(bgpd.output()).toMatch(/Received signal 11 .*\n(.*\n)*BGP: .*mapped at 0x/);
});
