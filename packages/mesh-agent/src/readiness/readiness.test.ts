import { describe, expect, it } from 'vitest';
import {
  awaitClients,
  firstReadiness,
  forgetConvergence,
  isWaitingForClients,
  decideReadiness,
  lostClientsMessage,
  takeOverConvergence,
  type ReadinessFacts,
} from './readiness.ts';

const converged: ReadinessFacts = {
  isEngineConnected: true,
  appliedAtMs: 1000,
  unknownGroups: [],
  unconvergedPeers: [],
  meshWaitMs: 60_000,
  absentClients: [],
  silentRouteServers: [],
  lostClients: [],
  lostForMs: 0,
};
const ready = decideReadiness(firstReadiness(0), converged, 2000);

describe('decideReadiness', () => {
  it('is ready once converged', () => {
    expect(ready).toEqual({ isReady: true, hasConverged: true, sinceMs: 2000, reasons: [] });
  });

  it.each<[string, Partial<ReadinessFacts>]>([
    ['settings-not-applied', { appliedAtMs: undefined }],
    ['peers-not-known', { unknownGroups: ['CORE'] }],
    ['mesh-not-converged', { unconvergedPeers: ['192.0.2.1'] }],
    ['mesh-not-converged', { unconvergedPeers: ['192.0.2.1'], absentClients: ['198.51.100.1'] }],
    ['clients-not-known', { absentClients: undefined }],
    ['clients-not-known', { silentRouteServers: ['192.0.2.1'] }],
    ['clients-not-back', { absentClients: ['198.51.100.1'], silentRouteServers: ['192.0.2.1'] }],
    ['clients-not-back', { absentClients: ['198.51.100.1'] }],
    ['engine-gone', { isEngineConnected: false }],
  ])('is not ready before: %s', (kind, facts) => {
    const first = decideReadiness(firstReadiness(0), { ...converged, ...facts }, 2000);
    expect(first).toMatchObject({ isReady: false, hasConverged: false, reasons: [{ kind }] });
  });

  it('waits for those that cannot tell as long as for clients, and says who they are', () => {
    const silent = { ...converged, silentRouteServers: ['192.0.2.1'] };
    const waiting = decideReadiness(firstReadiness(0), silent, 2000);
    expect(waiting.reasons).toEqual([{ kind: 'clients-not-known', routeServers: ['192.0.2.1'] }]);
    expect(decideReadiness(waiting, silent, (converged.appliedAtMs ?? 0) + 149_999).isReady).toBe(false);
    expect(decideReadiness(waiting, silent, (converged.appliedAtMs ?? 0) + 150_000).isReady).toBe(true);
  });

  it('waits for clients that a drain had sent away, as long as after a start, from the moment when they are let in', () => {
    const absent = { ...converged, absentClients: ['198.51.100.1'] };
    const back = awaitClients(ready, 900_000);
    const waiting = decideReadiness(back, absent, 900_001);
    expect(waiting).toMatchObject({ isReady: false, reasons: [{ kind: 'clients-not-back' }] });
    expect(decideReadiness(waiting, converged, 905_000).isReady).toBe(true);
    expect(decideReadiness(waiting, absent, 1_049_999).isReady).toBe(false);
    expect(decideReadiness(waiting, absent, 1_050_000).isReady).toBe(true);
  });

  it('waits no second time for the mesh when a drain is taken back, and still the first time where it never had it', () => {
    const alone = { ...converged, unknownGroups: ['CORE'], unconvergedPeers: ['192.0.2.1'] };
    expect(decideReadiness(awaitClients(ready, 3000), alone, 3001).isReady).toBe(true);
    const waiting = decideReadiness(awaitClients(ready, 3000), { ...alone, absentClients: ['198.51.100.1'] }, 3001);
    expect(waiting.reasons).toMatchObject([{ kind: 'clients-not-back' }]);
    expect(decideReadiness(waiting, alone, 3002).isReady).toBe(true);
    // Drained and taken back again, before its clients were back.
    expect(decideReadiness(awaitClients(waiting, 4000), alone, 4001).isReady).toBe(true);
    const never = awaitClients(firstReadiness(0), 3000);
    expect(decideReadiness(never, alone, 3001).reasons).toMatchObject([{ kind: 'peers-not-known' }]);
    expect(decideReadiness(never, { ...alone, unknownGroups: [] }, 3001).reasons).toMatchObject([
      { kind: 'mesh-not-converged' },
    ]);
  });

  it.each(['draining', 'drained'] as const)('is unready while it is %s', (drain) => {
    expect(decideReadiness(ready, { ...converged, drain }, 9000)).toMatchObject({
      isReady: false,
      reasons: [{ kind: drain }],
    });
  });

  it('stays ready while the mesh or a source breaks', () => {
    const broken = { ...converged, unknownGroups: ['CORE'], unconvergedPeers: ['192.0.2.1'] };
    expect(decideReadiness(ready, broken, 9000)).toEqual(ready);
  });

  it('is unready while the engine is gone, and ready again at once when the same process answers', () => {
    const gone = decideReadiness(ready, { ...converged, isEngineConnected: false }, 9000);
    expect(gone).toMatchObject({ isReady: false, sinceMs: 9000, reasons: [{ kind: 'engine-gone' }] });
    expect(decideReadiness(gone, { ...converged, unconvergedPeers: ['192.0.2.1'] }, 9500)).toMatchObject({
      isReady: true,
    });
  });

  it('must converge again after the engine has restarted', () => {
    const restarted = decideReadiness(
      forgetConvergence(ready),
      { ...converged, appliedAtMs: 9000, unconvergedPeers: ['192.0.2.1'] },
      9100,
    );
    expect(restarted).toMatchObject({ isReady: false, hasConverged: false });
  });

  it('does not wait for a dead peer longer than a minute', () => {
    const facts = { ...converged, unconvergedPeers: ['192.0.2.1'] };
    expect(decideReadiness(firstReadiness(0), facts, 60_999).isReady).toBe(false);
    expect(decideReadiness(firstReadiness(0), facts, 61_000).isReady).toBe(true);
  });

  it('does not wait for clients longer than 150 s, which is longer than a connect-retry of 120 s', () => {
    const facts = { ...converged, absentClients: ['198.51.100.1'] };
    expect(decideReadiness(firstReadiness(0), facts, 150_999)).toMatchObject({
      isReady: false,
      reasons: [{ kind: 'clients-not-back', clients: ['198.51.100.1'] }],
    });
    expect(decideReadiness(firstReadiness(0), facts, 151_000).isReady).toBe(true);
  });

  it('waits for clients when the dead peer has had its minute', () => {
    const facts = { ...converged, unconvergedPeers: ['192.0.2.1'], absentClients: ['198.51.100.1'] };
    expect(decideReadiness(firstReadiness(0), facts, 61_000).reasons).toMatchObject([{ kind: 'clients-not-back' }]);
  });

  it('stays ready when clients go, and does not wait for them where it took over an engine that ran', () => {
    const facts = { ...converged, absentClients: ['198.51.100.1'] };
    expect(decideReadiness(ready, facts, 9000)).toEqual(ready);
    expect(decideReadiness(takeOverConvergence(firstReadiness(0)), facts, 2000).isReady).toBe(true);
  });

  it('waits for clients again after the engine has restarted', () => {
    const facts = { ...converged, appliedAtMs: 9000, absentClients: undefined };
    expect(decideReadiness(forgetConvergence(ready), facts, 9100).reasons).toEqual([{ kind: 'clients-not-known' }]);
  });

  it.each<[string, Partial<ReadinessFacts>, boolean]>([
    ['the mesh is still to come', { unconvergedPeers: ['192.0.2.1'], absentClients: undefined }, false],
    ['clients are not known', { absentClients: undefined }, true],
    ['clients are away', { absentClients: ['198.51.100.1'] }, true],
    ['all is there', {}, false],
  ])('asks for clients when %s: %s', (_, facts, isWaiting) => {
    expect(isWaitingForClients(decideReadiness(firstReadiness(0), { ...converged, ...facts }, 2000))).toBe(isWaiting);
  });

  it('is unready while clients that it had are lost, and says what that does to drains of nodes', () => {
    const facts = { ...converged, lostClients: ['198.51.100.1'], lostForMs: 590_100 };
    const lost = decideReadiness(ready, facts, 9000);
    expect(lost).toMatchObject({ isReady: false, hasConverged: true, sinceMs: 9000 });
    expect(lost.reasons).toEqual([
      { kind: 'clients-lost', clients: ['198.51.100.1'], secondsLeft: 591, message: lostClientsMessage },
    ]);
    expect(lostClientsMessage).toContain('no node of a route server can be drained');
    expect(decideReadiness(lost, converged, 9500)).toMatchObject({ isReady: true, sinceMs: 9500, reasons: [] });
    expect(decideReadiness(takeOverConvergence(firstReadiness(0)), facts, 2000).isReady).toBe(false);
  });

  it('never is that before it first was ready: those clients were never here, or are waited for', () => {
    const facts = { ...converged, lostClients: ['198.51.100.1'], lostForMs: 590_000 };
    expect(decideReadiness(firstReadiness(0), facts, 2000).isReady).toBe(true);
    expect(decideReadiness(forgetConvergence(ready), facts, 2000).isReady).toBe(true);
    const away = { ...facts, absentClients: ['198.51.100.1'] };
    expect(decideReadiness(firstReadiness(0), away, 2000).reasons).toMatchObject([{ kind: 'clients-not-back' }]);
    expect(decideReadiness(firstReadiness(0), away, 151_000).isReady).toBe(true);
  });

  it('is unready for good once drained', () => {
    const drained = decideReadiness(ready, { ...converged, drain: 'drained' }, 9000);
    expect(drained).toMatchObject({ isReady: false, reasons: [{ kind: 'drained' }] });
  });
});
