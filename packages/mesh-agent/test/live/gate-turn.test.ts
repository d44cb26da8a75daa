import { closedTurn, type GateIntent } from '@meshrs/contract';
import type { KubeApiserver } from '@meshrs/test-kit/kube-apiserver';
import { eventually, waitFor } from '@meshrs/test-kit/wait';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/log/log.ts';
import { agentPaths } from '../../src/paths.ts';
import { closeTurn } from '../../src/gate/close-turn.ts';
import { createApiClient } from '../../src/sources/kubernetes/api-client.ts';
import { inClusterAccess } from '../../src/sources/kubernetes/in-cluster.ts';
import { machineClock } from '../../src/async/clock.ts';
import { probe, probeRequest } from '../../src/turn/api-servers.ts';
import { createBudgetObject } from '../../src/turn/budget-object.ts';
import { startTurnCare } from '../../src/turn/turn-care.ts';
import { createTurnObject } from '../../src/turn/turn-object.ts';
import { createTurnRecord } from '../../src/turn/turn-record.ts';
import { createTurnWatch, turnStatus } from '../../src/turn/turn-watch.ts';
import type { LogLine } from '../start-sidecar.ts';
import {
  account,
  api,
  apiEnv,
  client,
  closing,
  lastWord,
  longAgo,
  scratch,
  settings,
  startGate,
  told,
  writeServing,
  writeServingPod,
} from './gate-under-test.ts';
import { writeSide } from './gate-cluster.ts';
import { gateUser } from './kube-api.ts';
import { startStaleServer, type StaleServer } from './stale-server.ts';
import {
  agentUser,
  bindCopyPolicy,
  budget,
  clearEvents,
  eventsOf,
  fleetTurn,
  installTurns,
  listServers,
  makeBudget,
  makeTurn,
  readBudget,
  readSpec,
  removeBudget,
  removeTurn,
  unbindCopyPolicy,
  writeBudget,
  writeTurn,
} from './turn-kind.ts';

/** Addresses as Kubernetes lists them; tests have loopback ones. */
const listed = { first: '192.0.2.11', second: '192.0.2.12', stale: '192.0.2.13' };
let second: KubeApiserver;
let stale: StaleServer;
beforeAll(async () => {
  await installTurns(api);
  second = await api.addServer();
  stale = await startStaleServer(api);
  await makeTurn(api);
  // One that has just started may refuse everything guarded until it reads again which kinds there are, after 30 s.
  await waitFor('the second API server knows the turn', () => refusalOfSecond(), isOfCopy, 60_000);
  await removeTurn(api);
});
afterAll(async () => {
  await stale.close();
});
beforeEach(async () => {
  await makeTurn(api);
  await makeBudget(api);
  closing.push(
    () => removeTurn(api),
    () => clearEvents(api),
    () => removeBudget(api),
  );
  await listServers(api, [listed.first, listed.second]);
});

async function refusalOfSecond(): Promise<string> {
  const { method, path, body } = probeRequest(fleetTurn);
  const contentType = 'application/merge-patch+json';
  return (await second.send({ method, path, body: JSON.stringify(body), contentType, token: api.tokens.gate })).text;
}

function isOfCopy(text: string): boolean {
  return text.includes('denied request') && !text.includes('failed to configure policy');
}

const timing = {
  ...longAgo,
  dialled: (server: string) =>
    server.replace(listed.first, api.host).replace(listed.second, second.host).replace(listed.stale, stale.host),
};
const turn = { name: fleetTurn, openSeconds: 60, budget };
const startTurnGate = (changes: Partial<GateIntent> = {}) =>
  startGate({ timeoutSeconds: 20, turn, ...changes }, timing);
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const byAlice = { by: 'alice', reason: 'work on kube1' };
const [one, two] = [client('192.0.2.1'), client('192.0.2.2')];
const budgetPath = '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/meshrr-evpnrs';
const storedBudget = async () =>
  (await api.request('GET', budgetPath)) as {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly minAvailable?: string };
  };
/** A budget that no Role names. */
const ofAnother = { ...budget, name: 'of-another' };
const minAvailable = async () => (await storedBudget()).spec.minAvailable;
const heldWith = async () => (await storedBudget()).metadata.annotations?.['meshrs.dev/held'];
const asGate = () => {
  writeFileSync(join(account, 'token'), api.tokens.gate);
  const own = createApiClient(inClusterAccess(api, account));
  closing.push(() => {
    own.close();
    return Promise.resolve();
  });
  return own;
};

