import { isPossiblePeer, parseAddress, type IpAddress } from '@meshrs/network';
import { machineClock, type Clock } from '../src/async/clock.ts';
import type { MeshEngine } from '../src/engine/mesh-engine.ts';
import { createLog } from '../src/log/log.ts';
import { readStartSettings } from '../src/settings/kept-settings.ts';
import type { SidecarTiming } from '../src/sidecar-options.ts';
import { startSidecar, type Sidecar } from '../src/sidecar.ts';
import type { ApiClient } from '../src/sources/kubernetes/api-client.ts';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import type { MemoryEngine } from './memory-engine.ts';
import { createPodFolder, type PodFolder } from './pod-folder.ts';

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface TestSidecar {
  readonly pod: PodFolder;
  readonly sidecar: Sidecar;
  /** Where its HTTP listens. */
  readonly address: IpAddress;
  readonly lines: () => readonly LogLine[];
  readonly events: () => readonly string[];
  readonly remove: () => Promise<void>;
}

/** A sidecar of the pod "rs-a-0" in a folder of its own; its own addresses are a loopback one and 192.0.2.200. */
export async function startTestSidecar(options: {
  readonly settings: string;
  readonly engine: MeshEngine;
  /** The folder of an agent before this one. */
  readonly pod?: PodFolder;
  readonly prepare?: (pod: PodFolder) => Promise<void>;
  readonly apiClient?: () => ApiClient;
  readonly updateSeconds?: number;
  readonly podName?: string;
  readonly podRevision?: string;
  readonly timing?: Partial<SidecarTiming>;
  readonly clock?: Clock;
  readonly bootId?: string;
  /** Left out: any. */
  readonly address?: IpAddress;
}): Promise<TestSidecar> {
  const pod = options.pod ?? (await createPodFolder(options.settings));
  await options.prepare?.(pod);
  const lines: LogLine[] = [];
  const rules = { isPossiblePeer: isPossiblePeerOfTests };
  const address = options.address ?? ip(anyLoopbackAddress());
  const own = [address, ip('192.0.2.200')];
  const read = await readStartSettings(pod.paths, 'rs-a-0', { mayUseKept: true, rules, addresses: own });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const sidecar = await startSidecar({
    version: 'test',
    paths: pod.paths,
    podName: options.podName ?? 'rs-a-0',
    ...(options.podRevision !== undefined && { podRevision: options.podRevision }),
    podIp: address,
    own: () => own,
    namespace: 'meshrr',
    updateSeconds: options.updateSeconds ?? 30,
    start: read.start,
    engine: options.engine,
    apiClient:
      options.apiClient ??
      (() => {
        throw new Error('no group of this test has the source kubernetes');
      }),
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as LogLine), secrets: [], base: {} }),
    droppedLogLines: () => 0,
    clock: options.clock ?? machineClock,
    random: () => 0.5,
    isPossiblePeer: isPossiblePeerOfTests,
    bootId: options.bootId ?? 'boot of the test',
    // No kubelet looks at it: nobody needs time to see that it is not Ready.
    timing: { pollMs: 200, observationMs: 0, settleMs: 1, retryMs: 20, unreadySeenMs: 0, ...options.timing },
  });
  return {
    pod,
    sidecar,
    address,
    lines: () => lines,
    events: () => lines.map(({ event }) => event),
    remove: async () => {
      await sidecar.stop();
      await pod.remove();
    },
  };
}

/** Agents of tests are beside each other on loopback addresses of this machine. */
export function isPossiblePeerOfTests(address: IpAddress): boolean {
  return isPossiblePeer(address) || (address.startsWith('127.') && address !== '127.0.0.1');
}

/** The address that stands in a test. */
export function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}

/** The peers of the first mesh group, as last applied. */
export function peersOf(engine: MemoryEngine): readonly IpAddress[] {
  return engine.applied.at(-1)?.meshGroups[0]?.neighbors ?? [];
}

export async function get(address: string, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${address}:8179${path}`);
  return { status: response.status, body: await response.text() };
}
