import { createClientBook, type BgpSession } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { AskedAgent } from './ask-all.ts';
import { accepted, inMesh } from './in-mesh.ts';
import type { SidesKnown } from './side-of.ts';

const [b, c] = [address('10.0.0.2'), address('10.0.0.3')];
const [idOfB, idOfC, newIdOfB] = [address('192.0.2.2'), address('192.0.2.3'), address('192.0.3.2')];
const session = (changes: Partial<BgpSession> = {}): BgpSession => ({
  ...{ address: b, kind: 'mesh', state: 'established', remoteRouterId: idOfB, uptimeSeconds: 900 },
  ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 10, receivedPrefixes: 5, sentPrefixes: 5 },
  ...{ endOfRib: { received: true, sent: true }, ...changes },
});
const says = (at: typeof b, routerId: typeof b): AskedAgent => {
  const agent = { ...servingStatus.agent, routerId };
  const told = toldByStatus(createClientBook(), { ...servingStatus, agent });
  return { address: at, askedAtMs: 0, answer: { ok: true, told, tookMs: 1 } };
};
const routerIds = { 'rs-a-0': address('192.0.2.1'), 'rs-b-0': idOfB, 'rs-c-0': idOfC };
const places: SidesKnown = { self: address('192.0.2.1'), settings: { routerIds: {} }, fleet: { routerIds } };
const renumbered: SidesKnown = {
  ...places,
  fleet: { routerIds: { ...routerIds, 'rs-b-0': newIdOfB } },
  former: new Map([[idOfB, 'rs-b-0']]),
};

describe('accepted', () => {
  it.each<[string, AskedAgent, SidesKnown]>([
    ['who has a session with the router-id that it says', says(b, idOfB), places],
    ['where nobody says who is in the fleet', says(b, idOfB), { ...places, fleet: 'none' }],
    ['who has new settings and holds its new router-id', says(b, newIdOfB), renumbered],
    ['who has not taken its new settings', says(b, idOfB), renumbered],
  ])('is %s', (_, asked, known) => {
    expect(accepted(asked, inMesh([session()]), known)).toBe(asked);
  });

  it.each<[string, AskedAgent, readonly BgpSession[]]>([
    ['who says the router-id of another one at an address without a session', says(c, idOfB), [session()]],
    ['who says the router-id of one that is gone', says(c, idOfC), [session()]],
    ['who has a session with another router-id', says(b, idOfC), [session()]],
    ['whose session is down', says(b, idOfB), [session({ state: 'active' })]],
    ['whose session is a client', says(b, idOfB), [session({ kind: 'range-client' })]],
    ['who says the new router-id of another one', says(c, newIdOfB), [session({ address: c, remoteRouterId: idOfC })]],
    ['anybody where the engine tells no session', says(b, idOfB), []],
  ])('is not %s', (_, asked, sessions) => {
    const seen = accepted(asked, inMesh(sessions), renumbered);
    expect(seen).toMatchObject({
      address: asked.address,
      answer: { ok: false, why: expect.stringContaining('it says that it is 192.0.') as string },
    });
  });

  it('leaves who did not answer as it is', () => {
    const silent: AskedAgent = { address: b, askedAtMs: 0, answer: { ok: false, why: 'no answer' } };
    expect(accepted(silent, inMesh([session()]), places)).toBe(silent);
  });
});
