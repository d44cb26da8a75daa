import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Client } from '../schema/clients.ts';
import type { Topology } from '../schema/index.ts';
import type { Router } from '../schema/routers.ts';
import { systemCapabilities } from '../system-capabilities.ts';
import { at } from './check.ts';

/** An interface with one address has another one's; on Junos a table has one loopback unit. */
export function checkAnycastInterfaces({ routers, clients }: Topology): Finding<CheckCode>[] {
  return Object.entries(routers).flatMap(([name, router]): Finding<CheckCode>[] => {
    const client = Object.hasOwn(clients, name) ? clients[name] : undefined;
    return router.system === 'junos'
      ? junosLoopbackUnit(name, router, client)
      : loopbackOfSomethingElse(name, router, client);
  });
}

function loopbackOfSomethingElse(name: string, router: Router, client: Client | undefined): Finding<CheckCode>[] {
  const { loopbacks, title } = systemCapabilities[router.system];
  if (!loopbacks) return [];
  const { anycastInterface } = router;
  const seen = anycastInterface ?? loopbacks.anycast;
  const ofClient = client?.interface ?? loopbacks.main;
  const isMain = isSameInterface(seen, loopbacks.main);
  const isOfClient = client !== undefined && isSameInterface(seen, ofClient);
  if (!isMain && !isOfClient) return [];
  const others = [...new Set([loopbacks.main, ...(client ? [ofClient] : [])])];
  return [
    {
      code: 'anycast-interface',
      path: anycastInterface === undefined ? ['clients', name, 'interface'] : ['routers', name, 'anycastInterface'],
      message: `Router ${name} would have its anycast loopback on ${seen}, ${isOfClient ? 'from which it dials as a client' : `the main loopback of ${title}`}: the address there would be replaced by one that other routers have, too.`,
      seen: anycastInterface ?? ofClient,
      allowed: `for the anycast loopback an interface of its own, which is not ${others.join(' or ')}`,
      hint:
        anycastInterface === undefined
          ? `correct it, or write another anycastInterface at ${at(['routers', name])}`
          : `leave it out, which is ${loopbacks.anycast}, or write another one that is free`,
    },
  ];
}

function junosLoopbackUnit(
  name: string,
  { anycastInterface, vrf }: Router,
  client: Client | undefined,
): Finding<CheckCode>[] {
  const unit = anycastInterface ?? (vrf ? 'lo0.100' : 'lo0.0');
  const isOfMain = isSameInterface(unit, 'lo0.0');
  const isOfClient = client?.interface !== undefined && isSameInterface(unit, client.interface);
  // Another spelling is an issue of its own.
  if (!systemCapabilities.junos.loopback?.pattern.test(unit)) return [];
  if (vrf ? !isOfMain && !isOfClient : isOfMain) return [];
  return [
    {
      code: 'anycast-interface',
      path: anycastInterface === undefined ? ['clients', name, 'interface'] : ['routers', name, 'anycastInterface'],
      message: vrf
        ? `Router ${name} would have ${unit} in the VRF ${vrf.name}, ${isOfClient ? 'from which it dials as a client' : 'the loopback of its main table'}: every session from there would end.`
        : `Router ${name} would have its anycast loopback on ${unit}: the main table of Junos has one loopback unit, lo0.0.`,
      seen: unit,
      allowed: vrf ? 'a unit of lo0 of its own, such as lo0.100' : 'lo0.0, beside the address that stands there',
      hint: vrf ? 'write another unit' : 'leave it out; or put the nodes into a VRF, which has a unit of its own',
    },
  ];
}

/** "Loopback00" is Loopback0. */
function isSameInterface(one: string, other: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replace(/[0-9]+/g, (digits) => String(Number(digits)));
  return plain(one) === plain(other);
}
