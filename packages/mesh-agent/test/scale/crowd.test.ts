import { renderRouteServer } from '@meshrs/router-config';
import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLab, type Lab } from '../frr/lab.ts';
import { startCrowdIn } from './clients-side.ts';
import type { CrowdEvent } from './crowd.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

it('200 clients hold their sessions with a real bgpd, tell of each end with its reason, and come back', async () => {
  const text = renderRouteServer(routeServer(1, { clientGroups: [clientGroup()] }), 'frr');
  const bgpd = await lab.startBgpd(1, text);
  const events: CrowdEvent[] = [];
  const crowd = startCrowdIn(lab, (event) => events.push(event));
  const same = { remotes: [bgpd.address], holdSeconds: 3, retryMs: 200 };
  await crowd.add({ ...same, firstAddress: '192.168.1.1', count: 190, firstAsn: 65001, routes: 0 });
  await crowd.add({ ...same, firstAddress: '192.168.2.1', count: 10, firstAsn: 65301, routes: 200 });
  await allUp(200);
  await waitFor(
    'each of 200 has 2000 routes of 35 bytes or more',
    () => crowd.summary(),
    ({ receivedBytes }) => receivedBytes > 200 * 2000 * 35,
  );
  // Longer than the hold time: keepalives go both ways.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(await crowd.summary()).toMatchObject({ established: 200, ended: 0 });

  await bgpd.kill();
  await waitFor(
    'all sessions end',
    () => crowd.summary(),
    ({ established, ended }) => established === 0 && ended === 200,
  );
  await bgpd.start();
  await allUp(200);
  await crowd.stop(['192.168.1.1', '192.168.1.2'], 'cease', bgpd.address);
  await allUp(198);
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  // Each event is a message of the crowd's process: the last ones may come after its answer.
  await waitFor(
    'every beginning and every end is told',
    () => [count('established'), count('ended')],
    ([up, down]) => up === 400 && down === 202,
  );

  function allUp(count: number) {
    return waitFor(
      `${String(count)} sessions are up`,
      () => crowd.summary(),
      ({ established }) => established === count,
    );
  }
});
