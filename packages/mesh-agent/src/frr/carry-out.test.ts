import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import {
  emptyFrrConfig,
  frrFamilies,
  planChanges,
  renderFrrConfig,
  type FrrConfig,
  type PlannedChange,
  type PlannedCommand,
  type StatementContext,
} from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scriptedVty, type ScriptedVty } from '../../test/scripted-vty.ts';
import { carryOut, readRunningConfig, show, type Around, type CarriedOut } from './carry-out.ts';
import type { VtyAnswer } from './vty-session.ts';

const never = new AbortController().signal;
const before = toFrrConfig(routeServer(1));
const dynamic = '% Operation not allowed on a dynamic neighbor';

const around = (config: FrrConfig): Around => ({ asn: config.router?.asn, before: () => config });

describe('carryOut', () => {
  it('says each command in the context that it was planned for, and leaves the configuration mode', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { maxLength: 12, size: 'max' }), async (planned) => {
        const bgpd = bgpdWithModes();
        const session = scriptedVty(bgpd.answer);

        const { count } = await carryOut(session, around(before), change(planned), never);

        expect(bgpd.carriedOut).toEqual(planned);
        expect(bgpd.mode()).toBe('outside');
        expect(count).toBe(session.asked.length);
        if (planned.length === 0) expect(count).toBe(0);
      }),
    );
  });

  it.each([1, 2, 13])('takes status %d as a rejection, says no more of the change, and undoes it', async (status) => {
    const rejected = 'neighbor MESHRR-CLIENTS timers connect 5';
    const planned = routerCommands('neighbor MESHRR-CLIENTS timers 20 60', rejected, 'bgp listen limit 7');
    const left = renderFrrConfig(before).replace('neighbor MESHRR-CLIENTS timers 10 30', planned[0]?.text ?? '');
    const session = scriptedVty((command) => answerOf(command, { [rejected]: { status, output: '% No.\n' } }, left));

    await expect(carryOut(session, around(before), change(planned), never)).rejects.toMatchObject({
      code: 'command-rejected',
      operation: rejected,
      retryable: false,
      message: expect.stringContaining(`(status ${String(status)}): % No.. The change was undone`) as unknown,
    });

    expect(session.asked).toEqual([
      'configure terminal',
      `router bgp ${String(before.router?.asn)}`,
      'neighbor MESHRR-CLIENTS timers 20 60',
      rejected,
      'end',
      'show running-config',
      'configure terminal',
      `router bgp ${String(before.router?.asn)}`,
      'neighbor MESHRR-CLIENTS timers 10 30',
      'end',
    ]);
  });

  it.each([1, 13])('takes a mode that bgpd does not enter as a rejection, too (status %d)', async (status) => {
    const enter = `router bgp ${String(before.router?.asn)}`;
    let isRejected = false;
    const session = scriptedVty((command) => {
      if (command !== enter || isRejected) return answerOf(command, {}, renderFrrConfig(before));
      isRejected = true;
      return { status, output: 'BGP is already running; AS is 65001' };
    });

    await expect(
      carryOut(session, around(before), change(routerCommands('bgp listen limit 7')), never),
    ).rejects.toMatchObject({
      code: 'command-rejected',
      operation: enter,
    });
    expect(session.asked).not.toContain('bgp listen limit 7');
    expect(session.asked).toContain('end');
  });

  it('tells when the undo is rejected, too', async () => {
    const planned = routerCommands('neighbor MESHRR-CLIENTS timers 20 60', 'bgp listen limit 7');
    const left = renderFrrConfig(before).replace('neighbor MESHRR-CLIENTS timers 10 30', planned[0]?.text ?? '');
    const [no, undoing] = [{ status: 1, output: '% No.' }, 'neighbor MESHRR-CLIENTS timers 10 30'];
    const session = scriptedVty((command) => answerOf(command, { 'bgp listen limit 7': no, [undoing]: no }, left));

    await expect(carryOut(session, around(before), change(planned), never)).rejects.toMatchObject({
      code: 'undo-rejected',
      operation: undoing,
      retryable: true,
    });
  });

  it('makes a router where there is none, and takes it back when a setting of it is rejected', async () => {
    const first = planChanges(emptyFrrConfig, before).find(({ change: { subject } }) => subject === 'router');
    if (!first) return expect.unreachable('a router is a change');
    const bgpd = scriptedVty(() => ({}));
    const nothing = { ...around(emptyFrrConfig), asn: before.router?.asn };
    await carryOut(bgpd, nothing, first, never);
    const enter = 'router bgp 4259840001';
    expect(bgpd.asked.slice(0, 5)).toEqual(['configure terminal', enter, 'end', 'configure terminal', enter]);
    const session = scriptedVty((command) =>
      answerOf(command, { 'bgp router-id 192.168.255.1': { status: 1 } }, 'router bgp 4259840001\nexit\n'),
    );

    await expect(carryOut(session, nothing, first, never)).rejects.toMatchObject({ code: 'command-rejected' });

    expect(session.asked.slice(-3)).toEqual(['configure terminal', 'no router bgp 4259840001', 'end']);
  });

  describe('with a client that is cleared to become a configured neighbor', () => {
    const [declaring] = planChanges(
      before,
      toFrrConfig(
        routeServer(1, { clientGroups: [clientGroup({ neighbors: [declared('x', '192.168.1.1', 65001)] })] }),
      ),
    );
    const configure = 'neighbor 192.168.1.1 remote-as 65001';

    it.each([1, 3, 9])('clears it again when it is back at once, %d times', async (times) => {
      const session = vtyThatRejects(configure, { times, output: dynamic });

      await carry(session);

      expect(asked(session, 'do clear bgp 192.168.1.1')).toBe(times + 1);
      expect(session.asked).not.toContain('show running-config');
    });

    it('gives up on one that is always back, which leaves nothing to undo', async () => {
      const session = vtyThatRejects(configure, { times: Infinity, output: dynamic });

      expect((await carry(session)).cameBack).toMatchObject({
        ...{ code: 'command-rejected', operation: configure, retryable: true },
        message: expect.stringContaining(
          'The client was cleared 10 times, and had come by its listen range again',
        ) as unknown,
      });

      expect(asked(session, configure)).toBe(10);
      expect(session.asked).not.toContain('show running-config');
      expect(session.asked.at(-1)).toBe('end');
    });

    it('does not try again what is rejected for another reason', async () => {
      const session = vtyThatRejects(configure, {
        times: 1,
        output: '% Can not configure the local system as neighbor',
      });

      await expect(carry(session)).rejects.toMatchObject({ code: 'command-rejected' });

      expect(asked(session, configure)).toBe(1);
    });

    it('goes on when there was nobody to clear', async () => {
      const session = vtyThatRejects('do clear bgp 192.168.1.1', { times: 1, output: '%BGP: Unknown neighbor' });

      await carry(session);

      expect(asked(session, configure)).toBe(1);
    });

    function carry(session: ScriptedVty): Promise<CarriedOut> {
      return declaring
        ? carryOut(session, around(before), declaring, never)
        : expect.unreachable('a declared client is a change');
    }
  });

  describe('with a client that dials all the time, and is there again by its range whenever it is no neighbor', () => {
    const limited = (group: string, asn: number) =>
      toFrrConfig(
        routeServer(1, {
          clientGroups: [
            clientGroup(group === 'ONE' ? { neighbors: [declared('x', '192.168.1.1', asn)] } : {}),
            clientGroup({
              name: 'TWO',
              prefixes: [],
              ...(group === 'TWO' && { neighbors: [declared('x', '192.168.1.1', asn)] }),
            }),
          ],
        }),
      );

    it.each([1, 2, 9])('makes its neighbor anew when it came in between, %d times', async (times) => {
      const from = limited('ONE', 65001);
      const [moved] = planChanges(from, limited('TWO', 65001));
      if (!moved) return expect.unreachable('another group is a change');
      expect(moved.commands.map(({ text }) => text).slice(0, 2)).toEqual([
        'no neighbor 192.168.1.1',
        'do clear bgp 192.168.1.1',
      ]);
      const bgpd = bgpdWithRange(times);
      await carryOut(bgpd, around(from), moved, never);
      expect(asked(bgpd, 'no neighbor 192.168.1.1')).toBe(times + 1);
      expect(bgpd.asked).not.toContain('show running-config');
    });

    it('takes a neighbor for gone that is one of its range by now', async () => {
      const from = limited('ONE', 65001);
      const [gone] = planChanges(from, limited('', 0));
      if (!gone) return expect.unreachable('a neighbor that goes is a change');
      const session = vtyThatRejects('no neighbor 192.168.1.1', { times: 1, output: dynamic });
      await carryOut(session, around(from), gone, never);
      expect(session.asked.at(-1)).toBe('end');
      const refused = vtyThatRejects('no neighbor 192.168.1.1', { times: 1, output: '% No.' });
      await expect(carryOut(refused, around(from), gone, never)).rejects.toMatchObject({
        code: 'command-rejected',
      });
    });

    it('undoes a change as patiently', async () => {
      const from = limited('ONE', 65001);
      const [moved] = planChanges(from, limited('TWO', 65001));
      if (!moved) return expect.unreachable('another group is a change');
      let isBack = true;
      const session = scriptedVty((command) => {
        if (command === 'neighbor 192.168.1.1 peer-group TWO') return { status: 13, output: '% No.' };
        if (command === 'show running-config') return { output: renderFrrConfig(limited('', 0)) };
        if (command !== 'neighbor 192.168.1.1 remote-as 65001' || !session.asked.includes('show running-config'))
          return {};
        const answer = isBack ? { status: 13, output: dynamic } : {};
        isBack = false;
        return answer;
      });
      await expect(carryOut(session, around(from), moved, never)).rejects.toMatchObject({
        code: 'command-rejected',
      });
    });

    /** bgpd refuses to take away, and to change, what has come by a range; after so many clears it stays away. */
    function bgpdWithRange(times: number): ScriptedVty {
      let isThere = false;
      let left = times;
      return scriptedVty((command) => {
        const answer = isThere ? { status: 13, output: dynamic } : {};
        if (command === 'no neighbor 192.168.1.1') isThere ||= left > 0;
        if (command.startsWith('do clear')) {
          left -= 1;
          isThere = left >= 0;
          return {};
        }
        return command.includes('192.168.1.1') ? answer : {};
      });
    }
  });

  it('does not try again where nothing was cleared', async () => {
    const [added] = planChanges(before, toFrrConfig(routeServer(1, { meshGroups: [meshGroup(['10.42.0.1'])] })));
    if (!added) return expect.unreachable('a mesh neighbor is a change');
    const join = 'neighbor 10.42.0.1 peer-group MESHRR-CORE';
    const session = vtyThatRejects(join, { times: 1, output: dynamic });

    await expect(carryOut(session, around(before), added, never)).rejects.toMatchObject({
      code: 'command-rejected',
    });

    expect(asked(session, join)).toBe(1);
  });
});

