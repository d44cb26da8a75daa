/** Name of the ConfigMap with a side's settings. It holds no hash: a change must arrive in running pods. */
export function settingsName(service: string): string {
  return `${service}-settings`;
}

/** Name of the ConfigMap with what all sides know of each other; without a hash, too. */
export function fleetName(app: string): string {
  return `${app}-fleet`;
}

/**
 * Name of the Service, and of a side's pool, for management; short, since a pod's name has up to 56 of the 63
 * characters.
 */
export function managementName(owner: string): string {
  return `${owner}-mgmt`;
}

/** Name of the gate's pod before a side. */
export function gateName(service: string): string {
  return `${service}-gate`;
}

/** Name of the gate's pod before what is deleted. */
export function removalGateName(app: string): string {
  return `${app}-removal-gate`;
}

/** Names of the pods that close the turn: what a sync before left open, and what this one's last gate opened. */
export function closingNames(app: string): { readonly begin: string; readonly end: string } {
  return { begin: `${app}-begin-turn`, end: `${app}-close-turn` };
}

/** Name of the gates' ServiceAccount, Role, RoleBinding and NetworkPolicy. */
export function gateAccount(app: string): string {
  return `${app}-gate`;
}

/** Name of the BGPPeer at a router position: of a side, or of all nodes. */
export function peerName(position: string, service?: string): string {
  const name = position.toLowerCase();
  return service === undefined ? name : `${service}-${name}`;
}

/** Name of the BFDProfile that the BGPPeers of no single side share. */
export const sharedBfdProfile = 'meshrs';
