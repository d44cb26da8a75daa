import { listDaemons } from '../src/lab/daemons.ts';
import { processesOf } from '../src/host/cgroups.ts';
import { commandOf, memoryOf, type ProcessId } from '../src/host/proc.ts';
import type { OpenLab } from '../src/open-lab/open-lab.ts';

/** A part of a lab: daemons by the beginnings of their names, or pods' processes by those of their command lines. */
export interface Part {
  readonly title: string;
  readonly daemons?: readonly string[];
  readonly commands?: readonly string[];
}

export const parts: readonly Part[] = [
  {
    title: 'control plane (etcd, kube-apiserver, kube-controller-manager, kube-scheduler)',
    daemons: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  },
  {
    title: '4 nodes (containerd, kubelet, kube-proxy, kube-router)',
    daemons: ['containerd.', 'kubelet.', 'kube-proxy.', 'kube-router.'],
  },
  { title: "MetalLB's controller and 4 speakers", commands: ['/controller ', '/speaker '] },
  { title: '2 agents', commands: ['/usr/local/bin/node '] },
  { title: '2 engines (bgpd in the pods)', commands: ['/usr/lib/frr/bgpd --skip_runas'] },
  {
    title: 'core, 2 routers and 5 clients (mgmtd, zebra, bgpd, gobgpd)',
    daemons: ['mgmtd.', 'zebra.', 'bgpd.', 'gobgpd.'],
  },
  { title: 'observers', daemons: ['observer', 'routes.'] },
];

/** What a part has in MiB; pages that several processes share count for each by its share. */
export function memoryOfPart({ lab }: OpenLab, { daemons = [], commands = [] }: Part): number {
  const running = listDaemons(lab).filter(({ name }) => daemons.some((one) => name.startsWith(one)));
  const inPods = processesOf(lab.hierarchies, `${lab.cgroup}/pods`).filter(({ pid }) =>
    commands.some((one) => `${commandOf(pid)} `.startsWith(one)),
  );
  const own = running.flatMap(({ name }): ProcessId[] => processesOf(lab.hierarchies, `${lab.cgroup}/daemons/${name}`));
  return [...own, ...inPods].reduce((sum, { pid }) => sum + memoryOf(pid), 0) / 2 ** 20;
}
