import type { Bounds } from './bounds.ts';
import { drainRequestText, type DrainRequester } from './drain-request.ts';
import { files } from './files.ts';
import { unreadySeenSeconds } from './readiness-probe.ts';

/** How long each part of taking a route server down takes, in seconds. */
export interface DrainTimes {
  /** From GRACEFUL_SHUTDOWN (RFC 8326) to Cease: clients move to the other side meanwhile. */
  readonly gracefulShutdownSeconds: number;
  /** From Cease (RFC 9003, with a message) to the answer to the engine's preStop: the notifications leave the host. */
  readonly ceaseSeconds: number;
  /**
   * How long it waits before Cease, at most, until every client of this route server has a session with another side; settings
   * that would reset sessions of clients wait as long. 0: for none.
   */
  readonly holdSeconds: number;
}

/** What settings mean that leave the key out. Nobody is waited for: settings of before mean what they meant. */
export const defaultDrainTimes: DrainTimes = { gracefulShutdownSeconds: 10, ceaseSeconds: 2, holdSeconds: 0 };

/**
 * What a topology means that leaves the key out: as long as the slowest client takes to dial again (`connectRetryBounds`), so
 * that one that was cut off from the other side had the time to come back. Half of it, which the other side needs of a
 * route server that waits for its turn, is longer than a pod takes to be replaced and to have its clients back.
 */
export const defaultHoldSeconds = 120;

/** What is longer holds a roll-out up: the grace period of a pod grows with it. */
export const drainBounds = {
  gracefulShutdownSeconds: { min: 0, max: 600 },
  ceaseSeconds: { min: 0, max: 60 },
  holdSeconds: { min: 0, max: 600 },
} as const satisfies Record<keyof DrainTimes, Bounds>;

/**
 * How long a drain by hand asks the other route servers at most before it goes on or is refused. It goes on after
 * `unreadySeenSeconds` at the earliest; in the rest an agent that restarts is back, and one of two that ask at once is done.
 */
export const drainAskSeconds = unreadySeenSeconds + 10;

/** What clients read in the Cease, and operators in their routers' logs (RFC 9003). */
export const ceaseMessage = 'meshrs: this route server is drained; use the other side';

/** What the drain may take longer than its times before the engine stops without an answer. */
const answerSlackSeconds = 5;
/** An engine that gets SIGTERM ends within this time; measured: FRR below 1 s, cRPD unknown, hence generous. */
const engineStopSeconds = 10;
/** The agent ends after the engine, because it is a native sidecar. */
const agentStopSeconds = 5;

/** How long the engine's preStop waits for the agent's answer at most. */
export function drainTimeoutSeconds(times: DrainTimes): number {
  return times.gracefulShutdownSeconds + times.holdSeconds + times.ceaseSeconds + answerSlackSeconds;
}

/** How long a drain may keep sessions at most, counted from its request, so that who asked still hears that it is done. */
export function longestWithSessionsSeconds(waitsSeconds: number, { ceaseSeconds }: DrainTimes): number {
  return Math.max(0, waitsSeconds - ceaseSeconds - answerSlackSeconds);
}

/** How long a drain by hand takes at most: it asks first, and answers when everybody has seen that it is not Ready. */
export function drainByHandSeconds(times: DrainTimes): number {
  return drainAskSeconds + drainTimeoutSeconds(times) + unreadySeenSeconds;
}

/** `terminationGracePeriodSeconds` of the pod: preStop, then the engine's stop, then the agent's. */
export function terminationGracePeriodSeconds(times: DrainTimes): number {
  return drainTimeoutSeconds(times) + engineStopSeconds + agentStopSeconds;
}

/** Who asks where the engine's container ends. */
export function preStopRequester(times: DrainTimes): DrainRequester {
  return { cause: 'pre-stop', by: 'preStop of the engine', waitsSeconds: drainTimeoutSeconds(times) };
}

/**
 * The engine container's preStop: asks the agent to drain through a file in the volume they share, and waits for the
 * answer. What lies there is the answer of an earlier drain, and is emptied: the agent writes it again where it still
 * holds. The request is made anew where it was taken away, by an agent that found an engine of another life or by
 * `mesh-agent undrain`: nobody takes the end of the container back. It says the time that is left then. Both engines' images have a POSIX shell, which needs
 * nothing but `sleep` for this.
 */
export function preStopCommand(times: DrainTimes): readonly string[] {
  const { drainRequest: request, drainDone: answer } = files;
  const timeout = String(drainTimeoutSeconds(times));
  const requester = preStopRequester(times);
  // The shell puts the time that is left in, in place of the whole time.
  const text = drainRequestText(requester).replace(
    `"waitsSeconds":${timeout}`,
    `"waitsSeconds":'$((${timeout} - waited))'`,
  );
  const script = [
    // Not ":", with which a shell ends where the file cannot be written.
    `true > ${answer}`,
    'waited=0',
    `until [ -s ${answer} ] || [ "$waited" -ge ${timeout} ]; do [ -e ${request} ] || echo '${text}' > ${request}; sleep 1; waited=$((waited + 1)); done`,
  ].join('; ');
  return ['/bin/sh', '-c', script];
}
