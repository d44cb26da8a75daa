import { drainRequestText, type AgentStatus, type DrainRequester } from '@meshrs/contract';
import { routeServer } from '@meshrs/contract/test-data';
import { renderRouteServer } from '@meshrs/router-config';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { waitFor } from '@meshrs/test-kit/wait';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SidecarTiming } from '../../src/sidecar-options.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { ip, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { withMesh } from '../with-mesh.ts';
import type { SpeakerStatus } from './bgp-speaker.ts';
import { client } from './client.ts';
import { engineOf } from './engine-under-test.ts';
import type { Lab } from './lab.ts';

/** What a test may change in the settings of a side that runs. */
export interface SideChanges {
  readonly holdSeconds?: number;
  /** In YAML. */
  readonly clientGroup?: string;
  readonly prefix?: string;
  readonly asranges?: string;
  /** More addresses of the mesh. */
  readonly more?: readonly string[];
}

/** Route servers of several sides, in order, each with an agent beside a real bgpd. */
export interface Side {
  readonly name: string;
  readonly bgpd: Bgpd;
  /** The text of its settings, as it was started with but for the changes. */
  readonly settings: (changes?: SideChanges) => string;
  agent: TestSidecar;
  /** Another agent takes the place of the one that was. */
  readonly startAgain: () => Promise<void>;
}

export interface SidesOptions {
  readonly holdSeconds?: number;
  readonly gracefulShutdownSeconds?: number;
  readonly waitsForClients?: boolean;
  readonly allowMissing?: readonly string[];
  /** Their bgpds have no session of the mesh with one another. */
  readonly isWithoutMesh?: boolean;
  /** Waits until they are Ready. */
  readonly untilReady?: boolean;
  readonly timing?: Partial<SidecarTiming>;
}

let number = 0;
let lastHost = 0;

/** None has a client yet. */
export async function startSides(lab: Lab, names: readonly string[], options: SidesOptions): Promise<Side[]> {
  const places = names.map((name) => {
    number += 1;
    return { name, number, address: ip(anyLoopbackAddress()), routerId: `192.0.2.${String(number)}` };
  });
  const fleet = [
    'routerIds:',
    ...places.map(({ name, routerId }) => `  rs-${name}-0: ${routerId}`),
    'sides:',
    ...names.map((name) => `  - {name: ${name}, statefulSets: [rs-${name}]}`),
    ...(options.allowMissing ? [`allowMissing: [${options.allowMissing.join(', ')}]`] : []),
    '',
  ].join('\n');
  const bgpds = new Map<string, Bgpd>();
  /** The sessions that the mesh of bgpds has where all stand in one network with their agents. */
  const meshOf = (self: string) =>
    places.flatMap(({ name, address, routerId }) => {
      const bgpd = bgpds.get(name);
      return !options.isWithoutMesh && name !== self && bgpd && existsSync(`/proc/${String(bgpd.pid)}`)
        ? [{ address, routerId: ip(routerId) }]
        : [];
    });
  const sides = await Promise.all(
    places.map(async ({ name, address, routerId, number: bgpdNumber }): Promise<Side> => {
      const own = routeServer(bgpdNumber, { meshGroups: [], clientGroups: [] });
      const bgpd = await lab.startBgpd(bgpdNumber, renderRouteServer(own, 'frr'));
      bgpds.set(name, bgpd);
      const others = places.filter((place) => place.name !== name).map((place) => place.address);
      const { gracefulShutdownSeconds = 0, waitsForClients = true } = options;
      const settings = (changes: SideChanges = {}) => {
        const { holdSeconds = options.holdSeconds ?? 0, clientGroup, prefix = '192.168.0.0/16', more = [] } = changes;
        const { asranges } = changes;
        return settingsText({
          source: staticSource(...others, ...more),
          clientPrefix: prefix,
          waitsForClients,
          drain: { holdSeconds, gracefulShutdownSeconds },
          routerIds: ` {rs-a-0: ${routerId}}`,
          ...(clientGroup !== undefined && { clientGroup }),
          ...(asranges !== undefined && { asranges }),
        });
      };
      const start = (pod?: TestSidecar['pod']) =>
        startTestSidecar({
          ...{ settings: settings(), engine: withMesh(engineOf(bgpd).engine, () => meshOf(name)), address },
          // Their mesh sessions do not come up by themselves: agent and bgpd stand in different networks.
          timing: { clientsMs: 300, secondLookMs: 100, meshWaitMs: 1000, ...options.timing },
          ...(pod ? { pod } : { prepare: (folder) => folder.writeFleet(fleet) }),
        });
      const side: Side = {
        name,
        bgpd,
        settings,
        agent: await start(),
        startAgain: async () => {
          const { pod, sidecar } = side.agent;
          await sidecar.stop();
          side.agent = await start(pod);
        },
      };
      return side;
    }),
  );
  for (const side of sides) {
    await waitFor(
      `${side.name} runs`,
      () => statusOf(side),
      ({ engine, readiness }) => engine.isApplied && (readiness.isReady || !options.untilReady),
      30_000,
    );
  }
  return sides;
}