describe('show', () => {
  it.each([1, 4])('takes status %d for no answer', async (status) => {
    const session = scriptedVty(() => ({ status, output: '% Unknown command\n' }));

    await expect(show(session, 'show bgp x', never)).rejects.toMatchObject({
      code: 'answer-not-understood',
      operation: 'show bgp x',
      message: 'bgpd rejected "show bgp x": % Unknown command',
    });
    await expect(readRunningConfig(session, never)).rejects.toMatchObject({ operation: 'show running-config' });
  });
});

const contexts: fc.Arbitrary<StatementContext> = fc.oneof(
  fc.constantFrom<StatementContext>({ kind: 'top' }, { kind: 'router' }),
  fc.record({ kind: fc.constant('family' as const), family: fc.constantFrom(...frrFamilies) }),
  fc.record({
    kind: fc.constant('route-map' as const),
    name: fc.constantFrom('ONE', 'OTHER'),
    entry: fc.constantFrom('deny 5' as const, 'permit 10' as const),
  }),
);
const commands: fc.Arbitrary<PlannedCommand> = fc
  .tuple(contexts, fc.constantFrom('first', 'second'))
  .map(([context, text]) => ({ context, text: context.kind === 'top' && text === 'first' ? opensBlock : text }));

/** bgpd goes into the block that a line opens. */
const opensBlock = 'route-map MADE permit 10';

