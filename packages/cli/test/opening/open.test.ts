import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Daemon } from '@meshrs/test-kit/daemon';
import { patience } from '@meshrs/test-kit/patience';
import { waitFor } from '@meshrs/test-kit/wait';
import { agentStatus, clients } from '../../src/status/live-cluster.test-support.ts';
import { testUsers } from '../../src/validating/kube-apiserver.test-support.ts';
import { startOpeningCluster, type OpeningCluster } from './opening-cluster.ts';

/*
 * `meshrs open` as a process, on a real kube-apiserver with the whole interlock as it is generated: what it asks, who may,
 * and that it leaves nothing open, however it ends.
 */

let cluster: OpeningCluster;
const running: Daemon[] = [];
beforeAll(async () => {
  cluster = await startOpeningCluster();
});
afterAll(async () => {
  await cluster.stop();
});
beforeEach(() => {
  cluster.allClients();
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.end('SIGKILL');
  const spec = await cluster.readSpec();
  if (spec && spec.open !== 'none') await cluster.writeTurn('admin', { open: 'none', by: 'admin', reason: 'cleaning' });
});

const alice = testUsers.alice.name;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

function start(user: Parameters<OpeningCluster['start']>[0], ...args: string[]): Daemon {
  const program = cluster.start(user, ...args);
  running.push(program);
  return program;
}

async function ended(program: Daemon): Promise<string> {
  await waitFor(
    'it ends',
    () => program.output(),
    () => !program.isRunning(),
    60_000,
    50,
  );
  return program.output();
}

const says = (program: Daemon, words: string): Promise<string> =>
  waitFor(
    `it says ${words}`,
    () => {
      if (!program.isRunning() && !program.output().includes(words)) throw new Error(program.output());
      return program.output();
    },
    (seen) => seen.includes(words),
    40_000,
    50,
  );

/** Long enough for a look at a cluster, also beside whatever else runs. */
const aLook = ['--wait', String(4 * patience)];
const openA = ['open', 'a', 'dci', '--reason', 'routeserver-a-0 hangs'] as const;