describe('a gate that cares for the turn', () => {
  /** With side a; a test adds the one that its gate waits for. */
  let ofSideA = [one];
  beforeEach(async () => {
    ofSideA = [one];
    await writeSide(api, 'a', { settings });
    await writeServingPod('a', () => told(ofSideA));
  });

  it('closes whatever is open, looks, and opens it for its side, when both API servers go by that', async () => {
    await writeServing('b', [one]);
    await writeTurn(api, { open: 'a', until: inMinutes(30), ...byAlice });
    const gate = startTurnGate();
    const between = await eventually(
      () => readSpec(api),
      (spec) => spec?.open === 'none',
    );
    expect(await readBudget(api)).not.toBe('something else');
    expect(between).toEqual(closedTurn(gateUser, 'the gate before side b looks at its clients'));
    const startedAtMs = Date.now();
    expect(await gate.exitCode).toBe(0);
    const spec = await readSpec(api);
    expect(spec).toEqual({
      open: 'b',
      revision: 'new',
      until: expect.stringMatching(/Z$/) as string,
      by: gateUser,
      reason: expect.stringMatching(/^Gate opened for side b after .* its 1 client has a session/) as string,
    });
    expect(Math.abs(Date.parse(spec?.until ?? '') - startedAtMs - 60_000)).toBeLessThan(10_000);
    expect(gate.lines().map(({ event }) => event)).not.toContain('turn-not-asked');
    expect(lastWord()).toContain(`Its turn is open until ${spec?.until ?? ''}.`);
    const told = (await eventsOf(api)).filter(({ source }) => source.component === 'meshrs-gate');
    expect(told.map(({ reason, type }) => [reason, type])).toEqual([
      ['TurnClosed', 'Normal'],
      ['TurnOpened', 'Normal'],
    ]);
    expect(told[0]?.message).toContain('it was open for side a, by alice until');
    expect(told[1]?.message).toContain(
      `Side b may change until ${spec?.until ?? ''}, opened by ${gateUser}: Gate opened`,
    );
    // Nobody is evicted until what closes the turn gives it back.
    expect(await readBudget(api)).toBe('none');
  });

  it('leaves it closed when it refuses', async () => {
    await writeServing('b', [one, client('192.0.2.2')]);
    await writeTurn(api, { open: 'b', until: inMinutes(30), ...byAlice });
    expect(await startTurnGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(await readSpec(api)).toMatchObject({ open: 'none', by: gateUser });
    expect(await readBudget(api)).toBe('as generated');
    expect(lastWord()).toContain('1 of its 2 clients has no session on side a');
  });

  it('does not look before every API server goes by the closed turn, nor pass before each has the open one', async () => {
    await listServers(api, [listed.first, listed.stale]);
    await writeServing('b', [one]);
    stale.fallBehind();
    const gate = startTurnGate();
    const [waiting] = await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-waiting'));
    expect(waiting).toMatchObject({
      event: 'gate-waiting',
      obstacles: [`API server ${listed.stale}:6443, which still goes by an older turn`],
    });
    expect(await readSpec(api)).toBeUndefined();
    stale.catchUp();
    await eventually(
      () => gate.lines().map(({ event, obstacles }) => [event, String(obstacles)]),
      (seen) => seen.some(([, obstacles]) => obstacles?.includes('a second look that agrees') === true),
    );
    stale.fallBehind();
    await eventually(
      () => readSpec(api),
      (spec) => spec?.open === 'b',
    );
    const asked = stale.askedCount();
    await eventually(
      () => stale.askedCount(),
      (count) => count > asked + 3,
    );
    expect(gate.lines().map(({ event }) => event)).not.toContain('gate-open');
    stale.catchUp();
    expect(await gate.exitCode).toBe(0);
  });

  it('closes what it opened when it does not come to its end', async () => {
    await listServers(api, [listed.first, listed.stale]);
    await writeServing('b', [one]);
    stale.catchUp();
    const gate = startTurnGate();
    await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-waiting'));
    stale.fallBehind();
    await eventually(
      () => readSpec(api),
      (spec) => spec?.open === 'b',
    );
    gate.stop();
    expect(await gate.exitCode).toBe(1);
    stale.catchUp();
    expect(await readSpec(api)).toEqual(closedTurn(gateUser, 'the gate before side b did not pass'));
    expect(await readBudget(api)).toBe('as generated');
  });

  it('gives an API server that cannot be dialled 5 s, and says so', async () => {
    await listServers(api, [listed.first, '192.0.2.14']);
    await writeServing('b', [one]);
    const nobody = {
      ...timing,
      dialled: (server: string) => timing.dialled(server).replace('192.0.2.14', '127.0.0.9'),
    };
    const gate = startGate({ timeoutSeconds: 20, turn }, nobody);
    const startedAtMs = performance.now();
    expect(await gate.exitCode).toBe(0);
    // Before the looks and before the end.
    expect(performance.now() - startedAtMs).toBeGreaterThan(10_000);
    const notes = gate.lines().filter(({ event }) => event === 'turn-not-asked');
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatchObject({
      note: expect.stringMatching(/^API server 192\.0\.2\.14:6443 \(.*ECONNREFUSED.*\) could not be asked/) as string,
    });
  });

  it('lets nobody be evicted while it looks, and goes by what it wrote last, whoever gave the budget back', async () => {
    await writeServing('b', [one, two]);
    const gate = startTurnGate();
    await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-waiting'));
    expect(await readBudget(api)).toBe('none');
    await writeBudget(api, '50%');
    ofSideA = [one, two];
    expect(await gate.exitCode).toBe(0);
    expect(await readBudget(api)).toBe('none');
  });

  it.each([
    ['it is given back', false],
    ['it is given back, and another gate holds it since', true],
  ])('looks once more where the budget was not held all the time that it looked: %s', async (_, isHeldSince) => {
    await writeServing('b', [one, two]);
    const gate = startTurnGate();
    await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-waiting'));
    await writeBudget(api, '50%');
    if (isHeldSince) {
      const held = await createBudgetObject(asGate(), 'meshrr', budget).hold(AbortSignal.timeout(5000));
      expect(held).toMatchObject({ kind: 'held', before: undefined });
    }
    ofSideA = [one, two];
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines().map((line) => JSON.stringify(line))).toContainEqual(
      expect.stringContaining('a look during which nobody could be evicted'),
    );
  });

  it('opens nothing while the budget is not as generated, leaves it as it is, and says what to do', async () => {
    await writeServing('b', [one]);
    await writeBudget(api, '30%');
    const gate = startTurnGate({ timeoutSeconds: 5 });
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toContain(
      'the gate waited for the disruption budget as the topology has it: it allows minAvailable 30%, and not minAvailable 50%,',
    );
    expect(await readBudget(api)).toBe('something else');
    expect((await readSpec(api))?.open ?? 'none').toBe('none');
  });

  it('opens nothing without a budget, and goes on when one comes', async () => {
    await writeServing('b', [one]);
    await removeBudget(api);
    const gate = startTurnGate();
    await eventually(
      () => gate.lines().map(({ obstacles }) => String(obstacles)),
      (seen) => seen.some((text) => text.includes('without which a drain takes pods of any side')),
    );
    await makeBudget(api);
    expect(await gate.exitCode).toBe(0);
    expect(await readBudget(api)).toBe('none');
  });

  it('opens nothing where somebody makes the budget looser after its first look', async () => {
    await writeServing('b', [one, two]);
    const gate = startTurnGate({ timeoutSeconds: 8 });
    await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-waiting'));
    expect(await readBudget(api)).toBe('none');
    await writeBudget(api, '10%');
    ofSideA = [one, two];
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toContain('it allows minAvailable 10%');
    expect(await readBudget(api)).toBe('something else');
  });

  it('that gives up gives back what a gate of a commit before has held', async () => {
    await writeServing('b', [one, client('192.0.2.2')]);
    await writeBudget(api, '75%');
    const before = createBudgetObject(asGate(), 'meshrr', { ...budget, value: '75%' });
    expect(await before.hold(AbortSignal.timeout(5000))).toMatchObject({ kind: 'held' });
    expect(await startTurnGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(await minAvailable()).toBe('75%');
    expect(await heldWith()).toBeUndefined();
  });

  it('waits for what a person opens while it looks, and looks anew after that', async () => {
    await writeServing('b', [one, two]);
    const gate = startTurnGate();
    await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-waiting'));
    await writeTurn(api, { open: 'a', until: inMinutes(30), ...byAlice });
    ofSideA = [one, two];
    await eventually(
      () => String(gate.lines().at(-1)?.['obstacles']),
      (seen) => seen.startsWith('the end of a turn: it is open for side a, by alice until 20'),
    );
    expect(await readSpec(api)).toMatchObject({ open: 'a', by: 'alice' });
    await writeTurn(api, closedTurn('alice', 'done'));
    expect(await gate.exitCode).toBe(0);
    expect(await readSpec(api)).toMatchObject({ open: 'b', by: gateUser });
  });

  it('passes a side of which nothing changes, and keeps it closed while its clients are not elsewhere', async () => {
    await writeSide(api, 'b', { settings, sideRevision: 'new' });
    await writeServingPod('b', () => told([one, client('192.0.2.2')]));
    const gate = startTurnGate();
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines().at(-1)).toMatchObject({ event: 'gate-open', why: 'nothing-changes', turn: 'stays-closed' });
    expect(await readSpec(api)).toBeUndefined();
    expect(lastWord()).toContain('Its turn stays closed');
  });

  it('does not pass where no policy asks for the turn', async () => {
    await writeServing('b', [one]);
    await unbindCopyPolicy(api);
    try {
      // The API server unloads it within a second.
      await eventually(
        async () => {
          const gate = startTurnGate({ timeoutSeconds: 2 });
          return [await gate.exitCode, lastWord()] as const;
        },
        ([, word]) => word.includes('an admission policy on the API server: none asks there for the turn'),
      );
      expect(await readSpec(api)).not.toMatchObject({ open: 'b' });
    } finally {
      await bindCopyPolicy(api);
    }
  });

  it('does not pass where there is no turn', async () => {
    await writeServing('b', [one]);
    await removeTurn(api);
    const exitCode = await startTurnGate({ timeoutSeconds: 2 }).exitCode;
    await makeTurn(api);
    expect(exitCode).toBe(1);
    expect(lastWord()).toContain(`the cluster has no turn ${fleetTurn}; the interlock's Application brings it`);
  });
});

