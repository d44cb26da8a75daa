import type { SecurityContext } from '../kubernetes/core-types.ts';

/** What every container drops unless its program needs it (Kubernetes documentation, "Pod Security Standards"). */
export const withoutPrivileges: SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
