import { networkInterfaces } from 'node:os';
import { parseAddress, type IpAddress } from '@meshrs/network';
import { LabFailure } from '../host/failure.ts';
import { ipBatch } from '../host/namespaces.ts';
import { hostInterface } from '../plan/names.ts';

/** The link between this machine and the control plane: link-local addresses (RFC 3927), which nobody passes on. */
export interface HostLink {
  readonly hostAddress: IpAddress;
  readonly controlAddress: IpAddress;
}

/** The first /30 of 169.254.200.0/21 of which no interface of the machine has an address; each lab takes one. */
export function chooseHostLink(used: readonly string[]): HostLink | undefined {
  for (let index = 0; index < 512; index++) {
    const subnet = `169.254.${String(200 + (index >> 6))}`;
    const first = (index & 63) << 2;
    const hostAddress = parseAddress(`${subnet}.${String(first + 1)}`);
    const controlAddress = parseAddress(`${subnet}.${String(first + 2)}`);
    if (hostAddress && controlAddress && !used.includes(hostAddress)) return { hostAddress, controlAddress };
  }
  return undefined;
}

export function freeHostLink(): HostLink {
  const used = Object.values(networkInterfaces()).flatMap(
    (addresses) => addresses?.map(({ address }) => address) ?? [],
  );
  const link = chooseHostLink(used);
  if (link) return link;
  throw new LabFailure({
    code: 'refused',
    message: 'All of 169.254.200.0/21 is in use on this machine; the lab needs two addresses of it.',
    next: 'take down other labs: meshrs lab down LAB',
  });
}

/** Makes the link. In the control plane it leads to this machine and no further. */
export async function makeHostLink(lab: string, controlNamespace: string, link: HostLink): Promise<void> {
  const port = hostInterface(lab);
  await ipBatch([
    `link add ${port} type veth peer name host0 netns ${controlNamespace}`,
    `address add ${link.hostAddress}/30 dev ${port}`,
    `link set ${port} up`,
  ]);
  await ipBatch([`address add ${link.controlAddress}/30 dev host0`, 'link set host0 up'], controlNamespace);
}