describe('an agent', () => {
  const watch = createTurnWatch(machineClock);
  const shownTurn = () => {
    const last = watch.last();
    return last && turnStatus(last, machineClock);
  };
  const startCare = (random = () => 0.5, budgetName = budget.name) => {
    const lines: LogLine[] = [];
    const stop = new AbortController();
    writeFileSync(join(account, 'token'), api.tokens.agent);
    const own = createApiClient(inClusterAccess(api, account));
    const log = createLog({ write: (line) => lines.push(JSON.parse(line) as LogLine), secrets: [], base: {} });
    const times = { everyMs: 400, spreadMs: 100 };
    const record = createTurnRecord(own, fleetTurn, {
      ...{ component: 'meshrs-agent', type: 'Warning' },
      onFailure: (failure) => {
        log.warn('turn-not-recorded', { failure: failure.message });
      },
    });
    startTurnCare({
      object: createTurnObject(own, fleetTurn, record),
      probe: (signal) => probe(own, fleetTurn, signal),
      onSeen: watch.see,
      budget: createBudgetObject(own, 'meshrr', { name: budgetName }),
      log,
      random,
      signal: stop.signal,
      times,
    });
    closing.push(() => {
      stop.abort();
      own.close();
      return Promise.resolve();
    });
    return lines;
  };

  it('closes a turn whose time is over, whoever opened it; of several only one does', async () => {
    await writeTurn(api, { open: 'b', until: inMinutes(-1), ...byAlice });
    await createBudgetObject(asGate(), 'meshrr', budget).hold(AbortSignal.timeout(5000));
    const all = [startCare(), startCare(), startCare(() => 0.9)];
    const spec = await eventually(
      () => readSpec(api),
      (seen) => seen?.open === 'none',
    );
    expect(spec).toEqual({
      open: 'none',
      by: agentUser,
      reason: expect.stringMatching(/^its time is over since \d+ s; alice had opened it for b$/) as string,
    });
    await eventually(
      () => readBudget(api),
      (seen) => seen === 'as generated',
    );
    const closed = all.flat().filter(({ event }) => event === 'turn-closed');
    expect(closed).toHaveLength(1);
    const told = (await eventsOf(api)).filter(({ source }) => source.component === 'meshrs-agent');
    expect(told).toMatchObject([
      {
        ...{ reason: 'TurnClosed', type: 'Warning', involvedObject: { name: budget.name } },
        message: expect.stringMatching(
          /^No side may change, closed by .*:meshrr-evpnrs: its time is over since \d+ s; .*; it was open for side b, by alice until /,
        ) as string,
      },
    ]);
  });

  it('leaves one that still has time, and closes it when that is over', async () => {
    await writeTurn(api, { open: 'b', until: new Date(Date.now() + 3000).toISOString(), ...byAlice });
    const lines = startCare();
    const until = Date.now() + 2000;
    while (Date.now() < until) expect(await readSpec(api)).toMatchObject({ open: 'b' });
    await eventually(
      () => readSpec(api),
      (seen) => seen?.open === 'none',
    );
    const events = () => lines.map(({ event }) => event);
    expect(await eventually(events, (seen) => seen.length > 0)).toEqual(['turn-closed']);
  });

  it('gives back the budget that a gate left, after the time in which one may look; and nothing while a side is open', async () => {
    await writeTurn(api, { open: 'b', until: inMinutes(5), ...byAlice });
    const held = createBudgetObject(asGate(), 'meshrr', { ...budget, heldSeconds: 2 });
    await held.hold(AbortSignal.timeout(5000));
    const lines = startCare(() => 0.1);
    await sleep(3500);
    expect(await readBudget(api)).toBe('none');
    // Held again just now: its time begins anew.
    await held.hold(AbortSignal.timeout(5000));
    await writeTurn(api, closedTurn('alice', 'done'));
    await sleep(700);
    expect(await readBudget(api)).toBe('none');
    await eventually(
      () => readBudget(api),
      (seen) => seen === 'as generated',
    );
    expect(
      await eventually(
        () => lines.map(({ event }) => event),
        (seen) => seen.length > 0,
      ),
    ).toEqual(['budget-released']);
  });

  it('tells what it sees: closed, open with its end, unreadable, and whether policies ask for the turn', async () => {
    startCare();
    await eventually(shownTurn, (seen) => seen?.state === 'closed');
    await writeTurn(api, { open: 'b', until: inMinutes(5), ...byAlice });
    const open = await eventually(shownTurn, (seen) => seen?.state === 'open');
    expect(open).toMatchObject({ open: 'b', ...byAlice, interlock: 'enforced', overdueSeconds: 0 });
    await removeTurn(api);
    const gone = await eventually(shownTurn, (seen) => seen?.state === 'unreadable');
    expect(gone).toMatchObject({ why: expect.stringContaining(fleetTurn) as string, interlock: 'unknown' });
    await makeTurn(api);
    await eventually(shownTurn, (seen) => seen?.state === 'closed');
  });

  it('says that no policy asks for the turn, once, and that one does again', async () => {
    const lines = startCare();
    await eventually(shownTurn, (seen) => seen?.state === 'closed' && seen.interlock === 'enforced');
    await unbindCopyPolicy(api);
    try {
      await eventually(shownTurn, (seen) => seen?.state === 'closed' && seen.interlock === 'absent');
      await sleep(1000);
    } finally {
      await bindCopyPolicy(api);
    }
    await eventually(shownTurn, (seen) => seen?.state === 'closed' && seen.interlock === 'enforced');
    expect(lines.map(({ event }) => event)).toEqual(['interlock-absent', 'interlock-enforced']);
  });

  it('closes a turn whose time is over also where it may not read the budget, and says that once', async () => {
    await writeTurn(api, { open: 'b', until: inMinutes(-1), ...byAlice });
    const lines = startCare(undefined, ofAnother.name);
    await eventually(
      () => readSpec(api),
      (seen) => seen?.open === 'none',
    );
    await eventually(shownTurn, (seen) => seen?.state === 'closed');
    await sleep(1000);
    expect(shownTurn()?.state).toBe('closed');
    expect(lines.map(({ event }) => event)).toEqual(['budget-not-known', 'turn-closed']);
    expect(lines).toMatchObject([{ failure: { code: 'api-forbidden' } }, {}]);
  });

  it('says once that it cannot read the turn, and goes on', async () => {
    await removeTurn(api);
    const lines = startCare();
    await eventually(
      () => lines.length,
      (count) => count > 0,
    );
    expect(lines).toMatchObject([{ event: 'turn-not-known', why: expect.stringContaining(fleetTurn) as string }]);
    await makeTurn(api);
    await writeTurn(api, { open: 'b', until: inMinutes(-1), ...byAlice });
    await eventually(
      () => readSpec(api),
      (seen) => seen?.open === 'none',
    );
    const events = () => lines.map(({ event }) => event);
    expect(await eventually(events, (seen) => seen.length > 1)).toEqual(['turn-not-known', 'turn-closed']);
  });
});

