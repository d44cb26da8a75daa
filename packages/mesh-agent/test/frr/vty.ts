import { openVtySession, type VtySession } from '../../src/frr/vty-session.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';

/** A session of the test's own, beside the agent's, in the enabled mode. */
export async function openVty(bgpd: Bgpd): Promise<VtySession> {
  const session = await openVtySession(
    { socketPath: bgpd.socketPath, commandTimeoutMs: 10_000 },
    AbortSignal.timeout(10_000),
  );
  await session.command('enable', AbortSignal.timeout(10_000));
  return session;
}

/** Sends lines and gives back those that bgpd rejected, with its words. */
export async function sendLines(session: VtySession, lines: readonly string[]): Promise<readonly string[]> {
  const rejected: string[] = [];
  for (const line of lines) {
    const answer = await session.command(line, AbortSignal.timeout(10_000));
    if (answer.status !== 0) rejected.push(`${line.trim()} -> ${answer.output.trim()}`);
  }
  return rejected;
}

export async function showRunningConfig(bgpd: Bgpd): Promise<string> {
  const session = await openVty(bgpd);
  const answer = await session.command('show running-config', AbortSignal.timeout(10_000));
  session.close();
  return answer.output;
}
