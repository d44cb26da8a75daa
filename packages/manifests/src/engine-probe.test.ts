import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backAfterSeconds, connectRetryBounds, engineProbeTimes, restartsAfterSeconds } from '@meshrs/contract';
import { topologyOf } from '../test/support/cases.ts';
import { livenessOf } from './durations.ts';

const retries = fc.integer(connectRetryBounds);

describe('the probe of an engine', () => {
  it('lets it be busy for a minute', () => {
    fc.assert(
      fc.property(fc.nat(8), retries, (position, retry) => {
        expect(restartsAfterSeconds(engineProbeTimes(position, retry))).toBeGreaterThanOrEqual(60);
      }),
    );
  });

  it('of a side waits until the engine of every earlier side has restarted and has its clients back', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), retries, (one, other, retry) => {
        fc.pre(one < other);
        const back = backAfterSeconds(engineProbeTimes(one, retry), retry);
        expect(restartsAfterSeconds(engineProbeTimes(other, retry))).toBeGreaterThanOrEqual(back);
      }),
    );
  });

  it('never begins before the one before has ended, and lets nobody wait longer than needed', () => {
    fc.assert(
      fc.property(fc.nat(8), retries, (position, retry) => {
        const { periodSeconds, timeoutSeconds } = engineProbeTimes(position, retry);
        expect(timeoutSeconds).toBeLessThan(periodSeconds);
        const limit = restartsAfterSeconds(engineProbeTimes(position + 1, retry));
        const needed = backAfterSeconds(engineProbeTimes(position, retry), retry);
        expect(limit - needed).toBeLessThan(periodSeconds);
      }),
    );
  });

  it('counts a restart in the worst case: kubelet asks a period late, takes its grace, and clients dial last', () => {
    const probe = { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 7, terminationGracePeriodSeconds: 5 };
    expect(restartsAfterSeconds(probe)).toBe(65);
    expect(backAfterSeconds(probe, 10)).toBe(65 + 10 + 5 + 30 + 10);
  });

  it('of two sides of any topology never restarts both together, whatever their names and their clients', () => {
    const topology = topologyOf('frr');
    const [side] = Object.values(topology.sides);
    const [group] = Object.values(topology.clientGroups);
    if (!side || !group) return expect.unreachable('the case has sides and clients');
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(names, fc.array(retries, { minLength: 1, maxLength: 4 }), (sides, connectRetries) => {
        const slowest = Math.max(...connectRetries);
        const given = {
          ...topology,
          sides: Object.fromEntries(sides.map((name) => [name, side])),
          clientGroups: Object.fromEntries(
            connectRetries.map((connectRetrySeconds, index) => [String(index), { ...group, connectRetrySeconds }]),
          ),
        };
        const spans = sides
          .map((name) => livenessOf(given, name))
          .map((probe) => ({ from: restartsAfterSeconds(probe), to: backAfterSeconds(probe, slowest) }))
          .sort((one, other) => one.from - other.from);
        for (const [index, { from }] of spans.entries()) {
          expect(from).toBeGreaterThanOrEqual(spans[index - 1]?.to ?? 0);
        }
      }),
    );
  });

  it('has these times by default, for side a and b', () => {
    expect([0, 1].map((position) => engineProbeTimes(position, 10).failureThreshold)).toEqual([7, 13]);
  });
});
