import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { planChanges, type FrrConfig } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { describe, expect, it } from 'vitest';
import { EngineFailure } from '../engine/engine-failure.ts';
import { createNotCarriedOut } from './not-carried-out.ts';

const configOf = (hold: number, ...names: readonly string[]): FrrConfig =>
  toFrrConfig(
    routeServer(1, {
      meshGroups: [meshGroup(['10.42.0.1'])],
      clientGroups: [
        clientGroup({
          timers: { keepaliveSeconds: 3, holdSeconds: hold },
          neighbors: names.map((name, index) => declared(name, `192.168.1.${String(index + 1)}`, 65001 + index)),
        }),
      ],
    }),
  );
const left = [{ key: 'x', change: { kind: 'group-changed', resets: 'neighbor' }, clients: [] }] as const;
const failure = new EngineFailure('no', { code: 'command-rejected', engine: 'frr', operation: 'x', retryable: true });

/** What of the plan to `wanted` counts as drift, after a change to it that ended with `result` and left `running`. */
function driftAfter(
  result: Parameters<ReturnType<typeof createNotCarriedOut>['note']>[0],
  { wanted, running, found }: { readonly wanted: FrrConfig; readonly running: FrrConfig; readonly found: FrrConfig },
) {
  const notCarriedOut = createNotCarriedOut();
  notCarriedOut.note(result, () => planChanges(running, wanted));
  const look = (now: FrrConfig) =>
    notCarriedOut
      .driftedIn(planChanges(now, wanted))
      .map(({ change: { kind, subject, group } }) => [kind, subject ?? group]);
  return { notCarriedOut, drift: look(found), look };
}

describe('what is outstanding', () => {
  const [wanted, running] = [configOf(9, 'x', 'y'), configOf(9, 'x')];

  it.each([
    ['left out', { left }],
    ['rejected', { left: [], failure }],
    ['left out beside something that was rejected', { left, failure }],
  ])('and was %s is no drift', (_, result) => {
    expect(driftAfter(result, { wanted, running, found: running }).drift).toEqual([]);
  });

  it('after a change that came to its end is drift', () => {
    const { drift } = driftAfter({ left: [] }, { wanted, running, found: running });
    expect(drift).toEqual([['neighbor-added', '192.168.1.2']]);
  });

  it.each([
    ['another thing', configOf(9), [['neighbor-added', '192.168.1.1']]],
    ['another thing beside it', configOf(12, 'x'), [['group-changed', 'MESHRR-CLIENTS']]],
  ])('is drift where somebody has changed %s', (_, found, drift) => {
    expect(driftAfter({ left }, { wanted, running, found }).drift).toEqual(drift);
  });

  it('is drift where somebody has changed the same thing otherwise', () => {
    const [asWanted, before, byHand] = [configOf(9), configOf(12), configOf(30)];
    expect(driftAfter({ left }, { wanted: asWanted, running: before, found: before }).drift).toEqual([]);
    const other = { ...asWanted, router: asWanted.router && { ...asWanted.router, listenLimit: 7 } } as FrrConfig;
    expect(driftAfter({ left }, { wanted: asWanted, running: before, found: other }).drift).toHaveLength(1);
    // The commands are those of what is wanted: from another value they are the same.
    expect(driftAfter({ left }, { wanted: asWanted, running: before, found: byHand }).drift).toEqual([]);
  });

  it('and was seen as drift stays so, also when a later change leaves it out', () => {
    const { look, notCarriedOut } = driftAfter({ left: [] }, { wanted, running: wanted, found: wanted });
    const drift = [['neighbor-added', '192.168.1.2']];
    expect(look(running)).toEqual(drift);
    notCarriedOut.note({ left }, () => planChanges(running, wanted));
    expect(look(running)).toEqual(drift);
    expect(look(wanted)).toEqual([]);
    expect(look(running)).toEqual([]);
  });
});
