import { parsePrintedAddress, type IpAddress } from '@meshrs/network';
import { isObject, readObject } from './answers.ts';
import { show } from './carry-out.ts';
import type { VtySession } from './vty-session.ts';

/** Where a neighbor stands that has no session, in bgpd's words. */
const onTheWay: ReadonlySet<unknown> = new Set(['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm']);

/**
 * `clear bgp` also ends a session, so bgpd is asked once more right before: between the two lies the way of one command,
 * and who has waited for seconds would have to become established just there. It would then lose a session of this
 * route server alone.
 */
export async function endUnlessEstablished(
  session: VtySession,
  address: IpAddress,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = readObject(
    `show bgp neighbors ${address} json`,
    await show(session, `show bgp neighbors ${address} json`, signal),
  );
  const [, neighbor] = Object.entries(answer).find(([key]) => parsePrintedAddress(key) === address) ?? [];
  if (!isObject(neighbor) || !onTheWay.has(neighbor['bgpState'])) return false;
  // Gone by now: bgpd knows no such neighbor, which is what is wanted.
  const { status } = await session.command(`clear bgp ${address}`, signal);
  return status === 0;
}
