import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gateArguments, type AgentStatus, type BgpSession, type GateIntent } from '@meshrs/contract';
import { createScratch } from '@meshrs/test-kit/scratch';
import { eventually } from '@meshrs/test-kit/wait';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { runGate } from '../../src/gate/run-gate.ts';
import { defaultTiming, type GateTiming } from '../../src/gate/gate-timing.ts';
import { createMemoryEngine } from '../memory-engine.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { ip, startTestSidecar, type LogLine } from '../start-sidecar.ts';
import { clearCluster, grantGeneratedRole, serveStatus, writePod, writeSide } from './gate-cluster.ts';
import { startKubeApi, type KubeApi } from './kube-api.ts';

/*
 * What every test of the gate has: a real kube-apiserver with the Role that is generated for a gate, agents over HTTP, and
 * the gate as a function. Imported by a test file, it makes the API server before its first test and empties it after each.
 */

export const scratch = createScratch();
export const account = join(scratch.folder, 'var/run/secrets/kubernetes.io/serviceaccount');
export const terminationLog = join(scratch.folder, 'dev/termination-log');
export const settings = settingsText({ source: staticSource('192.0.2.1') });
export const revision = createHash('sha256').update(settings).digest('hex');
export const closing: (() => Promise<unknown>)[] = [];

export let api: KubeApi;
export let template: AgentStatus;
beforeAll(async () => {
  api = await startKubeApi();
  mkdirSync(account, { recursive: true });
  mkdirSync(join(scratch.folder, 'dev'));
  writeFileSync(join(account, 'ca.crt'), api.ca());
  writeFileSync(join(account, 'namespace'), 'meshrr');
  await grantGeneratedRole(api);
  const real = await startTestSidecar({ settings, engine: createMemoryEngine() });
  template = await eventually(
    () => real.sidecar.status(),
    ({ engine }) => engine.isApplied,
  );
  await real.remove();
});
afterAll(async () => {
  await api.remove();
  scratch.remove();
});
beforeEach(() => {
  writeFileSync(join(account, 'token'), api.tokens.gate);
  writeFileSync(terminationLog, '');
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await clearCluster(api);
});

export interface GateRun {
  readonly exitCode: Promise<number>;
  readonly lines: () => readonly LogLine[];
  readonly errors: () => string;
  stop(): void;
}

export function gateIntent(changes: Partial<GateIntent>): GateIntent {
  return { revision: 'new', ...unmarked(changes) };
}

/** Of a side with a custom component: nothing says what its objects are. */
export function unmarked(changes: Partial<GateIntent>): GateIntent {
  const side = (name: string) => ({
    name,
    statefulSets: [`routeserver-${name}`],
    settings: `routeserver-${name}-settings`,
  });
  return {
    next: 'b',
    sides: [side('a'), side('b')],
    selector: 'app=meshrr-evpnrs',
    timeoutSeconds: 2,
    allowMissing: [],
    ...changes,
  };
}

export const apiEnv = () => ({ KUBERNETES_SERVICE_HOST: api.host, KUBERNETES_SERVICE_PORT: api.port });

/** As if every change were an hour old by the API server's clock; and as if the second look needed no waiting for. */
export const longAgo: Partial<GateTiming> = { apiTimeMs: (dateMs) => dateMs + 3_600_000, confirmAfterMs: 500 };
export const justNow: Partial<GateTiming> = { confirmAfterMs: 500 };

export function startGate(changes: Partial<GateIntent> = {}, timing = longAgo): GateRun {
  return startGateOf(gateIntent(changes), timing);
}

export function startGateOf(
  intent: GateIntent,
  timing: Partial<GateTiming>,
  env: Readonly<Record<string, string>> = {},
): GateRun {
  const [, ...args] = gateArguments(intent);
  const lines: LogLine[] = [];
  let errors = '';
  const stop = Promise.withResolvers<undefined>();
  const exitCode = runGate([...args, '--root', scratch.folder], {
    env: { ...apiEnv(), ...env },
    out: (line) => lines.push(JSON.parse(line) as LogLine),
    err: (text) => (errors += text),
    stopSignal: stop.promise,
    timing: patient(timing),
  });
  return {
    exitCode,
    lines: () => lines,
    errors: () => errors,
    stop: () => {
      stop.resolve(undefined);
    },
  };
}

/**
 * The time of a gate under test is over when it is over by the clock and the gate has looked often enough to see what is there:
 * a machine that does something else takes no look away from it.
 */
export function patient(timing: Partial<GateTiming>): Partial<GateTiming> {
  const { wait = defaultTiming.wait } = timing;
  const seen = Promise.withResolvers<undefined>();
  let looks = 0;
  return {
    deadline: (milliseconds) => {
      const over = new AbortController();
      void Promise.all([setTimeout(milliseconds, undefined, { ref: false }), seen.promise]).then(() => {
        over.abort();
      });
      // A gate that does not come to look at all is to end, too.
      return AbortSignal.any([over.signal, AbortSignal.timeout(milliseconds + 20_000)]);
    },
    ...timing,
    wait: (milliseconds, signal) => {
      looks += 1;
      if (looks >= enoughLooks) seen.resolve(undefined);
      return wait(milliseconds, signal);
    },
  };
}

/** Two that agree, before them one that begins to listen, one that does not agree, and one that sees what has come since. */
const enoughLooks = 5;

/** One that is up for a minute, and sends messages all the time where the test says nothing of them. */
export function client(address: string, changes: Partial<BgpSession> = {}): BgpSession {
  return {
    address: ip(address),
    group: 'MESHRR-CLIENTS',
    kind: 'declared-client',
    name: `client-${address}`,
    state: 'established',
    remoteRouterId: ip(address),
    uptimeSeconds: 60,
    establishedCount: 1,
    droppedCount: 0,
    get receivedMessages() {
      return Math.floor(performance.now());
    },
    receivedPrefixes: 20,
    sentPrefixes: 40,
    endOfRib: { received: true, sent: true },
    ...changes,
  };
}

/** A side that is rolled out, with a route server that has these sessions. */
export async function writeServing(side: string, sessions: readonly BgpSession[]): Promise<void> {
  await writeSide(api, side, { settings });
  await writeServingPod(side, () => told(sessions));
}

/** A pod whose agent answers with what the test has at the moment. */
export async function writeServingPod(
  side: string,
  change: () => Partial<AgentStatus>,
  pod: Parameters<typeof writePod>[2] = {},
): Promise<string> {
  const server = await serveStatus(() => ({ ...template, ...change() }), pod.name ?? `routeserver-${side}-0`);
  closing.push(server.close);
  await writePod(api, side, { address: server.address, ...pod });
  return server.address;
}

export function told(list: readonly BgpSession[]): Pick<AgentStatus, 'sessions'> {
  return { sessions: { kind: 'read', ageMs: 5, list, passedOver: [] } };
}

export const lastWord = () => readFileSync(terminationLog, 'utf8');
