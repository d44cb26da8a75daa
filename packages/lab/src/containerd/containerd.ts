import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertRunning, startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import { isSocket } from '../host/sockets.ts';
import { waitUntil } from '../host/wait.ts';
import type { Lab } from '../lab/lab.ts';
import type { NodePlan } from '../plan/lab-plan.ts';
import { pauseImage } from '../plan/image-names.ts';
import type { Tools } from '../lab/tools.ts';
import { nodePaths } from './node-paths.ts';

/** What a container runtime must know of the node that it serves. */
export type RuntimePlace = Pick<NodePlan, 'name' | 'namespace' | 'podRange'>;

/** Starts the container runtime of a node, with what stands in its root folder already. */
export function startContainerd(lab: Lab, tools: Tools, node: RuntimePlace): DaemonRecord {
  const paths = nodePaths(lab, node);
  mkdirSync(paths.cni, { recursive: true });
  mkdirSync(paths.run, { recursive: true });
  writeFileSync(join(paths.cni, '10-pods.conflist'), `${JSON.stringify(podNetwork(node, paths.addresses), null, 2)}\n`);
  const config = join(paths.state, 'containerd.toml');
  writeFileSync(config, containerdConfig(tools, paths));
  return startDaemon(lab, {
    name: `containerd.${node.name}`,
    namespace: node.namespace,
    argv: [tools.containerd, '--config', config],
    // The shim is looked up on PATH.
    env: { PATH: `${dirname(tools['containerd-shim-runc-v2'])}:/usr/sbin:/usr/bin:/sbin:/bin` },
  });
}

/** Waits until a node's runtime can be asked. */
export async function waitForContainerd(
  lab: Lab,
  node: RuntimePlace,
  daemon: DaemonRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { containerdSocket } = nodePaths(lab, node);
  await waitUntil(`${daemon.name} listens`, () => isSocket(containerdSocket), {
    deadlineMs: 60_000,
    signal,
    next: `read its log: meshrs lab logs ${lab.name} ${daemon.name}`,
    check: () => {
      assertRunning(lab, [daemon]);
    },
  });
}

/** containerd's configuration, version 3 (containerd documentation, "CRI Plugin Config Guide"). */
function containerdConfig(tools: Tools, paths: ReturnType<typeof nodePaths>): string {
  return `version = 3
root = ${quote(paths.containerdRoot)}
state = ${quote(paths.run)}
[grpc]
  address = ${quote(paths.containerdSocket)}
[ttrpc]
  address = ${quote(`${paths.containerdSocket}.ttrpc`)}
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = ${quote(pauseImage)}
[plugins.'io.containerd.cri.v1.runtime']
  # There are no system services here that a container could outrank, and AppArmor is not asked.
  restrict_oom_score_adj = true
  disable_apparmor = true
  # Otherwise pods' network namespaces stand beside the lab's own.
  netns_mounts_under_state_dir = true
[plugins.'io.containerd.nri.v1.nri']
  # Its socket has one place on a machine, for which two nodes would race.
  disable = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = [${quote(dirname(tools['cni/bridge']))}]
  conf_dir = ${quote(paths.cni)}
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = ${quote(tools.runc)}
`;
}

/**
 * Pods on a bridge of the node, reached by routes (CNI plugins "bridge" and "host-local"). Nothing is masqueraded: route
 * servers must see true addresses.
 */
function podNetwork(node: RuntimePlace, addresses: string): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: addresses,
          ranges: [[{ subnet: node.podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

/** A TOML basic string; paths hold no control characters. */
function quote(text: string): string {
  return JSON.stringify(text);
}