export const statusOf = ({ agent }: Side): Promise<AgentStatus> => agent.sidecar.status();
export const phaseOf = ({ agent }: Side) => agent.sidecar.drain.state().phase;

export async function becomes(side: Side, phase: string, seconds = 20): Promise<void> {
  await waitFor(
    `${side.name} is ${phase}`,
    () => Promise.resolve(phaseOf(side)),
    (seen) => seen === phase,
    seconds * 1000,
    20,
  );
}

/** A client with a session to each of these sides. */
export async function startClient(lab: Lab, ...sides: readonly Side[]): Promise<string> {
  lastHost += 1;
  const address = `192.168.70.${String(lastHost)}`;
  await join(lab, address, ...sides);
  return address;
}

export async function join(lab: Lab, address: string, ...sides: readonly Side[]): Promise<void> {
  await lab.startClients(
    sides.map(({ name, bgpd }) => client(address, 65001, bgpd.address, { name: `${address} ${name}`, routes: 5 })),
  );
  for (const side of sides) await isUp(side, address);
}

export async function isUp(side: Side, address: string): Promise<void> {
  await waitFor(
    `${address} is on ${side.name}`,
    () => statusOf(side),
    ({ sessions }) =>
      sessions.kind === 'read' &&
      sessions.list.some((each) => each.address === address && each.state === 'established'),
    30_000,
  );
}

/** By the client's own word. */
export async function sessionOf(lab: Lab, address: string, { name }: Side): Promise<SpeakerStatus> {
  const key = `${address} ${name}`;
  const status = (await lab.ask({ kind: 'status', addresses: [key] }))[key];
  if (!status) throw new Error(`${key} is not started`);
  return status;
}

export function askDrain({ agent }: Side, request: Partial<DrainRequester> = {}): void {
  writeFileSync(agent.pod.paths.drainRequest, drainRequestText({ cause: 'command', by: 'the test', ...request }));
}

/** Looks all the time at a client's sessions, by its own word; returns how often it had none. */
export function watchClient(lab: Lab, address: string, sides: readonly Side[]) {
  const end = new AbortController();
  const seen = { looks: 0, without: 0 };
  const done = (async () => {
    while (!end.signal.aborted) {
      const states = await Promise.all(sides.map((side) => sessionOf(lab, address, side)));
      seen.looks += 1;
      if (!states.some(({ isEstablished }) => isEstablished)) seen.without += 1;
      await sleep(10);
    }
  })();
  return async () => {
    end.abort();
    await done;
    return seen;
  };
}

/** The pod is deleted and another takes its place: the engine ends, another one starts. */
export async function replaceEngine({ bgpd }: Side): Promise<void> {
  await bgpd.kill();
  await bgpd.start();
}

export async function configOf({ bgpd }: Side): Promise<string> {
  return engineOf(bgpd).engine.runningConfig(AbortSignal.timeout(5000));
}
