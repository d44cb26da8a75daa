import type { RouteServerIntent } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { GuardedPeer } from './find-offenders.ts';
import { sightOf } from './guard-sight.ts';

/** A client that the daemon holds down, because it sent more routes than it may. */
export interface HeldClient {
  readonly address: IpAddress;
  readonly group: string;
  /** Of a declared client; a range client has none. */
  readonly name?: string;
  /** How many it may send; undefined: the settings have no limit any more. */
  readonly maximumPrefixes?: number;
}

/** Whom the daemon holds down, by its own word, in the order of the peers. */
export function findHeld(
  intent: RouteServerIntent,
  peers: readonly GuardedPeer[],
  sightOfAll = () => sightOf(intent),
): readonly HeldClient[] {
  const held = peers.filter(({ isOverLimit }) => isOverLimit === true);
  // Usually none: nothing is made ready for a question that nobody asks.
  if (held.length === 0) return [];
  const sight = sightOfAll();
  return held.flatMap(({ address }): readonly HeldClient[] => {
    const role = sight.roleOf(address);
    switch (role.kind) {
      case 'declared':
        return [declared(intent, role.group, address)];
      case 'range':
        return [{ address, group: role.group.name, ...limitOf(role.group.maximumPrefixes) }];
      case 'mesh':
      case 'unknown':
      case 'none':
        return [];
    }
  });
}

function declared({ clientGroups }: RouteServerIntent, name: string, address: IpAddress): HeldClient {
  const group = clientGroups.find((each) => each.name === name);
  const client = group?.neighbors.find((each) => each.address === address);
  return {
    address,
    group: name,
    ...(client && { name: client.name }),
    ...limitOf(client?.maximumPrefixes ?? group?.maximumPrefixes),
  };
}

function limitOf(maximumPrefixes: number | undefined): Pick<HeldClient, 'maximumPrefixes'> {
  return maximumPrefixes === undefined ? {} : { maximumPrefixes };
}
