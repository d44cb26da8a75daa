import { describeAsn } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';
import { at } from './check.ts';

/** A device that is router and client in one is one device: what both roles say of it agrees. */
export function checkDevices({ routers, clients }: Topology): Finding<CheckCode>[] {
  return Object.entries(clients).flatMap(([name, client]): Finding<CheckCode>[] => {
    const router = Object.hasOwn(routers, name) ? routers[name] : undefined;
    if (!router) return [];
    const asRouter = ['routers', name];
    const differs = (
      key: 'system' | 'asn',
      [seen, other]: readonly [string, string],
      allowed: string,
    ): Finding<CheckCode> => ({
      code: 'device-differs',
      path: ['clients', name, key],
      message: `${name} is a router and a client, so one device; as a client it has ${seen}, as a router ${other} (${at([...asRouter, key])}).`,
      seen,
      allowed,
      hint: 'write the same in both places, or give the client another name where it is another device',
    });
    return [
      ...(client.system === router.system
        ? []
        : [differs('system', [`the system ${client.system}`, router.system], router.system)]),
      ...(router.asn === undefined || router.asn === client.asn
        ? []
        : [differs('asn', [describeAsn(client.asn), describeAsn(router.asn)], describeAsn(router.asn))]),
    ];
  });
}
