interface Identified {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** Groups whose kinds need no group behind them in a message. */
const usualGroups = new Set([
  '',
  'apps',
  'batch',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'metallb.io',
]);

/**
 * "StatefulSet meshrr/routeserver-a": how messages name an object, and by what two builds are compared. Without the
 * version of the API: an object that moves to another one stays the same object.
 */
export function objectId({ apiVersion, kind, metadata: { name, namespace } }: Identified): string {
  const group = apiGroup(apiVersion);
  const qualified = usualGroups.has(group) ? kind : `${kind}.${group}`;
  return `${qualified} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** "StatefulSet", "Application.argoproj.io": as messages name a kind. */
export function kindName({ apiVersion, kind }: Pick<Identified, 'apiVersion' | 'kind'>): string {
  return objectId({ apiVersion, kind, metadata: { name: '' } }).trim();
}

/** "apps" of "apps/v1"; empty for the core group. */
export function apiGroup(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