/** What bgpd knows of modes, and less: it never climbs to the mode above by itself, as bgpd would for a command it knows there. */
function bgpdWithModes() {
  const carriedOut: PlannedCommand[] = [];
  let mode: StatementContext | 'outside' = 'outside';
  const enter = (next: StatementContext | 'outside') => {
    mode = next;
    return {};
  };
  return {
    carriedOut,
    mode: () => mode,
    answer: (command: string): Partial<VtyAnswer> => {
      if (command === 'end') return enter('outside');
      if (mode === 'outside') return command === 'configure terminal' ? enter({ kind: 'top' }) : { status: 2 };
      const family = frrFamilies.find((each) => command === `address-family ${each}`);
      if (mode.kind === 'router' && family !== undefined) return enter({ kind: 'family', family });
      if (mode.kind === 'family' && command === 'exit-address-family') return enter({ kind: 'router' });
      if (mode.kind === 'top' && command === `router bgp ${String(before.router?.asn)}`)
        return enter({ kind: 'router' });
      const [, name, entry] = /^route-map (ONE|OTHER) (permit 10|deny 5)$/.exec(command) ?? [];
      if (mode.kind === 'top' && name !== undefined) {
        return enter({ kind: 'route-map', name, entry: entry === 'deny 5' ? entry : 'permit 10' });
      }
      if (command !== 'first' && command !== 'second' && command !== opensBlock) return { status: 2 };
      carriedOut.push({ context: mode, text: command });
      return command === opensBlock ? enter({ kind: 'route-map', name: 'MADE', entry: 'permit 10' }) : {};
    },
  };
}

function change(planned: readonly PlannedCommand[]): PlannedChange {
  return {
    change: { kind: 'group-changed', resets: 'none' },
    resets: { kind: 'none' },
    commands: planned,
    leaves: { kind: 'other', of: (running) => running },
  };
}

function routerCommands(...texts: readonly string[]): readonly PlannedCommand[] {
  return texts.map((text) => ({ context: { kind: 'router' }, text }));
}

function answerOf(
  command: string,
  answers: Readonly<Record<string, Partial<VtyAnswer>>>,
  running: string,
): Partial<VtyAnswer> | undefined {
  return command === 'show running-config' ? { output: running } : answers[command];
}

function vtyThatRejects(
  rejected: string,
  { times, output }: { readonly times: number; readonly output: string },
): ScriptedVty {
  let count = 0;
  return scriptedVty((command) => {
    if (command !== rejected) return answerOf(command, {}, renderFrrConfig(before));
    count += 1;
    return count > times ? {} : { status: 13, output };
  });
}

function asked(session: ScriptedVty, command: string): number {
  return session.asked.filter((each) => each === command).length;
}
