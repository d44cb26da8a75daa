import { stat } from 'node:fs/promises';
import { EngineFailure } from '../engine/engine-failure.ts';
import { openVtySession, type VtyOptions, type VtySession } from './vty-session.ts';

/** So often is bgpd given up, and tried again, that starts while it is connected to. */
const mostTries = 3;

/**
 * A vty session and the life of the bgpd that answers it: inode and time of the socket, which each bgpd makes anew when
 * it starts (`vty_serv_un` unlinks and binds) and nothing touches later. Read before and after the connection is made, so
 * that it is of the process that answers. A process number would not do: in its container bgpd has the same each time,
 * and the agent's container does not see it.
 *
 * Rejects as `openVtySession` does.
 */
export async function openLivingVty(
  options: VtyOptions,
  signal: AbortSignal,
  lifeAt: (socketPath: string) => Promise<string | undefined> = readLife,
): Promise<{ readonly session: VtySession; readonly life: string }> {
  for (let tried = 1; ; tried += 1) {
    const before = await lifeAt(options.socketPath);
    const session = await openVtySession(options, signal);
    const life = await lifeAt(options.socketPath);
    if (life !== undefined && life === before) return { session, life };
    session.close();
    if (tried >= mostTries) throw neverTheSame(options.socketPath);
  }
}

/** When bgpd made that socket, by the wall clock; undefined: the text is not of that form. */
export function startOfLife(life: string): number | undefined {
  const nanoseconds = /^\d+-(?<mtime>\d+)$/.exec(life)?.groups?.['mtime'];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/** Undefined while there is no socket: to connect tells why. */
async function readLife(socketPath: string): Promise<string | undefined> {
  const seen = await stat(socketPath, { bigint: true }).catch(() => undefined);
  return seen && `${String(seen.ino)}-${String(seen.mtimeNs)}`;
}

function neverTheSame(socketPath: string): EngineFailure {
  return new EngineFailure(`bgpd started anew at ${socketPath} each time that it was connected to.`, {
    code: 'engine-unreachable',
    engine: 'frr',
    operation: 'connect',
    retryable: true,
  });
}
