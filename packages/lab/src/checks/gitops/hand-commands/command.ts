/** One that somebody types, of which kubectl gets the arguments. */
export interface HandCommand {
  readonly args: readonly string[];
  readonly input?: string;
  /** What takes it back, so that nodes are not left as nobody wants them; it may be refused as well. */
  readonly undo?: readonly string[];
}

/** Who types it (Kubernetes documentation, "User impersonation"). */
export interface HandUser {
  readonly name: string;
  readonly args: readonly string[];
}

/** All of them may do everything by RBAC, so that nothing but the interlock stands in their way. */
export const handUsers: readonly HandUser[] = [
  { name: 'admin', args: [] },
  ...['alice', 'system:serviceaccount:ci:deployer', 'system:serviceaccount:argocd:argocd-application-controller'].map(
    (name): HandUser => ({ name, args: [`--as=${name}`, '--as-group=system:masters'] }),
  ),
];
