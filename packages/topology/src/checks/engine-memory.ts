import {
  coveredPrefixes,
  engineBaseMebibytes,
  leastEngineMebibytes,
  mostCoveredPrefixes,
  reservedMebibytes,
} from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { declaredAddresses, highestMaximumPrefixes, widestRanges } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';

/** No client fills the memory of both sides by what it may announce. */
export function checkEngineMemory(topology: Topology): Finding<CheckCode>[] {
  const { engine, resources } = topology.routeServers;
  const maximumPrefixes = highestMaximumPrefixes(topology);
  // Of cRPD nothing has been measured.
  if (engine !== 'frr' || maximumPrefixes === 0) return [];
  const { engineMemory } = resources;
  const declared = declaredAddresses(topology) + narrowCount(topology);
  const needed = leastEngineMebibytes({ declared, maximumPrefixes });
  if (engineMemory === undefined) {
    return reservedMebibytes(maximumPrefixes) === undefined ? [nothingReserved(maximumPrefixes, needed)] : [];
  }
  const given = mebibytesOf(engineMemory);
  if (given >= needed) return [];
  const covered = coveredPrefixes(given, declared);
  return [
    {
      code: 'engine-memory-too-small',
      path: ['routeServers', 'resources', 'engineMemory'],
      message: `One client may announce ${String(maximumPrefixes)} routes (maximumPrefixes), which takes up to ${String(needed)} MiB of the engine with what it needs itself; then the kernel ends it, on each side, and every client loses all its sessions.`,
      seen: engineMemory,
      allowed: `${String(needed)}Mi or more: ${String(engineBaseMebibytes)} MiB for bgpd, 150 KiB per declared client and per address of narrow prefixes, 20 KiB per route of one client`,
      hint:
        covered === 0
          ? `write engineMemory: ${String(needed)}Mi, or leave it out`
          : `write engineMemory: ${String(needed)}Mi, leave it out, or lower maximumPrefixes to ${String(covered)}`,
    },
  ];
}

/** Each is a neighbor, whether somebody comes from there or not. */
function narrowCount(topology: Topology): number {
  const ranges = widestRanges(topology);
  return ranges.kind === 'narrow' ? ranges.addresses.length : 0;
}

function nothingReserved(maximumPrefixes: number, needed: number): Finding<CheckCode> {
  return {
    code: 'engine-memory-too-small',
    path: ['routeServers', 'resources', 'engineMemory'],
    message: `One client may announce ${String(maximumPrefixes)} routes (maximumPrefixes), for which memory must be kept on the nodes: a limit alone keeps none, and the kernel ends the engine of each side when its node is full.`,
    seen: 'not set',
    allowed: `maximumPrefixes of ${String(Math.floor(mostCoveredPrefixes))} or less, or an engineMemory, which is requested too`,
    hint: `lower maximumPrefixes, or write engineMemory: ${String(needed)}Mi and have nodes with that much`,
  };
}

const bytes: Readonly<Record<string, number>> = { m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** A quantity of Kubernetes, of which the schema has made sure. */
function mebibytesOf(quantity: string): number {
  const unit = /[a-zA-Z]+$/.exec(quantity)?.[0] ?? '';
  return (Number.parseFloat(quantity) * (bytes[unit] ?? 1)) / 2 ** 20;
}
