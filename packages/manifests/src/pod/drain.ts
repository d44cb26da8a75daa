import { preStopCommand, type DrainTimes } from '@meshrs/contract';
import type { Container } from '../kubernetes/core-types.ts';

/** The engine's preStop by the contract: it asks the agent to drain and waits for the answer. */
export function drainBeforeStop(times: DrainTimes): NonNullable<Container['lifecycle']> {
  return { preStop: { exec: { command: preStopCommand(times) } } };
}
