import { contains, rangeOf, type IpAddress } from '@meshrs/network';
import type { CodeDescription, Finding } from '@meshrs/strict-yaml';
import type { Engine } from '../engine.ts';
import type { RouteServerSettings } from '../settings-schema.ts';
import { listWords } from './claims.ts';

/** What can be wrong with settings for one pod, though they may be right for another one. */
export const podCodes = {
  'router-id-missing': {
    severity: 'error',
    title: 'The pod has no router-id',
    why: 'A pod finds its router-id by its name; the pod IP is never one, because it changes with every restart.',
  },
  'engine-not-supported': {
    severity: 'error',
    title: 'The pod runs another engine',
    why: 'The engine is another container, with another configuration: only a new pod has it.',
  },
  'own-address-in-range': {
    severity: 'warning',
    title: 'A client range holds the address of the route server itself',
    why: 'Its node, other nodes and other pods have addresses like that: each of them may open a session and then is a client, for which gates and drains wait. It is no error: where clients come through a Service that hides their addresses, they have those of nodes.',
  },
} as const satisfies Record<string, CodeDescription>;

export type PodCode = keyof typeof podCodes;

/** Who reads the settings. */
export interface PodFacts {
  readonly name: string;
  /** What can run there; left out: not known. */
  readonly engines?: readonly Engine[];
  /** Its own; left out: not known. */
  readonly addresses?: readonly IpAddress[];
}

/** What keeps a pod from taking settings. `isEngineWritten`: the file itself names the engine. */
export function checkPod(
  settings: RouteServerSettings,
  { name, engines, addresses = [] }: PodFacts,
  { isEngineWritten }: { readonly isEngineWritten: boolean },
): Finding<PodCode>[] {
  const { routerIds, engine } = settings;
  const findings: Finding<PodCode>[] = ownAddressesInRanges(settings, addresses);
  if (!Object.hasOwn(routerIds, name)) {
    const known = Object.keys(routerIds);
    findings.push({
      code: 'router-id-missing',
      path: ['routerIds'],
      message: `There is no router-id for this pod, ${name}.`,
      seen: known.length === 0 ? 'no entry' : listWords(known),
      allowed: 'an entry for each pod, unique in the fleet; the topology gives one to each replica',
      hint: `add ${name}: <four numbers as in an IPv4 address>`,
    });
  }
  if (engines && !engines.includes(engine)) {
    const here = engines.join(' or ');
    findings.push({
      code: 'engine-not-supported',
      path: ['engine'],
      message: isEngineWritten
        ? `The settings say "engine: ${engine}", and this pod runs ${here}.`
        : `engine is left out, which means ${engine}, and this pod runs ${here}.`,
      seen: isEngineWritten ? engine : 'nothing',
      allowed: here,
      hint: `write engine: ${here}${isEngineWritten ? ', or change the StatefulSet with the settings: another engine takes a new pod' : ''}`,
    });
  }
  return findings;
}

/** What takes anybody says so itself (`any-address`). */
function ownAddressesInRanges({ bgpgroups }: RouteServerSettings, addresses: readonly IpAddress[]): Finding<PodCode>[] {
  return bgpgroups.flatMap((group, index) =>
    group.type !== 'subtractive'
      ? []
      : group.prefixes.flatMap((prefix, position): Finding<PodCode>[] => {
          const range = rangeOf(prefix);
          const own = addresses.find((address) => contains(range, rangeOf(address)));
          if (own === undefined || prefix.endsWith('/0')) return [];
          return [
            {
              code: 'own-address-in-range',
              path: ['bgpgroups', index, 'prefixes', position],
              message: `${prefix}, a prefix of the client group ${group.name}, holds ${own}, an address of this route server: its node and other pods may open a session as clients.`,
              seen: prefix,
              allowed: 'prefixes from which clients come, without addresses of nodes and pods',
              hint: 'write smaller prefixes, or let a NetworkPolicy keep nodes and pods from port 179; optional where clients come from addresses of nodes',
            },
          ];
        }),
  );
}
