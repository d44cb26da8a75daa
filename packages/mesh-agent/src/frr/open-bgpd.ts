import type { RunningConfig } from '@meshrs/router-config/frr';
import { EngineFailure } from '../engine/engine-failure.ts';
import { readRunningConfig } from './carry-out.ts';
import { logTarget, subscribeCommands } from './event-channel.ts';
import { openVtySession, type VtyOptions, type VtySession } from './vty-session.ts';

/** A session in which bgpd takes commands, what it runs, and its log on the way to the agent. */
export interface OpenBgpd {
  readonly session: VtySession;
  readonly seen: RunningConfig;
  /** An agent has spoken to this process of bgpd before. */
  readonly isKnown: boolean;
}

/** Rejects with EngineFailure; the session is then closed. */
export async function openBgpd(
  options: VtyOptions & { readonly eventSocketPath: string },
  signal: AbortSignal,
): Promise<OpenBgpd> {
  const session = await openVtySession(options, signal);
  try {
    await session.command('enable', signal);
    const seen = await readRunningConfig(session, signal);
    const isKnown = seen.unknownLines.some(isOwnLogTarget);
    await subscribeToEvents(session, options.eventSocketPath, signal);
    return { session, seen, isKnown };
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
