import { randomBytes } from 'node:crypto';

/** Who may talk to kube-apiserver, and as whom (Kubernetes documentation, "Static token file"). */
export interface Account {
  readonly user: string;
  readonly groups: readonly string[];
  readonly token: string;
}

/** The accounts that Kubernetes' own roles are bound to, one for each part that needs one. */
export interface Accounts {
  readonly admin: Account;
  readonly controllerManager: Account;
  readonly scheduler: Account;
  readonly proxy: Account;
  readonly firewall: Account;
  readonly nodes: ReadonlyMap<string, Account>;
}

export function makeAccounts(nodes: readonly string[]): Accounts {
  return {
    admin: account('admin', ['system:masters']),
    controllerManager: account('system:kube-controller-manager'),
    scheduler: account('system:kube-scheduler'),
    proxy: account('system:kube-proxy'),
    firewall: account(firewallUser),
    nodes: new Map(nodes.map((node) => [node, account(`system:node:${node}`, ['system:nodes'])])),
  };
}

/** kube-router has no role of its own in Kubernetes: the lab binds one. */
export const firewallUser = 'system:kube-router';

/** The file's lines: token,user,uid,"group,group". */
export function tokenFile({ nodes, ...others }: Accounts): string {
  return [...Object.values(others), ...nodes.values()]
    .map(({ user, groups, token }) =>
      [token, user, user, ...(groups.length > 0 ? [`"${groups.join(',')}"`] : [])].join(','),
    )
    .join('\n')
    .concat('\n');
}

function account(user: string, groups: readonly string[] = []): Account {
  return { user, groups, token: randomBytes(24).toString('base64url') };
}
