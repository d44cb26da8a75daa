/**
 * What lab names may be: they stand in names of namespaces, cgroups and of an interface (15 characters with its
 * prefix).
 */
export const labNameRule = {
  pattern: /^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/,
  allowed: 'lower-case letters, digits and "-", a letter first, at most 10, not "-" last',
};

/** What a network namespace of the lab stands for. */
export type NamespaceRole = 'control' | 'node' | 'router' | 'core' | 'client' | 'undeclared';

/** The beginning of all names of a lab's namespaces. A lab's name holds no ".", so no lab's begin like another's. */
export function namespacePrefix(lab: string): string {
  return `meshrs-${lab}.`;
}

/** The name under /run/netns: "meshrs-dci.node-meshrr-kube1"; the core is there once, as is the only control plane. */
export function namespaceName(lab: string, role: NamespaceRole, name?: string): string {
  return `${namespacePrefix(lab)}${name === undefined ? role : `${role}-${name}`}`;
}

/** The lab's cgroup in each hierarchy; everything that the lab runs is in it or below. */
export function cgroupName(lab: string): string {
  return `meshrs-${lab}`;
}

/** The one interface in the machine's own namespace; over it the Kubernetes API is reached. */
export function hostInterface(lab: string): string {
  return `mlab-${lab}`;
}

/** Where FRR's daemons have the sockets by which they find each other, a folder for each path space (frr(8), -N). */
export const frrRunFolder = '/run/frr';

/** Neither a lab nor a router has "_" in its name. */
export function frrPathSpace(lab: string, router: string): string {
  return `meshrs_${lab}_${router}`;
}
