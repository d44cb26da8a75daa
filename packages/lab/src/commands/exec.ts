import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '@meshrs/strict-yaml';
import { LabFailure } from '../host/failure.ts';
import { frrSockets } from '../frr/start-frr.ts';
import { gobgpSocket } from '../gobgp/start-gobgp.ts';
import { kubectlCommand } from '../kubernetes/kubectl.ts';
import { labCluster, type LabCluster } from '../lab/lab-cluster.ts';
import { nodesOf } from '../plan/lab-plan.ts';
import { inNamespace } from '../host/namespaces.ts';
import { nodePaths } from '../containerd/node-paths.ts';
import { openLab, type OpenLab } from '../open-lab/open-lab.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { assertLinuxRoot } from './preflight.ts';
import { findRepository } from '../lab/read-topology.ts';

export interface ExecOptions {
  readonly name: string;
  /** A node, router or client of the topology, "core" or "control". */
  readonly part: string;
  /** Left out: a shell. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * `meshrs lab exec LAB PART COMMAND…`: runs a command in the network namespace of a part. `vtysh`, `gobgp`, `kubectl`
 * and `ctr` talk to that part's own daemon. Returns the exit status.
 */
export async function labExec(terminal: LabTerminal, { name, part, command, env }: ExecOptions): Promise<number> {
  assertLinuxRoot({ platform: process.platform, userId: process.getuid?.() });
  const open = await openLab(findRepository(terminal.cwd), name, env);
  // The API is reached from the control plane; every other command runs where it was asked for.
  const namespace = command[0] === 'kubectl' ? clusterOfPart(open, part).plan.namespace : findNamespace(open, part);
  const [file, ...args] = inNamespace(namespace, commandLine(open, part, command, env));
  const child = spawn(file, args, {
    stdio: 'inherit',
    cwd: terminal.cwd,
    env: { ...env, KUBECONFIG: clusterOfPart(open, part).paths.kubeconfig },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  // As shells report a signal: 128 and its number, of which only "ended by one" is known here.
  return code ?? (signal === null ? 1 : 128);
}

function findNamespace({ plan }: OpenLab, part: string): string {
  const parts = new Map([
    ...plan.clusters.map(({ suffix, namespace }): [string, string] => [`control${suffix}`, namespace]),
    ['core', plan.core.namespace],
    ...[...nodesOf(plan), ...plan.routers, ...plan.clients].map(({ name, namespace }): [string, string] => [
      name,
      namespace,
    ]),
  ]);
  const namespace = parts.get(part);
  if (namespace !== undefined) return namespace;
  const known = [...parts.keys()];
  const guess = nearest(part, known);
  throw new LabFailure({
    code: 'no-such-part',
    message: `The lab has no part "${part}". ${guess === undefined ? '' : `Did you mean ${guess}? `}It has: ${known.join(', ')}.`,
    next: 'name one of them: meshrs lab exec LAB core ip route',
  });
}

/** A node's own cluster, and that of a control plane; any other part talks to the first. */
function clusterOfPart({ lab, plan }: OpenLab, part: string): LabCluster {
  const own = plan.clusters.find(
    ({ suffix, nodes }) => part === `control${suffix}` || nodes.some(({ name }) => name === part),
  );
  return labCluster(lab, own ?? plan.clusters[0]);
}

/** Fills in what a tool needs to reach the part's daemon. */
function commandLine(open: OpenLab, part: string, command: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const { lab, tools } = open;
  const [program = env['SHELL'] ?? '/bin/sh', ...args] = command;
  switch (program) {
    case 'vtysh': {
      const { folder } = frrSockets(lab, part);
      assertThere(folder, part, 'FRR', 'vtysh');
      return [join(lab.paths.repository, 'scripts/frr'), 'exec', 'vtysh', '--vty_socket', folder, ...args];
    }
    case 'gobgp': {
      const socket = gobgpSocket(lab, part);
      assertThere(socket, part, 'GoBGP', 'gobgp');
      return [tools.gobgp, '--target', `unix://${socket}`, ...args];
    }
    case 'ctr': {
      const { containerdSocket } = nodePaths(lab, { name: part });
      assertThere(containerdSocket, part, 'container runtime', 'ctr');
      return [tools.ctr, '--address', containerdSocket, '--namespace', 'k8s.io', ...args];
    }
    case 'kubectl':
      return kubectlCommand(clusterOfPart(open, part), tools, args);
    default:
      return [program, ...args];
  }
}

function assertThere(path: string, part: string, what: string, program: string): void {
  if (existsSync(path)) return;
  throw new LabFailure({
    code: 'no-such-part',
    message: `${part} runs no ${what}, so ${program} has nothing to talk to.`,
    next: '"meshrs lab status LAB" shows which client runs what',
  });
}
