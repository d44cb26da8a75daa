import type { RunningConfig } from '@meshrs/router-config/frr';
import { EngineFailure } from '../engine/engine-failure.ts';
import { readRunningConfig } from './carry-out.ts';
import { logTarget, subscribeCommands } from './event-channel.ts';
import { openLivingVty } from './bgpd-life.ts';
import type { VtyOptions, VtySession } from './vty-session.ts';

/** A session in which bgpd takes commands, what it runs, and its log on the way to the agent. */
export interface OpenBgpd {
  readonly session: VtySession;
  readonly seen: RunningConfig;
  /** Which process of bgpd it is; see `bgpd-life.ts`. */
  readonly life: string;
}

/** Rejects with EngineFailure; the session is then closed. */
export async function openBgpd(
  options: VtyOptions & { readonly eventSocketPath: string },
  signal: AbortSignal,
): Promise<OpenBgpd> {
  const { session, life } = await openLivingVty(options, signal);
  try {
    await session.command('enable', signal);
    const seen = await readRunningConfig(session, signal);
    await subscribeToEvents(session, options.eventSocketPath, signal);
    return { session, seen, life };
  } catch (failure) {
    session.close();
    throw failure;
  }
}

/** What runs in bgpd beside its BGP configuration, and is the agent's own. */
export function isOwnLogTarget(line: string): boolean {
  return line.startsWith(`log extended ${logTarget}`);
}

/** Anew each time: the target of an agent that has ended writes to a socket that is gone. */
async function subscribeToEvents(session: VtySession, eventSocketPath: string, signal: AbortSignal): Promise<void> {
  const commands = ['configure terminal', `no log extended ${logTarget}`, ...subscribeCommands(eventSocketPath), 'end'];
  for (const command of commands) {
    const answer = await session.command(command, signal);
    if (answer.status === 0 || command.startsWith('no ')) continue;
    throw new EngineFailure(`bgpd rejected "${command}": ${answer.output.trim()}`, {
      code: 'events-not-available',
      engine: 'frr',
      operation: command,
      retryable: true,
    });
  }
}
