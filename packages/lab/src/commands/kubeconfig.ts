import { listKubeconfigs } from '../lab/lab-cluster.ts';
import { findLab } from '../open-lab/find-lab.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { assertLabName, assertLinuxRoot } from './preflight.ts';
import { findRepository } from '../lab/read-topology.ts';

/** `meshrs lab kubeconfig LAB`: prints the path of the kubeconfig, for KUBECONFIG=$(meshrs lab kubeconfig dci). */
export function labKubeconfig(terminal: LabTerminal, { name }: { readonly name: string }): void {
  assertLinuxRoot({ platform: process.platform, userId: process.getuid?.() });
  assertLabName(name);
  const { lab } = findLab(findRepository(terminal.cwd), name);
  // As kubectl takes several in KUBECONFIG.
  terminal.writeOut(`${listKubeconfigs(lab).join(':')}\n`);
}
