import { mostNarrowAddresses } from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { widestRanges } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';

/** Nobody who may come can end the engines of all sides. It is advice: who may come is the operator's to know. */
export function checkWideRanges(topology: Topology): Finding<CheckCode>[] {
  // Of cRPD nothing of the kind is known.
  if (topology.routeServers.engine !== 'frr') return [];
  const ranges = widestRanges(topology);
  if (ranges.kind === 'narrow') return [];
  const most = String(mostNarrowAddresses);
  return [
    {
      code: 'wide-client-ranges',
      path: ['clientGroups'],
      message: `The prefixes of the client groups have ${String(ranges.count)} addresses beside those of declared clients. Whoever comes from one of them can end the engine of every side at one moment, once: then no client has a session for some seconds.`,
      seen: listWords(Object.values(topology.clientGroups).flatMap(({ prefixes }) => prefixes)),
      allowed: `at most ${most} addresses in all prefixes together, without declared clients; then no client can do it`,
      hint: `write prefixes with at most ${most} addresses together, or declare the clients and write their addresses as prefixes; until then let only trusted hosts have an address of a prefix`,
    },
  ];
}
