import { folders } from './files.ts';

/**
 * Asks bgpd itself something small, in its own container: FRR's image has vtysh, and with `--vty_socket` vtysh asks for no
 * more rights than the socket does. It ends with 0 when bgpd has answered.
 */
export const bgpdProbeCommand: readonly string[] = [
  'vtysh',
  `--vty_socket=${folders.frrSockets}`,
  ...['-d', 'bgpd', '-c', 'show bgp vrfs'],
];

/** A probe as kubelet takes it (Kubernetes API, "Probe"). */
export interface ProbeTimes {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly terminationGracePeriodSeconds: number;
}

const periodSeconds = 10;
const timeoutSeconds = 5;
/**
 * Busy is not hung: bgpd answers nobody while it works through what many clients announced at once. Twice the half
 * minute that 100 000 routes may take.
 */
const firstLimitSeconds = 60;
/** A hung engine can not be drained, so its preStop is not waited for. */
const graceSeconds = 5;
/** From the end of a hung engine's container until the next one has its configuration; a second or two where it was tried. */
const restartSlackSeconds = 30;

/**
 * The liveness probe of an engine that hangs, by the position of its side. Each side waits until the one before has
 * restarted and has its clients back: where the engines of all sides hang at one moment, no two restart together.
 */
export function engineProbeTimes(position: number, connectRetrySeconds: number): ProbeTimes {
  const earlier =
    position > 0 ? backAfterSeconds(engineProbeTimes(position - 1, connectRetrySeconds), connectRetrySeconds) : 0;
  const limit = Math.max(firstLimitSeconds, earlier);
  const failureThreshold = Math.ceil((limit - timeoutSeconds) / periodSeconds) + 1;
  return { periodSeconds, timeoutSeconds, failureThreshold, terminationGracePeriodSeconds: graceSeconds };
}

/** The earliest restart after an engine began to hang: the first probe that fails came at that moment. */
export function restartsAfterSeconds(probe: ProbeTimes): number {
  return (probe.failureThreshold - 1) * probe.periodSeconds + probe.timeoutSeconds;
}

/** When at the latest its clients are back; that the first probe that fails comes a whole period later is in it. */
export function backAfterSeconds(probe: ProbeTimes, connectRetrySeconds: number): number {
  const restart = restartsAfterSeconds(probe) + probe.periodSeconds + probe.terminationGracePeriodSeconds;
  return restart + restartSlackSeconds + connectRetrySeconds;
}
