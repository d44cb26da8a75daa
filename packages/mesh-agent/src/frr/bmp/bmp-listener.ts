import type { Asn } from '@meshrs/network';
import type { VtySession } from '../vty-session.ts';

/** Where bgpd listens for the agent; nobody else is told. */
export interface BmpListener {
  readonly address: string;
  readonly port: number;
}

/** bgpd's name for whom it tells of sessions. */
const targets = 'MESHRS';

/**
 * What runs in bgpd beside its configuration, and is the agent's own: set at run time, never in its file, so that a bgpd
 * without an agent listens nowhere.
 */
export function isListenerLine(line: string, listener: BmpListener): boolean {
  return line.endsWith(`: ${listenerCommand(listener)}`);
}

export function isOwnBmpLine(line: string, listener: BmpListener): boolean {
  return isListenerLine(line, listener) || line.endsWith(`: bmp targets ${targets}`);
}

/** Resolves with bgpd's words when it takes no such command: it was started without its BMP module. */
export function setListener(
  session: VtySession,
  asn: Asn,
  listener: BmpListener,
  signal: AbortSignal,
): Promise<string | undefined> {
  return configure(session, asn, listenerCommand(listener), signal);
}

/**
 * Before `no router bgp`: bgpd (10.7.1) forgets the listener together with its router without closing its socket, and
 * whoever connects to that ends it (`bmp_bgp_put` frees what `bmp_accept` uses).
 */
export async function takeListenerAway(
  session: VtySession,
  asn: Asn,
  listener: BmpListener,
  signal: AbortSignal,
): Promise<void> {
  await configure(session, asn, `no ${listenerCommand(listener)}`, signal);
}

/** Whether bgpd itself has a connection from this port of the listener's address. */
export async function isHeardBy(
  session: VtySession,
  { address }: BmpListener,
  localPort: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { output } = await session.command('show bmp', signal);
  return output.split(/\s+/).includes(`${address}:${String(localPort)}`);
}

function listenerCommand({ address, port }: BmpListener): string {
  return `bmp listener ${address} port ${String(port)}`;
}

/** The answer to the first command that is rejected. */
async function configure(
  session: VtySession,
  asn: Asn,
  command: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  let rejected: string | undefined;
  for (const line of ['configure terminal', `router bgp ${String(asn)}`, `bmp targets ${targets}`, command]) {
    const { status, output } = await session.command(line, signal);
    if (status === 0) continue;
    rejected = output.trim();
    break;
  }
  await session.command('end', signal);
  return rejected;
}
