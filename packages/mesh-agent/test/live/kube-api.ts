import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { locateTool } from '@meshrs/tools/locate';
import { eventually } from '../eventually.ts';
import { anyLoopbackAddress } from '../loopback.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { createScratch } from './scratch.ts';

/** A real kube-apiserver over a real etcd, without controllers: what a test writes is what there is. */
export interface KubeApi {
  readonly host: string;
  readonly port: string;
  /** PEM of the certificate that the API shows. */
  ca(): string;
  /** Tokens of users that may only list and watch endpointslices; `stranger` and `gate` may nothing by themselves. */
  readonly tokens: {
    readonly agent: string;
    readonly renewed: string;
    readonly stranger: string;
    readonly gate: string;
  };
  /** A request as administrator; rejects unless it succeeds. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Forgets the history up to now, so that older resource versions are gone. */
  compact(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

const tokens = {
  admin: 'token-admin',
  agent: 'token-agent',
  renewed: 'token-renewed',
  stranger: 'token-stranger',
  gate: 'token-gate',
};
const serviceAccount = 'system:serviceaccount:meshrr:meshrr';
export const gateUser = 'system:serviceaccount:meshrr:meshrr-evpnrs-gate';

export async function startKubeApi(): Promise<KubeApi> {
  const scratch = createScratch();
  const host = anyLoopbackAddress();
  const etcdUrl = `http://${host}:2379`;
  const certificates = join(scratch.folder, 'certificates');
  mkdirSync(certificates);
  const key = join(scratch.folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const tokenFile = join(scratch.folder, 'tokens.csv');
  writeFileSync(
    tokenFile,
    [
      `${tokens.admin},admin,1,system:masters`,
      `${tokens.agent},${serviceAccount},2`,
      `${tokens.renewed},${serviceAccount},2`,
      `${tokens.stranger},stranger,3`,
      `${tokens.gate},${gateUser},4`,
      '',
    ].join('\n'),
  );
  const etcd = startDaemon(locateTool('etcd'), [
    '--name=test',
    `--data-dir=${join(scratch.folder, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://${host}:2380`,
    `--initial-advertise-peer-urls=http://${host}:2380`,
    `--initial-cluster=test=http://${host}:2380`,
    '--unsafe-no-fsync',
  ]);
  let api: Daemon | undefined;

  const request = (method: string, path: string, body?: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const sent = https.request(
        {
          host,
          port: 6443,
          path,
          method,
          agent: false,
          ca: ca(),
          headers: {
            authorization: `Bearer ${tokens.admin}`,
            'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => {
            text += piece;
          });
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(path === '/readyz' ? text : JSON.parse(text));
            else reject(new Error(`${method} ${path}: ${String(status)} ${text}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const ca = () => readFileSync(join(certificates, 'apiserver.crt'), 'utf8');
  const start = async () => {
    const daemon = startDaemon(locateTool('kube-apiserver'), [
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${host}`,
      `--advertise-address=${host}`,
      '--secure-port=6443',
      `--cert-dir=${certificates}`,
      `--token-auth-file=${tokenFile}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--disable-admission-plugins=ServiceAccount',
    ]);
    api = daemon;
    await eventually(
      async () => {
        if (!daemon.isRunning()) throw new Error(`kube-apiserver ended: ${daemon.output().slice(-2000)}`);
        return await request('GET', '/readyz').catch((error: unknown) => String(error));
      },
      (seen) => seen === 'ok',
      90_000,
    );
  };
  await start();
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
    host,
    port: '6443',
    ca,
    tokens,
    request,
    compact: async () => {
      const post = async (path: string, body: unknown) => {
        const response = await fetch(`${etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
        return (await response.json()) as { header?: { revision?: string } };
      };
      const { header } = await post('/v3/kv/range', { key: Buffer.from('a').toString('base64') });
      await post('/v3/kv/compaction', { revision: header?.revision, physical: true });
    },
    kill: async () => {
      await api?.end('SIGKILL');
    },
    start,
    remove: async () => {
      await api?.end('SIGKILL');
      await etcd.end('SIGKILL');
      scratch.remove();
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
