import { describe, expect, it } from 'vitest';
import { firstReadiness, forgetConvergence, judgeReadiness, type ReadinessFacts } from './readiness.ts';

const converged: ReadinessFacts = {
  isEngineConnected: true,
  appliedAtMs: 1000,
  unknownGroups: [],
  unconvergedPeers: [],
  isDrained: false,
};
const ready = judgeReadiness(firstReadiness(0), converged, 2000);

describe('judgeReadiness', () => {
  it('is ready once converged', () => {
    expect(ready).toEqual({ isReady: true, hasConverged: true, sinceMs: 2000, reasons: [] });
  });

  it.each<[string, Partial<ReadinessFacts>]>([
    ['settings-not-applied', { appliedAtMs: undefined }],
    ['peers-not-known', { unknownGroups: ['CORE'] }],
    ['mesh-not-converged', { unconvergedPeers: ['192.0.2.1'] }],
    ['engine-gone', { isEngineConnected: false }],
  ])('is not ready before: %s', (kind, facts) => {
    const first = judgeReadiness(firstReadiness(0), { ...converged, ...facts }, 2000);
    expect(first).toMatchObject({ isReady: false, hasConverged: false, reasons: [{ kind }] });
  });

  it('stays ready while the mesh or a source breaks', () => {
    const broken = { ...converged, unknownGroups: ['CORE'], unconvergedPeers: ['192.0.2.1'] };
    expect(judgeReadiness(ready, broken, 9000)).toEqual(ready);
  });

  it('is unready while the engine is gone, and ready again at once when the same process answers', () => {
    const gone = judgeReadiness(ready, { ...converged, isEngineConnected: false }, 9000);
    expect(gone).toMatchObject({ isReady: false, sinceMs: 9000, reasons: [{ kind: 'engine-gone' }] });
    expect(judgeReadiness(gone, { ...converged, unconvergedPeers: ['192.0.2.1'] }, 9500)).toMatchObject({
      isReady: true,
    });
  });

  it('must converge again after the engine has restarted', () => {
    const restarted = judgeReadiness(
      forgetConvergence(ready),
      { ...converged, appliedAtMs: 9000, unconvergedPeers: ['192.0.2.1'] },
      9100,
    );
    expect(restarted).toMatchObject({ isReady: false, hasConverged: false });
  });

  it('does not wait for a dead peer longer than a minute', () => {
    const facts = { ...converged, unconvergedPeers: ['192.0.2.1'] };
    expect(judgeReadiness(firstReadiness(0), facts, 60_999).isReady).toBe(false);
    expect(judgeReadiness(firstReadiness(0), facts, 61_000).isReady).toBe(true);
  });

  it('is unready for good once drained', () => {
    const drained = judgeReadiness(ready, { ...converged, isDrained: true }, 9000);
    expect(drained).toMatchObject({ isReady: false, reasons: [{ kind: 'drained' }] });
  });
});
