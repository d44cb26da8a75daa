import { parseAttributes } from '../evpn/attributes.ts';
import { readRoute, type EvpnRoute } from '../evpn/route.ts';
import type { GobgpPath } from './messages.ts';

/** The bytes of a path. */
export function toRoute({ nlriBinary, pattrsBinary }: GobgpPath): EvpnRoute[] {
  const route = readRoute(nlriBinary.toString('hex'), parseAttributes(Buffer.concat(pattrsBinary)));
  return route ? [route] : [];
}
