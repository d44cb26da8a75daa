import { attributeTypes, piecesOf } from '../evpn/attributes.ts';
import { readRoute, type EvpnRoute } from '../evpn/route.ts';
import { parseBgpMessage } from './bgp-message.ts';
import { parseMrt } from './mrt.ts';
import { gracefulShutdownCommunity, type Observation } from './observation.ts';

/** States of RFC 4271 section 8.2.2, by their numbers in MRT; the last two are FRR's own. */
const states = ['', 'Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established', 'Clearing', 'Deleted'];
const established = 6;

/** What FRR's dump of a client says. */
export function frrObservations(client: string, dump: Buffer): Observation[] {
  return parseMrt(dump).flatMap((record): Observation[] => {
    const { atMs, peer } = record;
    const common = { atMs, client, neighbor: peer };
    if (record.kind === 'state') {
      const { from, to } = record;
      // Only what begins or ends a session is of interest.
      if (from !== established && to !== established) return [];
      const state = states[to] ?? String(to);
      return [{ ...common, kind: 'state', isEstablished: to === established, state }];
    }
    const message = parseBgpMessage(record.message);
    switch (message.kind) {
      case 'update': {
        const { announced, withdrawn, attributes } = message;
        const communities = communitiesOf(attributes);
        const isShutdown = communities.includes(gracefulShutdownCommunity);
        return [
          ...(isShutdown ? [{ ...common, kind: 'graceful-shutdown' as const }] : []),
          {
            ...common,
            kind: 'update',
            announced: [...announced],
            withdrawn: [...withdrawn],
            communities,
          },
        ];
      }
      case 'notification':
        return [{ ...common, ...message }];
      case 'other':
        return [];
    }
  });
}

/** The routes that a neighbor has announced and not withdrawn, at the end of the dump. */
export function routesFrom(dump: Buffer, neighbor: string): EvpnRoute[] {
  const routes = new Map<string, EvpnRoute>();
  for (const record of parseMrt(dump)) {
    if (record.peer !== neighbor) continue;
    if (record.kind === 'state') {
      if (record.from === established) routes.clear();
      continue;
    }
    const message = parseBgpMessage(record.message);
    if (message.kind !== 'update') continue;
    for (const nlri of message.withdrawn) routes.delete(nlri);
    for (const nlri of message.announced) {
      const route = readRoute(nlri, message.attributes);
      if (route) routes.set(nlri, route);
    }
  }
  return [...routes.values()];
}

function communitiesOf(attributes: ReadonlyMap<number, Buffer>): number[] {
  const value = attributes.get(attributeTypes.communities);
  return value ? piecesOf(value, 4).map((piece) => Number.parseInt(piece, 16)) : [];
}
