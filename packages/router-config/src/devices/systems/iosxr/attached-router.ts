import { hostPrefix, type IpAddress } from '@meshrs/network';
import type { AttachedRouter, AttachedSide, Device } from '../../device.ts';
import { namesOf, placeholderOf } from '../../names.ts';
import { word } from '../../words.ts';
import { block, lineText, type Block } from '../block.ts';

/** "ipv4 address 192.168.255.0 255.255.255.255" */
export function ipv4AddressOf(address: IpAddress): string {
  return `ipv4 address ${hostPrefix(address).replace('/32', '')} 255.255.255.255`;
}

export function anycastInterfaceOf({ interface: own }: AttachedRouter['anycast']): string {
  return word(own ?? 'Loopback100');
}

/** A group for each side: what changes in it resets the sessions of that side's nodes alone. */
export function neighborGroups(device: Device, attached: AttachedRouter): Block[] {
  const { anycast, bfd } = attached;
  const names = namesOf(device);
  return attached.sides.map((side) =>
    block(
      `neighbor-group ${names.metallb(side).group}`,
      `remote-as ${String(anycast.metallbAsn)}`,
      device.asn === anycast.routerAsn ? undefined : `local-as ${String(anycast.routerAsn)} no-prepend replace-as`,
      // From a loopback to a node on a port.
      'ebgp-multihop 2',
      ...(bfd
        ? [
            'bfd fast-detect',
            `bfd multiplier ${String(bfd.detectMultiplier)}`,
            `bfd minimum-interval ${String(Math.max(bfd.receiveMilliseconds, bfd.transmitMilliseconds))}`,
          ]
        : []),
      'session-open-mode passive-only',
      `password clear ${placeholderOf(side.secret)}`,
      `update-source ${anycastInterfaceOf(anycast)}`,
      block(
        'address-family ipv4 unicast',
        `route-policy ${names.metallb(side).filter} in`,
        `maximum-prefix ${String(side.prefixLimit)} 75 warning-only`,
        `route-policy ${names.nothing} out`,
      ),
    ),
  );
}

export function neighbors(device: Device, { sides }: AttachedRouter): Block[] {
  const names = namesOf(device);
  return sides.flatMap((side: AttachedSide) =>
    side.nodes.map(({ name, address }) =>
      block(
        `neighbor ${address}`,
        `use neighbor-group ${names.metallb(side).group}`,
        `description ${lineText(`MetalLB on ${name}`)}`,
      ),
    ),
  );
}
