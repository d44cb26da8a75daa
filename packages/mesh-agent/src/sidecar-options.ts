import { clientsReturnMs, defaultConnectRetrySeconds, drainAskSeconds, unreadySeenSeconds } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { Clock } from './async/clock.ts';
import type { MeshEngine } from './engine/mesh-engine.ts';
import type { AgentLog } from './log/log.ts';
import type { AgentPaths } from './paths.ts';
import type { SettingsInForce } from './settings/settings-in-force.ts';
import type { ApiClient } from './sources/kubernetes/api-client.ts';
import type { TurnWatch } from './turn/turn-watch.ts';

export interface SidecarOptions {
  readonly version: string;
  readonly paths: AgentPaths;
  readonly podName: string;
  readonly podRevision?: string;
  readonly podIp: IpAddress;
  /** Every address of this pod, `podIp` first. */
  readonly own: () => readonly IpAddress[];
  readonly namespace: string;
  readonly updateSeconds: number;
  /** The settings at the start; they are read again whenever their folder changes. */
  readonly start: SettingsInForce;
  readonly engine: MeshEngine;
  readonly apiClient: () => ApiClient;
  readonly log: AgentLog;
  /** Lines of the log that were dropped so far, because nobody took them. */
  readonly droppedLogLines: () => number;
  readonly clock: Clock;
  readonly random: () => number;
  /**
   * Which addresses another route server can have: left out, those that the special-purpose registries leave. A test whose
   * route servers stand on loopback addresses says so here; no setting does.
   */
  readonly isPossiblePeer?: (address: IpAddress) => boolean;
  /** Which boot of the machine this is; undefined: not known. */
  readonly bootId: string | undefined;
  /** What was seen of the turn last; left out: nobody looks at it. */
  readonly turn?: TurnWatch['last'];
  readonly timing?: Partial<SidecarTiming>;
}

export interface SidecarTiming {
  /** How long after the first look that misses many peers the second one counts. */
  readonly secondLookMs: number;
  /** How often folders are looked at that give no notification. */
  readonly pollMs: number;
  /** How long after a change of sessions they are looked at, so that one look serves many changes. */
  readonly settleMs: number;
  /** How old what /status shows of the sessions may be. */
  readonly observationMs: number;
  /** How long /status waits for a new look at the engine: less than who asks waits for /status. */
  readonly patienceMs: number;
  /** How long after a failed first look at the engine the next one follows. */
  readonly retryMs: number;
  /** How often the other route servers are asked at most for the clients that are away. */
  readonly clientsMs: number;
  /**
   * How long a client is away before it counts as lost. A router whose session was reset dials again after its
   * connect-retry; the probes of kubelet need four to six seconds more for it.
   */
  readonly lostHoldMs: number;
  /** How long a client whose session has ended counts as one that is on its way back. */
  readonly returnMs: number;
  /** How long readiness waits for mesh sessions: a peer that is down must not keep a route server from being Ready for ever. */
  readonly meshWaitMs: number;
  /** How long a drain by hand asks the other route servers at most. */
  readonly askMs: number;
  /** After which time everybody has seen that a route server is not Ready. */
  readonly unreadySeenMs: number;
  /** How long the first apply waits at the most for the first answers of the sources. */
  readonly answersMs: number;
  /** How long HTTP and requests wait at the most for the engine to have its peers. */
  readonly listenMs: number;
}

export const defaultTiming: SidecarTiming = {
  secondLookMs: 5000,
  pollMs: 5000,
  settleMs: 50,
  observationMs: 1000,
  patienceMs: 1000,
  retryMs: 500,
  clientsMs: 1000,
  lostHoldMs: defaultConnectRetrySeconds * 1000,
  returnMs: clientsReturnMs,
  meshWaitMs: 60_000,
  askMs: drainAskSeconds * 1000,
  unreadySeenMs: unreadySeenSeconds * 1000,
  answersMs: 250,
  listenMs: 500,
};
