import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import { parseRunningConfig, planChanges, renderFrrConfig } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scriptedVty } from '../../test/scripted-vty.ts';
import { EngineFailure, type EngineFailureCode } from '../engine/engine-failure.ts';
import type { RouterListener } from './bring.ts';
import { withoutDrain } from '@meshrs/router-config/route-server/frr';
import type { Sparing } from './spare-sessions.ts';
import { createWhatRuns } from './what-runs.ts';

const never = new AbortController().signal;
const before = toFrrConfig(routeServer(1));
const wanted = toFrrConfig(
  routeServer(1, {
    name: 'renamed',
    clientGroups: [clientGroup({ timers: { keepaliveSeconds: 20, holdSeconds: 60 }, maximumPrefixes: 7 })],
  }),
);
const limit = 'neighbor MESHRR-CLIENTS maximum-prefix 7 restart 5';
/** The first of the two changes is done, of the second one the timers. */
const half = renderFrrConfig({ ...before, ...(wanted.hostname && { hostname: wanted.hostname }) }).replace(
  'timers 10 30',
  'timers 20 60',
);

const spareNobody: Sparing = {
  plan: (running, to) => Promise.resolve(planChanges(running, to)),
  isOld: () => false,
  left: () => [],
};

describe('what runs', () => {
  it('is what is wanted after a change, told and counted', async () => {
    const runs = startWith(before);
    const session = scriptedVty(() => ({}));

    const done = await runs.changeTo(wanted, { session, spare: spareNobody, signal: never });

    expect(done.changes.map(({ kind }) => kind)).toEqual(['global-changed', 'group-changed']);
    expect(done).toMatchObject({ commandCount: session.asked.length });
    expect(done).not.toHaveProperty('failure');
    expect(runs.config()).toEqual(wanted);
  });

  it('goes on in the same session after a change that was rejected and undone, with all else of it', async () => {
    const runs = startWith(before);
    const session = scriptedVty((command) =>
      command === limit ? { status: 1 } : command === 'show running-config' ? { output: half } : {},
    );

    const done = await runs.changeTo(wanted, { session, spare: spareNobody, signal: never });

    expect(done.failure).toMatchObject({ code: 'command-rejected' });
    expect(done.changes.map(({ kind }) => kind)).toEqual(['global-changed', 'group-changed']);
    expect(runs.config()).toEqual(
      toFrrConfig(
        routeServer(1, {
          name: 'renamed',
          clientGroups: [clientGroup({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } })],
        }),
      ),
    );
    expect(session.isClosed()).toBe(false);
    // Known: what runs then is nothing that came of the change.
    expect(runs.readAnew(wanted)).toEqual([]);
  });

  it.each<[string, EngineFailureCode, (command: string) => Partial<{ status: number; output: string }>]>([
    ['bgpd does not answer', 'engine-timeout', (command) => (command === limit ? fail('engine-timeout') : {})],
    [
      'what is left cannot be read',
      'answer-not-understood',
      (command) => (command === limit || command === 'show running-config' ? { status: 1 } : {}),
    ],
    [
      'the undo is rejected',
      'undo-rejected',
      (command) =>
        command === limit || command.endsWith('timers 10 30')
          ? { status: 1 }
          : command === 'show running-config'
            ? { output: half }
            : {},
    ],
  ])('is read anew in another session when %s', async (_, code, answer) => {
    const runs = startWith(before);
    const session = scriptedVty(answer);

    expect((await runs.changeTo(wanted, { session, spare: spareNobody, signal: never })).failure).toMatchObject({
      code,
    });

    expect(session.isClosed()).toBe(true);
    const found = parseRunningConfig(half).config;
    expect(runs.readAnew(found).map(({ kind }) => kind)).toEqual(['group-changed']);
    expect(runs.config()).toEqual(found);
    expect(runs.readAnew(before)).toEqual([]);
  });

  it('is written to the file when that is not known to be the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshrs-runs-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const file = join(folder, 'frr.conf');
    const runs = createWhatRuns(file, noListener);
    runs.readAnew(before);

    await runs.save(withoutDrain);
    expect(readFileSync(file, 'utf8')).toBe(renderFrrConfig(before));
    rmSync(file);
    await runs.save(withoutDrain);
    expect(existsSync(file)).toBe(false);
    // Another process of bgpd, or of the agent, may have had another file.
    runs.readAnew(before);
    await runs.save(withoutDrain);
    expect(existsSync(file)).toBe(true);
    runs.read(wanted);
    await runs.save(withoutDrain);
    expect(readFileSync(file, 'utf8')).toBe(renderFrrConfig(wanted));
  });
});

function startWith(config: typeof before) {
  const runs = createWhatRuns('/nonexistent/frr.conf', noListener);
  runs.readAnew(config);
  return runs;
}

const noListener: RouterListener = { ensure: () => Promise.resolve(), release: () => Promise.resolve() };

function fail(code: EngineFailureCode): never {
  throw new EngineFailure('It fails.', { code, engine: 'frr', operation: 'x', retryable: true });
}
