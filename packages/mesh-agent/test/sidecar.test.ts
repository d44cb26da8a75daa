import { existsSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { agentStatusSchema } from '@meshrs/contract/status';
import { afterEach, describe, expect, it } from 'vitest';
import { machineClock } from '../src/async/clock.ts';
import { drainAndWait } from '../src/cli/drain-command.ts';
import { clearEvictions, listEvictions } from '../src/cli/evictions-command.ts';
import { eventually } from '@meshrs/test-kit/wait';
import { createMemoryEngine, engineFailure } from './memory-engine.ts';
import type { PodFolder } from './pod-folder.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, ip, peersOf, startTestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(settings: string, engine = createMemoryEngine(), prepare?: (pod: PodFolder) => Promise<void>) {
  const started = await startTestSidecar({ settings, engine, ...(prepare && { prepare }) });
  cleanups.push(started.remove);
  return { ...started, engine };
}

describe('the sidecar', () => {
  it('gives the engine the peers without itself, and is ready', async () => {
    const { engine, sidecar, address } = await start(
      settingsText({ source: staticSource('192.0.2.1', '192.0.2.2', '192.0.2.200') }),
    );
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 2,
    );
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 200,
    );
    const status = await sidecar.status();
    expect(status).toMatchObject({
      formatVersion: 2,
      engine: { isConnected: true, isApplied: true, version: 'memory 1' },
      groups: [{ name: 'MESHRR-CORE', published: ['192.0.2.1', '192.0.2.2'], observed: ['192.0.2.1', '192.0.2.2'] }],
      lastPeerChange: {
        changes: [
          { kind: 'add', reason: 'published' },
          { kind: 'add', reason: 'published' },
        ],
      },
    });
  });

  it('answers /status in the shape that readers check, /metrics, and nothing else', async () => {
    const { address, engine } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    const status = agentStatusSchema.safeParse(JSON.parse((await get(address, '/status')).body));
    expect(status.error).toBeUndefined();
    expect((await get(address, '/metrics')).body).toContain('meshrs_mesh_peers{group="MESHRR-CORE",set="observed"} 1');
    expect(await get(address, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect((await get(address, '/drain')).status).toBe(404);
    expect((await fetch(`http://${address}:8179/status`, { method: 'POST' })).status).toBe(405);
  });

  it('applies settings that arrive by the swap of ..data, and says which revision is in force', async () => {
    const { pod, engine, sidecar } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    const before = (await sidecar.status()).settings.revision;
    await pod.writeSettings(settingsText({ source: staticSource('192.0.2.7'), clientPrefix: '203.0.113.0/24' }));
    await eventually(
      () => engine.applied.at(-1)?.clientGroups[0]?.prefixes,
      (prefixes) => prefixes?.[0] === '203.0.113.0/24',
    );
    expect(peersOf(engine)).toEqual(['192.0.2.7']);
    const status = await sidecar.status();
    expect(status.settings.revision).not.toBe(before);
    expect(status.engine.lastApply?.settingsRevision).toBe(status.settings.revision);
  });

  it('keeps the settings in force when the file becomes wrong, and shows where it is wrong', async () => {
    const { pod, engine, sidecar, events } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    const before = (await sidecar.status()).settings.revision;
    await pod.writeSettings('asn: "65000"\nmode: evpnrs\nbgpgroups: none\n');
    const status = await eventually(
      () => sidecar.status(),
      ({ settings }) => settings.refused !== undefined,
    );
    expect(status.settings.revision).toBe(before);
    expect(status.settings.refused?.issues[0]).toMatchObject({ code: 'wrong-type', line: 3, column: 12, seen: 'none' });
    expect(events().filter((event) => event === 'settings-refused')).toHaveLength(1);
    await pod.writeSettings(settingsText({ source: staticSource('192.0.2.2') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers[0] === '192.0.2.2',
    );
    expect((await sidecar.status()).settings.refused).toBeUndefined();
  });

  it.each([
    ['its router-id is gone from them', 'router-id-missing', ['rs-a-0', 'rs-z-0'], 5],
    ['they name another engine', 'engine-not-supported', ['engine: frr', 'engine: crpd'], 3],
    ['they name no engine, which means another one', 'engine-not-supported', ['engine: frr\n', ''], 1],
  ] as const)('keeps the settings in force when %s', async (_, code, [before, after], line) => {
    const { address, pod, engine, sidecar } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    await pod.writeSettings(settingsText({ source: staticSource('192.0.2.9') }).replace(before, after));
    const status = await eventually(
      () => sidecar.status(),
      ({ settings }) => settings.refused !== undefined,
    );
    expect(status.settings.refused?.issues).toMatchObject([{ code, line }]);
    expect(peersOf(engine)).toEqual(['192.0.2.1']);
    expect((await get(address, '/metrics')).body).toContain('meshrs_settings_refused 1');
  });

  it('takes settings that may not be meant, and says so once for each content', async () => {
    const any = (peer: string) => settingsText({ source: staticSource(peer), clientPrefix: '0.0.0.0/0' });
    const { address, pod, engine, lines, sidecar } = await start(any('192.0.2.1'));
    await pod.writeSettings(any('192.0.2.2'));
    await eventually(
      () => peersOf(engine),
      (peers) => peers[0] === '192.0.2.2',
    );
    const told = lines().filter(({ event }) => event === 'settings-doubtful');
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ level: 'warn', issueCount: 1, issues: [{ code: 'any-address', line: 17 }] });
    const warnings = { issueCount: 1, issues: [{ severity: 'warning', code: 'any-address', seen: '0.0.0.0/0' }] };
    expect((await sidecar.status()).settings).toMatchObject({ warnings });
    expect((await get(address, '/metrics')).body).toMatch(/^meshrs_settings_warnings 1$/m);

    // They are of the settings in force, whatever is wrong with those that came after them.
    await pod.writeSettings('bgpgroups: none\n');
    const refused = await eventually(
      () => sidecar.status(),
      ({ settings }) => settings.refused !== undefined,
    );
    expect(refused.settings).toMatchObject({ warnings });
    await pod.writeSettings(settingsText({ source: staticSource('192.0.2.3') }));
    const right = await eventually(
      () => sidecar.status(),
      ({ settings }) => settings.refused === undefined,
    );
    expect(right.settings).not.toHaveProperty('warnings');
    expect(
      await eventually(
        () => get(address, '/metrics'),
        ({ body }) => /^meshrs_settings_warnings 0$/m.test(body),
      ),
    ).toBeDefined();
  });

  it('takes a client range that holds its own address, and says so, at its start and later', async () => {
    const wide = (peer: string) => settingsText({ source: staticSource(peer), clientPrefix: '192.0.2.192/26' });
    const { pod, engine, lines, sidecar } = await start(wide('192.0.2.1'));
    await pod.writeSettings(wide('192.0.2.2'));
    await eventually(
      () => peersOf(engine),
      (peers) => peers[0] === '192.0.2.2',
    );
    const told = lines().filter(({ event }) => event === 'settings-doubtful');
    expect(told).toMatchObject([1, 2].map(() => ({ issues: [{ code: 'own-address-in-range', line: 17 }] })));
    const issue = { severity: 'warning', code: 'own-address-in-range', seen: '192.0.2.192/26' };
    expect((await sidecar.status()).settings).toMatchObject({ warnings: { issueCount: 1, issues: [issue] } });
  });

  it('keeps the settings in force when their file is gone, and says so in its metrics', async () => {
    const { address, pod, engine, sidecar } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    await rm(pod.paths.settings);
    const status = await eventually(
      () => sidecar.status(),
      ({ settings }) => settings.failure !== undefined,
    );
    expect(status.settings).toMatchObject({ failure: { code: 'file-not-readable' } });
    expect((await get(address, '/metrics')).body).toContain('meshrs_settings_refused 1');
    expect(peersOf(engine)).toEqual(['192.0.2.1']);
  });

  it('starts before its engine, and applies everything again when the engine restarts', async () => {
    const engine = createMemoryEngine({ isRunning: false });
    const { address, sidecar } = await start(settingsText({ source: staticSource('192.0.2.1') }), engine);
    expect((await get(address, '/readyz')).status).toBe(503);
    expect(await sidecar.status()).toMatchObject({
      engine: { isConnected: false, failure: { code: 'engine-unreachable' } },
      sessions: { kind: 'unreadable', failure: { code: 'engine-unreachable' } },
      groups: [{ source: { kind: 'static', isHealthy: true } }],
    });
    engine.start({ isRestart: false });
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 200,
    );
    engine.kill();
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 503,
    );
    engine.start({ isRestart: true });
    await eventually(
      () => engine.applied.length,
      (count) => count >= 2,
    );
    expect(peersOf(engine)).toEqual(['192.0.2.1']);
    const status = await eventually(
      () => sidecar.status(),
      ({ readiness }) => readiness.isReady,
    );
    expect(status.engine.restartCount).toBe(1);
  });

  it('stays ready when a session of the mesh breaks', async () => {
    const { engine, sidecar, address } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 200,
    );
    engine.setSession(ip('192.0.2.1'), { state: 'idle' });
    const status = await eventually(
      () => sidecar.status(),
      ({ sessions }) => sessions.kind === 'read' && sessions.list[0]?.state === 'idle',
    );
    expect(status.readiness.isReady).toBe(true);
  });

  it('is not ready while a peer has not sent End-of-RIB', async () => {
    const engine = createMemoryEngine();
    engine.setSession(ip('192.0.2.1'), { endOfRib: { received: false, sent: true } });
    const { sidecar, address } = await start(settingsText({ source: staticSource('192.0.2.1') }), engine);
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    expect((await sidecar.status()).readiness.reasons).toEqual([
      { kind: 'mesh-not-converged', peers: ['192.0.2.1'], count: 1 },
    ]);
    engine.setSession(ip('192.0.2.1'), {});
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 200,
    );
  });

  it('tries again what the engine refuses, and shows why', async () => {
    const engine = createMemoryEngine();
    engine.refuse(engineFailure('command-rejected', 'apply'), 'apply');
    const { sidecar, events } = await start(settingsText({ source: staticSource('192.0.2.1') }), engine);
    // The first apply and a second one have failed; nothing but the agent itself asks for a third one.
    await eventually(events, (seen) => seen.filter((event) => event === 'engine-failed').length >= 2);
    expect((await sidecar.status()).engine).toMatchObject({
      isApplied: false,
      failure: { code: 'command-rejected' },
    });
    expect(engine.applied).toEqual([]);
    engine.refuse(undefined);
    const status = await eventually(
      () => sidecar.status(),
      ({ engine: { isApplied } }) => isApplied,
    );
    expect(status.engine).not.toHaveProperty('failure');
    expect(peersOf(engine)).toEqual(['192.0.2.1']);
  });

  it('looks again at an engine that does not say what it has, and gives it nothing before', async () => {
    const engine = createMemoryEngine();
    engine.refuse(engineFailure('answer-not-understood', 'observe'), 'observe');
    const { events } = await start(settingsText({ source: staticSource('192.0.2.1') }), engine);
    await eventually(events, (seen) => seen.includes('engine-failed'));
    expect(engine.applied).toEqual([]);
    engine.refuse(undefined);
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
  });

  it('tells of who is evicted and of who may come again, in its log, in /status and in /metrics', async () => {
    const { engine, sidecar, address, lines } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    const client = ip('198.51.100.7');
    engine.offend(client);
    const told = (event: string) => lines().filter((line) => line.event === event);
    await eventually(
      () => told('session-evicted'),
      (seen) => seen.length === 1,
      15_000,
    );
    expect(told('session-evicted')).toMatchObject([{ address: client, reason: 'as-not-allowed', count: 1 }]);
    expect((await sidecar.status()).evictions).toMatchObject([{ address: client, reason: 'as-not-allowed' }]);
    expect((await get(address, '/metrics')).body).toMatch(/^meshrs_evictions_total\{reason="as-not-allowed"\} 1$/m);
    engine.endEviction(client);
    await eventually(
      () => told('eviction-ended'),
      (seen) => seen.length === 1,
      15_000,
    );
    expect(told('eviction-ended')).toMatchObject([{ address: client, why: 'expired' }]);
    expect((await sidecar.status()).evictions).toEqual([]);
  });

  it('puts right once what somebody changed in the engine', async () => {
    const engine = createMemoryEngine();
    const started = await startTestSidecar({
      settings: settingsText({ source: staticSource('192.0.2.1') }),
      engine,
      updateSeconds: 1,
    });
    cleanups.push(started.remove);
    await eventually(
      () => engine.applied.length,
      (count) => count === 1,
    );
    const change = { kind: 'neighbor-removed', subject: '192.0.2.99', resets: 'neighbor' } as const;
    engine.drift(change);
    await eventually(
      () => engine.applied.length,
      (count) => count === 2,
      15_000,
    );
    expect(started.lines().filter(({ event }) => event === 'engine-drifted')).toMatchObject([
      { outstanding: [change] },
    ]);
    expect((await started.sidecar.status()).engine.isApplied).toBe(true);
  });

  it('drains when the engine asks by a file, answers by a file, and goes on', async () => {
    const { pod, engine, address, sidecar } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 200,
    );
    await writeFile(pod.paths.drainRequest, '');
    await eventually(
      () => existsSync(pod.paths.drainDone),
      (isDone) => isDone,
    );
    expect(engine.calls.filter((call) => !call.startsWith('guard'))).toEqual([
      'graceful-shutdown',
      'close meshrs: this route server is drained; use the other side',
    ]);
    expect((await get(address, '/readyz')).status).toBe(503);
    expect((await sidecar.status()).drain).toMatchObject({
      phase: 'drained',
      cause: 'unknown',
      outcome: 'complete',
    });
    expect((await get(address, '/healthz')).status).toBe(200);
  });

  it('drains by the command, which waits for the end', async () => {
    const { pod } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    const said: string[] = [];
    expect(await drainAndWait(pod.paths, { out: (text) => said.push(text) })).toBe(0);
    expect(said.join('')).toMatch(
      /^Asked for the drain; the other route servers are asked first\. It takes up to 59 s\.\nDrained at [\d:]{8}Z for mesh-agent drain: clients got GRACEFUL_SHUTDOWN, then Cease\.\n$/,
    );
  });

  it('lists and clears evictions through a socket that only its user may open', async () => {
    // An eviction of the test's engine began at 0 by the monotonic clock; a wall clock that an hour was put on shows it so.
    const clock = { monotonicMs: machineClock.monotonicMs, wallMs: (at: number) => at + 3_600_000 };
    const engine = createMemoryEngine();
    const { pod, remove } = await startTestSidecar({
      settings: settingsText({ source: staticSource('192.0.2.1') }),
      engine,
      clock,
    });
    cleanups.push(remove);
    expect((await stat(pod.paths.agentSocket)).mode & 0o777).toBe(0o600);
    engine.evict(ip('198.51.100.7'));
    engine.evict(ip('198.51.100.8'));
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
    await listEvictions(pod.paths.agentSocket, output);
    expect(said.splice(0).join('')).toBe(
      ['198.51.100.7', '198.51.100.8']
        .map(
          (at) =>
            `${at}: AS 64999 is in none of the ranges of group MESHRR-CLIENTS; add it to "asns" of that group in the topology, which ends this at once when the commit is synced, or change the client and say "mesh-agent evictions clear ${at}". Evicted until 1970-01-01T01:01:00.000Z, for the first time in a row.\n`,
        )
        .join(''),
    );
    await clearEvictions(pod.paths.agentSocket, ip('198.51.100.7'), output);
    expect(said.splice(0).join('')).toBe(
      'Cleared: 198.51.100.7 may come again now; it is evicted again if its AS is still not allowed.\n',
    );
    expect(engine.evictions().map(({ address }) => address)).toEqual(['198.51.100.8']);
    await clearEvictions(pod.paths.agentSocket, 'all', output);
    expect(engine.evictions()).toEqual([]);
    await listEvictions(pod.paths.agentSocket, output);
    expect(said.at(-1)).toBe('Nobody is evicted.\n');
  });

  it('lists and clears pinned clients with those that are evicted, each with what to do', async () => {
    const { pod, engine } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    const pin = { group: 'CLIENTS', sinceMs: 0, closedAtMs: 1000, closedCount: 3, isLeaving: false };
    engine.pin({ ...pin, address: ip('198.51.100.1'), standing: 'held' });
    engine.pin({ ...pin, address: ip('198.51.100.2'), standing: 'up', isLeaving: true });
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
    expect(await listEvictions(pod.paths.agentSocket, output)).toBe(0);
    const [nobody, held, up] = said.splice(0).join('').split('\n');
    expect(nobody).toBe('Nobody is evicted; 2 clients are pinned:');
    expect(held).toMatch(/^198\.51\.100\.1: held by bgpd: maximum-prefix, in group CLIENTS\. .*evictions clear 198/);
    expect(up).toMatch(
      /^198\.51\.100\.2: pinned, up, in group CLIENTS\. It was pinned at \S+, since bgpd had closed its sessions twice within 10 min; bgpd has closed 3 more since then, the last at \S+\. It is let go when it is down\.$/,
    );
    await clearEvictions(pod.paths.agentSocket, ip('198.51.100.2'), output);
    expect(said.splice(0).join('')).toBe('198.51.100.2 is up: it is let go when its session ends.\n');
    await clearEvictions(pod.paths.agentSocket, ip('198.51.100.9'), output);
    expect(said.splice(0).join('')).toBe('Nothing to clear: 198.51.100.9 is not evicted, not pinned, and not held.\n');
  });

  it('lists and clears declared clients that the engine holds down, and tells of them in /status and metrics', async () => {
    const { pod, engine, sidecar, address } = await start(settingsText({ source: staticSource('192.0.2.1') }));
    const at = ip('198.51.100.1');
    engine.hold({ address: at, group: 'CLIENTS', name: 'leaf1', maximumPrefixes: 3, sinceMs: 0 });
    engine.hold({ address: ip('198.51.100.2'), group: 'CLIENTS', sinceMs: 0 });
    const pin = { group: 'CLIENTS', sinceMs: 0, closedAtMs: 1000, closedCount: 3, isLeaving: false };
    engine.pin({ ...pin, address: ip('198.51.100.2'), standing: 'held' });
    expect((await sidecar.status()).held).toMatchObject([
      { address: at, group: 'CLIENTS', name: 'leaf1', maximumPrefixes: 3 },
      { address: '198.51.100.2' },
    ]);
    expect((await get(address, '/metrics')).body).toMatch(/^meshrs_clients_held 2$/m);

    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
    await listEvictions(pod.paths.agentSocket, output);
    const lines = said.splice(0).join('').trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(
      /^leaf1 \(198\.51\.100\.1\): held by bgpd since .*: it sent more than 3 prefixes \(maximumPrefixes of CLIENTS\)\. .* raise maximumPrefixes in the topology\.$/,
    );
    await clearEvictions(pod.paths.agentSocket, at, output);
    expect(said.splice(0).join('')).toBe(
      'Cleared. leaf1 (198.51.100.1): bgpd takes it at its next attempt; it is held again if it sends more than 3 prefixes.\n',
    );
  });
});
