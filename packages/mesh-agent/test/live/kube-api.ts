import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKubeApiserver, type KubeApiserver } from '@meshrs/test-kit/kube-apiserver';

/** A real kube-apiserver over a real etcd, without controllers: what a test writes is what there is. */
export interface KubeApi {
  readonly host: string;
  readonly port: string;
  /** PEM of the certificate that the API shows. */
  ca(): string;
  /** PEM of its private key, for who stands in its place. */
  key(): string;
  /** Tokens: of an administrator, of users that may only list and watch endpointslices; `nobody` and `gate` may nothing by themselves. */
  readonly tokens: {
    readonly admin: string;
    readonly agent: string;
    readonly renewed: string;
    readonly nobody: string;
    readonly gate: string;
  };
  /** A request as administrator; rejects unless it succeeds. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Applies an object on the server's side, as Argo CD does; rejects unless it succeeds. */
  apply(path: string, object: object): Promise<unknown>;
  /** Forgets the history up to now, so that older resource versions are gone. */
  compact(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** A second API server of the same cluster, which goes with it. */
  addServer(): Promise<KubeApiserver>;
  remove(): Promise<void>;
}

const tokens = {
  admin: 'token-admin',
  agent: 'token-agent',
  renewed: 'token-renewed',
  nobody: 'token-nobody',
  gate: 'token-gate',
};
const serviceAccount = 'system:serviceaccount:meshrr:meshrr-evpnrs';
export const gateUser = 'system:serviceaccount:meshrr:meshrr-evpnrs-gate';

export async function startKubeApi(): Promise<KubeApi> {
  const options: Parameters<typeof startKubeApiserver>[0] = {
    users: [
      { token: tokens.admin, name: 'admin', group: 'system:masters' },
      { token: tokens.agent, name: serviceAccount },
      { token: tokens.renewed, name: serviceAccount },
      { token: tokens.nobody, name: 'nobody' },
      { token: tokens.gate, name: gateUser },
    ],
    // Loopback addresses cannot be API servers in Kubernetes' own list.
    flags: ['--disable-admission-plugins=ServiceAccount', '--endpoint-reconciler-type=none'],
  };
  const server = await startKubeApiserver(options);
  const others: KubeApiserver[] = [];
  const request = (method: string, path: string, body?: unknown): Promise<unknown> =>
    send(method, path, body, method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
  const send = async (method: string, path: string, body: unknown, contentType: string): Promise<unknown> => {
    const { status, text } = await server.send({
      ...{ method, path, token: tokens.admin, contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (status < 200 || status >= 300) throw new Error(`${method} ${path}: ${String(status)} ${text}`);
    return JSON.parse(text) as unknown;
  };
  await request('POST', '/api/v1/namespaces', { metadata: { name: 'meshrr' } });
  await request('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/meshrr/roles', {
    metadata: { name: 'meshrr' },
    rules: [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] }],
  });
  await request('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/meshrr/rolebindings', {
    metadata: { name: 'meshrr' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'meshrr' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: serviceAccount }],
  });
  return {
    host: server.host,
    port: server.port,
    ca: () => server.certificate(),
    key: () => readFileSync(join(server.folder, 'certificates', 'apiserver.key'), 'utf8'),
    tokens,
    request,
    apply: (path, object) =>
      send('PATCH', `${path}?fieldManager=argocd-controller&force=true`, object, 'application/apply-patch+yaml'),
    compact: async () => {
      const post = async (path: string, body: unknown) => {
        const response = await fetch(`${server.etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
        return (await response.json()) as { header?: { revision?: string } };
      };
      const { header } = await post('/v3/kv/range', { key: Buffer.from('a').toString('base64') });
      await post('/v3/kv/compaction', { revision: header?.revision, physical: true });
    },
    kill: () => server.kill(),
    start: () => server.start(),
    addServer: async () => {
      const other = await startKubeApiserver({ ...options, beside: server });
      others.push(other);
      return other;
    },
    remove: async () => {
      for (const other of others) await other.remove();
      await server.remove();
    },
  };
}

const slicesPath = '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices';

/** Writes one EndpointSlice of the Service meshrr-core as Kubernetes' own controller would; pods are named by position. */
export async function publishSlice(
  api: KubeApi,
  name: string,
  endpoints: readonly { readonly pod: string; readonly address: string; readonly isReady?: boolean }[],
): Promise<void> {
  const slice = {
    metadata: { name, labels: { 'kubernetes.io/service-name': 'meshrr-core' } },
    addressType: endpoints.some(({ address }) => address.includes(':')) ? 'IPv6' : 'IPv4',
    endpoints: endpoints.map(({ pod, address, isReady = true }) => ({
      addresses: [address],
      conditions: { ready: isReady, serving: isReady, terminating: false },
      targetRef: { kind: 'Pod', namespace: 'meshrr', name: pod },
    })),
    ports: [{ name: 'bgp', port: 179, protocol: 'TCP' }],
  };
  const body = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...slice };
  // An update replaces; the first time there is nothing to replace.
  await api.request('PUT', `${slicesPath}/${name}`, body).catch(() => api.request('POST', slicesPath, body));
}

export async function deleteSlice(api: KubeApi, name: string): Promise<void> {
  await api.request('DELETE', `${slicesPath}/${name}`);
}