describe('close-turn', () => {
  const close = async (takesOver = false, of = budget) => {
    const words: string[] = [];
    const exitCode = await closeTurn(
      agentPaths(scratch.folder),
      { name: fleetTurn, budget: of, takesOver },
      {
        env: apiEnv(),
        out: (text) => words.push(text),
        err: (text) => words.push(text),
        stopSignal: new Promise(() => undefined),
      },
    );
    return { exitCode, words: words.join('') };
  };

  it.each([
    [
      'closes what a gate opened',
      gateUser,
      { open: 'none', by: gateUser },
      /^Turn .* was open for side b, by .*; it is closed\.\n$/,
    ],
    [
      'leaves what a person opened',
      'alice',
      { open: 'b', by: 'alice' },
      /^Turn .* is left: it is open for side b, by alice until /,
    ],
  ])('%s', async (_, by, spec, words) => {
    await writeTurn(api, { open: 'b', until: inMinutes(5), reason: 'sync', by });
    await writeBudget(api, '100%');
    expect(await close()).toEqual({ exitCode: 0, words: expect.stringMatching(words) as string });
    expect(await readSpec(api)).toMatchObject(spec);
    expect(await readBudget(api)).toBe(by === 'alice' ? 'none' : 'as generated');
    expect(lastWord()).toMatch(/^Turn /);
  });

  it('takes over when a sync begins, so that the budget can be written', async () => {
    await writeTurn(api, { open: 'b', until: inMinutes(5), reason: 'work on kube1', by: 'alice' });
    await writeBudget(api, '100%');
    expect(await close(true)).toMatchObject({ exitCode: 0, words: expect.stringContaining('by alice') as string });
    expect(await readSpec(api)).toMatchObject({ open: 'none', by: gateUser, reason: 'a sync begins' });
    expect(await readBudget(api)).toBe('as generated');
  });

  it.each([
    [2, 0],
    [3, 0],
    [4, 1],
    [9, 1],
  ])('begins no sync whose budget would let two of %i route servers go', async (expectedPods, exitCode) => {
    await api.request('PATCH', `${budgetPath}/status`, { status: { expectedPods } });
    await writeTurn(api, { open: 'b', until: inMinutes(5), reason: 'work on kube1', by: 'alice' });
    const closed = await close(true);
    expect(closed.exitCode).toBe(exitCode);
    if (exitCode === 0) return;
    expect(closed.words).toContain(
      `its disruption budget (minAvailable 50%) would let ${String(Math.floor(expectedPods / 2))} of the ${String(expectedPods)} route servers that run now be evicted at once`,
    );
    expect(lastWord()).toBe(closed.words.trim());
    expect(await readSpec(api)).toMatchObject({ open: 'b', by: 'alice' });
    // What ends a sync closes all the same.
    expect((await close()).exitCode).toBe(0);
  });

  it.each(['open', 'closed'])('says that the budget cannot be read, and leaves none open: it was %s', async (state) => {
    if (state === 'open') await writeTurn(api, { open: 'b', until: inMinutes(5), reason: 'sync', by: gateUser });
    const { exitCode, words } = await close(false, ofAnother);
    expect(exitCode).toBe(0);
    expect(words).toMatch(
      /^Nobody knows how the disruption budget is held, .*of-another.*\nTurn .* (it is closed|was closed already)\.\n$/,
    );
    expect((await readSpec(api))?.open ?? 'none').toBe('none');
  });

  it('gives back what a gate that is gone has held, and writes the closed turn first', async () => {
    const held = await createBudgetObject(asGate(), 'meshrr', budget).hold(new AbortController().signal);
    expect(held).toMatchObject({ kind: 'held', before: undefined });
    expect(await readBudget(api)).toBe('none');
    expect(await close()).toEqual({ exitCode: 0, words: `Turn ${fleetTurn} was closed already.\n` });
    expect(await readBudget(api)).toBe('as generated');
    const at = held.kind === 'held' ? held.hold.at : undefined;
    const reason = expect.stringContaining(at ?? '?') as string;
    expect(await readSpec(api)).toMatchObject({ open: 'none', by: gateUser, reason });
  });

  it('is content with a closed one', async () => {
    expect(await close()).toEqual({ exitCode: 0, words: `Turn ${fleetTurn} was closed already.\n` });
  });
});
