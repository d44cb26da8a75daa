import { engines, type Engine } from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';

/** Whether the agent can run an engine. */
const isSupported: Readonly<Record<Engine, boolean>> = { frr: true, crpd: false };

/** The engines that the agent can run. */
export const supportedEngines: readonly Engine[] = engines.filter((engine) => isSupported[engine]);

/** What a topology can say, and nothing can run yet: better refused than generated and dead. */
export function checkUnsupported(topology: Topology): Finding<CheckCode>[] {
  return [...unsupportedEngine(topology), ...severalClusters(topology)];
}

function unsupportedEngine({ routeServers: { engine } }: Topology): Finding<CheckCode>[] {
  if (isSupported[engine]) return [];
  return [
    {
      code: 'engine-not-supported',
      path: ['routeServers', 'engine'],
      message: `The mesh agent cannot run the engine ${engine} yet; its route servers would never have a session.`,
      seen: engine,
      allowed: supportedEngines.join(', '),
      hint: `write engine: ${supportedEngines.join(' or ')}`,
    },
  ];
}

function severalClusters({ placement: { clusters } }: Topology): Finding<CheckCode>[] {
  const names = Object.keys(clusters);
  if (names.length <= 1) return [];
  return [
    {
      code: 'several-clusters-not-supported',
      path: ['placement', 'clusters'],
      message: `The sides are placed on ${String(names.length)} clusters; nothing can be generated for a mesh between clusters yet.`,
      seen: listWords(names),
      allowed: 'one cluster that has every side',
      hint: 'keep one of them, with all sides in its list "sides"',
    },
  ];
}
