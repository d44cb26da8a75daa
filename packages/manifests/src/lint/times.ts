import { durationOf } from './meaning/units.ts';
import type { RuleFinding } from './rule.ts';

/* The times of a session, as BGPPeers of MetalLB and neighbors of frr-k8s have them. */

export interface Times {
  readonly holdTime?: unknown;
  readonly keepaliveTime?: unknown;
  readonly connectTime?: unknown;
}

type Fault = Omit<RuleFinding, 'object'>;

/**
 * What the API server, MetalLB and frr-k8s refuse of them (the two `parseTimers`, and the rules of connectTime in the two CRDs).
 * `name`: whose times they are, "the BGPPeer".
 */
export function faultsOfTimes(times: Times, name: string): Fault[] {
  const unread = (['holdTime', 'keepaliveTime', 'connectTime'] as const).flatMap((field): Fault[] => {
    const value = times[field];
    if (value === undefined || durationOf(value) !== undefined) return [];
    return [
      {
        message: `The ${field} of ${name} is no time.`,
        seen: JSON.stringify(value),
        allowed: 'a text of numbers with units, 90s or 1m30s for example',
        hint: `add the unit to ${field}`,
      },
    ];
  });
  // Of what cannot be read nothing can be compared.
  return unread.length > 0 ? unread : [...ofHold(times, name), ...ofConnect(times, name)];
}

function ofHold({ holdTime, keepaliveTime }: Times, name: string): Fault[] {
  const [hold, keepalive] = [durationOf(holdTime), durationOf(keepaliveTime)];
  if (hold === undefined && keepalive === undefined) return [];
  const seen = `holdTime ${shown(holdTime)}, keepaliveTime ${shown(keepaliveTime)}`;
  const whole = Math.trunc(hold ?? (keepalive ?? 0) * 3);
  if (whole !== 0 && whole < 3) {
    return [
      {
        message: `The hold time of ${name} is too short.`,
        seen,
        allowed: '0, or 3s or more',
        hint: 'set a longer holdTime',
      },
    ];
  }
  if (hold === undefined || keepalive === undefined || keepalive <= hold) return [];
  return [
    {
      message: `The keepalive time of ${name} is longer than its hold time.`,
      seen,
      allowed: 'a third of the hold time, and never more than it',
      hint: 'set a shorter keepaliveTime, or leave it out',
    },
  ];
}

function ofConnect({ connectTime }: Times, name: string): Fault[] {
  const seconds = durationOf(connectTime);
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 65_535)) return [];
  return [
    {
      message: `The connectTime of ${name} is no whole number of seconds that there may be.`,
      seen: shown(connectTime),
      allowed: '1s to 65535s, in whole seconds',
      hint: 'correct connectTime',
    },
  ];
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : 'not set';
}
