import { isOfClient, type BgpSession } from '@meshrs/contract';
import { contains, rangeOf, type IpAddress } from '@meshrs/network';
import type { FrrConfig, PlannedChange } from '@meshrs/router-config/frr';

/** Of those that have a session, or may have one, the clients whose sessions bgpd ends because of a change. */
export type SessionsEnded = (step: PlannedChange, sessions: readonly BgpSession[]) => readonly IpAddress[];

/**
 * @param target what the plan leads to; who passes a limit is found by it, since own limits that come are planned before their
 * group's. It is read once: a plan may have thousands of steps
 */
export function createSessionsEnded(target: FrrConfig): SessionsEnded {
  const isWithin = isWithinLimit(target);
  return ({ resets }, sessions) => {
    if (resets.kind === 'none') return [];
    const isMeant = membersOf(resets);
    const isSpared = 'only' in resets && resets.only === 'over-limit' ? isWithin : () => false;
    return sessions
      .filter((session) => isOfClient(session) && mayBeUp(session) && isMeant(session) && !isSpared(session))
      .map(({ address }) => address);
  };
}

function mayBeUp({ state }: BgpSession): boolean {
  return state === 'established' || state === 'unknown';
}

function membersOf(resets: PlannedChange['resets']): (session: BgpSession) => boolean {
  switch (resets.kind) {
    case 'none':
      return () => false;
    case 'all':
      return () => true;
    case 'group':
      return ({ group }) => group === resets.group;
    case 'range': {
      const range = rangeOf(resets.prefix);
      return ({ kind, address }) => kind === 'range-client' && contains(range, rangeOf(address));
    }
    case 'neighbor':
      return ({ address, kind }) =>
        address === resets.address && (resets.only !== 'from-range' || kind === 'range-client');
  }
}

/** Where nobody knows its limit, it is none of those that are spared. */
function isWithinLimit({ router }: FrrConfig): (session: BgpSession) => boolean {
  const own = new Map(router?.neighbors.map(({ address, maximumPrefixes }) => [address, maximumPrefixes?.limit]));
  const ofGroup = new Map(router?.groups.map(({ name, family }) => [String(name), family?.maximumPrefixes?.limit]));
  return ({ address, group, receivedPrefixes }) => {
    const limit = own.get(address) ?? ofGroup.get(group ?? '');
    return limit !== undefined && receivedPrefixes <= limit;
  };
}
