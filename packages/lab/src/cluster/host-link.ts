import { z } from 'zod';
import { parseAddress, type IpAddress } from '@meshrs/network';
import { withLock } from '@meshrs/tools/lock';
import { LabFailure } from '../host/failure.ts';
import { ipBatch } from '../host/namespaces.ts';
import { run } from '../host/run.ts';
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

/** Makes the link. In the control plane it leads to this machine and no further. */
export async function makeHostLink(lab: string, controlNamespace: string): Promise<HostLink> {
  const port = hostInterface(lab);
  // The kernel gives two interfaces the same address without a word; a second lab would then talk to the first one's API.
  const link = await withLock(
    lockFile,
    () => undefined,
    async () => {
      const free = await freeHostLink();
      await ipBatch([
        `link add ${port} type veth peer name host0 netns ${controlNamespace}`,
        `address add ${free.hostAddress}/30 dev ${port}`,
        `link set ${port} up`,
      ]);
      return free;
    },
  );
  await ipBatch([`address add ${link.controlAddress}/30 dev host0`, 'link set host0 up'], controlNamespace);
  return link;
}

/** Held by the one lab of this machine that takes addresses. */
const lockFile = '/run/meshrs-lab-host-link.lock';

/** Of `ip -json address` (ip-address(8)), also of interfaces that do not run yet. */
const addressesSchema = z.array(
  z.object({ addr_info: z.array(z.object({ local: z.string().optional() })).default([]) }),
);

async function freeHostLink(): Promise<HostLink> {
  const text = await run(['ip', '-json', 'address', 'show']);
  const used = addressesSchema
    .parse(JSON.parse(text))
    .flatMap(({ addr_info }) => addr_info.flatMap(({ local }) => local ?? []));
  const link = chooseHostLink(used);
  if (link) return link;
  throw new LabFailure({
    code: 'refused',
    message: 'All of 169.254.200.0/21 is in use on this machine; the lab needs two addresses of it.',
    next: 'take down other labs: meshrs lab down LAB',
  });
}
