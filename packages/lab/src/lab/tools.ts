import { locateTool } from '@meshrs/tools/locate';
import { placesOf } from '@meshrs/tools/places';
import { isFailure } from '@meshrs/tools/failure';
import { join } from 'node:path';
import { LabFailure } from '../host/failure.ts';

/** Every program that the lab starts; which version of each stands in packages/tools/src/tools.json. */
export const toolNames = [
  'cni/bridge',
  'cni/host-local',
  'cni/loopback',
  'containerd',
  'containerd-shim-runc-v2',
  'coredns',
  'ctr',
  'etcd',
  'gobgp',
  'gobgpd',
  'helm',
  'ip',
  'ipset',
  'iptables',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-router',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'kustomize',
  'metallb-controller',
  'metallb-speaker',
  'nft',
  'nsenter',
  'openssl',
  'pause',
  'runc',
] as const;

export type ToolName = (typeof toolNames)[number];

/** Absolute path of each tool. */
export type Tools = Readonly<Record<ToolName, string>>;

/** What MetalLB's frr-k8s mode needs besides. */
const frrK8sToolNames = [
  'frr-k8s',
  'frr-k8s-metrics',
  'frr-k8s-status',
  'frr-k8s-statuscleaner',
  'mmdebstrap',
] as const;

/** What a lab with Argo CD needs besides. */
const argoCdToolNames = [
  'argocd-application-controller',
  'argocd-repo-server',
  'argocd-server',
  'git',
  'kustomize-5.7.0',
  'redis-server',
] as const;

/** Absolute path of each tool that Argo CD is or calls. */
export type ArgoCdTools = Readonly<Record<(typeof argoCdToolNames)[number], string>>;

export function locateArgoCdTools(repository: string, env: NodeJS.ProcessEnv): ArgoCdTools {
  return locateAll(argoCdToolNames, repository, env);
}

export function locateTools(repository: string, env: NodeJS.ProcessEnv): Tools {
  return locateAll(toolNames, repository, env);
}

export function locateFrrK8sTools(
  repository: string,
  env: NodeJS.ProcessEnv,
): Readonly<Record<(typeof frrK8sToolNames)[number], string>> {
  return locateAll(frrK8sToolNames, repository, env);
}

/** Finds every tool, or says in one failure which ones are missing and the command that brings them all. */
function locateAll<Name extends string>(
  names: readonly Name[],
  repository: string,
  env: NodeJS.ProcessEnv,
): Readonly<Record<Name, string>> {
  const places = placesOf(env, repository);
  const missing: string[] = [];
  const entries = names.map((name): [Name, string] => {
    try {
      return [name, locateTool(name, env, places)];
    } catch (error) {
      if (!isFailure(error)) throw error;
      missing.push(error.message);
      return [name, ''];
    }
  });
  if (missing.length > 0) {
    throw new LabFailure({
      code: 'tool-missing',
      message: `${missing.length === 1 ? 'A tool is' : `${String(missing.length)} tools are`} missing:\n${missing.map((line) => `    ${line}`).join('\n')}`,
      next: `run ${join(repository, 'scripts/lab-tools')} all`,
    });
  }
  // Every name has its entry; fromEntries cannot say so.
  return Object.fromEntries(entries) as Record<Name, string>;
}