describe('meshrs open', () => {
  it.each([
    ['SIGINT', 'meshrs open has ended (SIGINT)'],
    ['SIGTERM', 'meshrs open has ended (SIGTERM)'],
    ['SIGHUP', 'meshrs open has ended (SIGHUP)'],
  ] as const)(
    'opens when every client is on the other side, tells everybody, and closes at %s',
    async (signal, why) => {
      const program = start('alice', ...openA, '--minutes', '7');
      await says(program, 'Side a is open until');
      await says(program, 'left, until');
      const spec = await cluster.readSpec();
      expect(spec).toMatchObject({ open: 'a', by: alice, reason: 'routeserver-a-0 hangs' });
      expect(spec).not.toHaveProperty('revision');
      expect(spec?.nodes?.length).toBeGreaterThan(0);
      const leftMs = Date.parse(spec?.until ?? '') - Date.now();
      expect(Math.abs(leftMs - 7 * 60_000)).toBeLessThan(20_000);
      expect(await cluster.readBudget()).toBe('100%');
      // What it is for: the API server lets the person change the side.
      const path = '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-a/scale';
      const scaled = await cluster.api.requestAs('admin', 'PATCH', path, { spec: { replicas: 1 } });
      expect(scaled.status).toBe(200);
      program.signal(signal);
      const output = await ended(program);
      expect(output).toContain('Closed: no side may change.');
      expect(await cluster.readSpec()).toEqual({ open: 'none', by: alice, reason: why });
      expect(await cluster.readBudget()).toBe('50%');
      const told = (await cluster.events()).filter(({ source }) => source.component === 'meshrs');
      expect(told.map(({ reason, type }) => [reason, type])).toContainEqual(['TurnOpened', 'Warning']);
      expect(told.map(({ message }) => message)).toContainEqual(
        `Side a may change until ${spec?.until ?? ''}, opened by ${alice}: routeserver-a-0 hangs`,
      );
      expect(told.map(({ message }) => message)).toContainEqual(
        `No side may change, closed by ${alice}: ${why}; it was open for side a, by ${alice} until ${spec?.until ?? ''}: routeserver-a-0 hangs`,
      );
      expect(told[0]?.involvedObject).toMatchObject({
        kind: 'PodDisruptionBudget',
        name: 'meshrr-evpnrs',
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      });
    },
  );

  it('opens nothing while a client has no session with another side, and names it', async () => {
    cluster.agents.b.answer(agentStatus('b', 'new', clients.slice(0, 4)));
    const program = start('alice', ...openA, ...aLook);
    const output = await ended(program);
    expect(output).toContain('1 of its 5 clients has no session on side b: dc5-border1 (192.168.5.11)');
    expect(output).toContain('Side a was not opened: ');
    expect((await cluster.readSpec())?.open ?? 'none').toBe('none');
    expect(await cluster.readBudget()).toBe('50%');
  });

  it('opens nothing while an agent of the side is silent; --force does, with the name of the fleet', async () => {
    cluster.agents.a.answer({ formatVersion: 9 });
    const asked = await ended(start('alice', ...openA, ...aLook));
    expect(asked).toContain('cannot read the status of routeserver-a-0');
    const wrong = await ended(start('alice', ...openA, '--force', '--confirm', 'other.meshrr'));
    expect(wrong).toContain('"other.meshrr" is not the name of the fleet, meshrr-evpnrs.meshrr; nothing was opened');
    const nobody = await ended(start('alice', ...openA, '--force'));
    expect(nobody).toContain('--confirm meshrr-evpnrs.meshrr');
    const program = start('alice', ...openA, '--force', '--confirm', 'meshrr-evpnrs.meshrr');
    await says(program, 'Side a is open until');
    program.signal('SIGINT');
    expect(await ended(program)).toContain('Closed: no side may change.');
  });

  it('ends while it asks, and has opened nothing', async () => {
    cluster.agents.b.answer(agentStatus('b', 'new', clients.slice(0, 4)));
    const program = start('alice', ...openA, '--wait', '60');
    await says(program, 'Waits for: ');
    program.signal('SIGTERM');
    expect(await ended(program)).toContain('Side a was not opened: ');
    expect(await cluster.readBudget()).toBe('50%');
  });

  it('sees who closes it, and leaves what another has opened', async () => {
    const program = start('alice', ...openA);
    await says(program, 'left, until');
    await cluster.writeTurn('gate', { open: 'none', by: testUsers.gate.name, reason: 'the gate before side a looks' });
    await cluster.writeTurn('gate', { open: 'b', by: testUsers.gate.name, reason: 'sync', until: inMinutes(5) });
    const output = await ended(program);
    expect(output).toContain(
      `Side a is not open by you any more: the turn is open for side b, by ${testUsers.gate.name} until`,
    );
    expect(await cluster.readSpec()).toMatchObject({ open: 'b', by: testUsers.gate.name });
    expect(await cluster.readBudget()).toBe('100%');
    const { status } = await cluster.api.request('GET', '/readyz');
    expect(status).toBe(200);
    await cluster.writeTurn('gate', { open: 'none', by: testUsers.gate.name, reason: 'done' });
    await cluster.api.requestAs(
      'gate',
      'PATCH',
      '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/meshrr-evpnrs',
      {
        spec: { minAvailable: '50%' },
      },
    );
  });

  it('goes on while the API server is away, and closes when it is back', async () => {
    const program = start('alice', ...openA);
    await says(program, 'left, until');
    await cluster.api.kill();
    await says(program, 'The agents close it when its time is over.');
    await cluster.startAgain();
    await says(program, 'The Kubernetes API answers again.');
    program.signal('SIGINT');
    expect(await ended(program)).toContain('Closed: no side may change.');
  });

  it('says that it could not close, when the API server is away at its end', async () => {
    const program = start('alice', ...openA);
    await says(program, 'left, until');
    await cluster.api.kill();
    program.signal('SIGINT');
    const output = await ended(program);
    expect(output).toContain('Side a is perhaps still open, it could not be closed');
    expect(output).toContain('meshrs close --reason TEXT');
    await cluster.startAgain();
    const closed = await ended(start('alice', 'close', 'dci', '--reason', 'left open'));
    expect(closed).toMatch(/was open for side a, by alice@example\.com until .*; it is closed\./);
    expect(await cluster.readSpec()).toEqual({ open: 'none', by: alice, reason: 'left open' });
    expect(await cluster.readBudget()).toBe('50%');
    expect(await ended(start('alice', 'close', 'dci', '--reason', 'again'))).toContain('is closed already');
  });
});

describe('meshrs open refuses', () => {
  it('a side that is open already, and says by whom; nor does another terminal of the same name', async () => {
    await cluster.writeTurn('gate', { open: 'b', by: testUsers.gate.name, reason: 'sync', until: inMinutes(5) });
    const byGate = await ended(start('alice', ...openA));
    expect(byGate).toContain(`The turn is open for side b, by ${testUsers.gate.name} until`);
    expect(byGate).toContain('a sync is under way');
    const closing = await ended(start('alice', 'close', 'dci', '--reason', 'x'));
    expect(closing).toContain('A sync is under way, and would fail.');
    expect(await cluster.readSpec()).toMatchObject({ open: 'b' });
    await cluster.writeTurn('gate', { open: 'none', by: testUsers.gate.name, reason: 'done' });
    const first = start('alice', ...openA);
    await says(first, 'left, until');
    const second = await ended(start('alice', ...openA));
    expect(second).toContain(`by ${alice} until`);
    expect(await cluster.readSpec()).toMatchObject({ open: 'a', by: alice });
    first.signal('SIGINT');
    await ended(first);
  });

  it('all sides to a person without the right to open them, in the words of the policy', async () => {
    const args = ['open', '--both', '--force', '--confirm', 'meshrr-evpnrs.meshrr', '--reason', 'fire'];
    const refused = await ended(start('alice', ...args, 'dci'));
    expect(refused).toContain('a person alone opens all sides, with the right to the verb "open-all" on this turn');
    const program = start('admin', ...args, 'dci');
    await says(program, 'All sides and what they share are open until');
    expect(await cluster.readSpec()).toMatchObject({ open: 'all', by: 'admin', reason: 'fire' });
    program.signal('SIGINT');
    await ended(program);
    expect(await cluster.readSpec()).toMatchObject({ open: 'none', by: 'admin' });
  });

  it.each([
    ['viewer', [...openA], 'Whoever asks needs a Role with verbs get and patch on the turn'],
    ['gate', ['open', 'a', 'dci', '--reason', 'x', '--force', '--confirm', 'meshrr-evpnrs.meshrr'], 'cannot'],
    ['alice', ['open', 'aa', 'dci', '--reason', 'x'], 'There is no side "aa" in this cluster.'],
    ['alice', ['open', 'dci', '--reason', 'x'], 'There'],
    ['alice', ['open', 'a', 'dci'], "required option '--reason <text>' not specified"],
    ['alice', ['open', 'a', 'dci', '--reason', '  '], '--reason is empty'],
    ['alice', ['open', 'a', 'dci', '--reason', 'one\ntwo'], 'control character'],
    ['alice', ['open', 'a', 'dci', '--reason', 'x'.repeat(501)], '--reason has 501 characters'],
    ['alice', ['open', 'a', 'dci', '--reason', 'x', '--minutes', '61'], '--minutes: "61" cannot be'],
    ['alice', ['open', 'a', 'dci', '--reason', 'x', '--minutes', '0'], '--minutes: "0" cannot be'],
    ['alice', ['open', 'a', 'dci', '--reason', 'x', '--minutes', '1e1'], '--minutes: "1e1" cannot be'],
    ['alice', ['open', '--both', 'dci', '--reason', 'x'], 'so --both takes --force'],
    ['alice', ['open', 'a', 'dci', '--reason', 'x', '--context', 'prod'], 'no context "prod"'],
  ] as const)('%s: %j', async (user, args, words) => {
    const program = start(user, ...args);
    expect(await ended(program)).toContain(words);
    expect((await cluster.readSpec())?.open ?? 'none').toBe('none');
  });
});
